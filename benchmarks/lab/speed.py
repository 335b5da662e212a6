# SPDX-License-Identifier: ISC
"""How fast a trace is replayed, beside two plain loops, in one run on one core.

    python -m benchmarks.lab.speed [--questions 10000000] [--names 1000000] [--long 100000000] [--output FILE.json]

Peers: cachetools.TLRUCache (expiry and LRU, a loop in Python), and a loop in the manner of libCacheSim's Python
binding: one dictionary, one call a request. Both know a TTL and a size only: no policy, negatives, stale data or
outages. The trace is made beforehand and does not count; processor time, so that neighbours count little. Code is
compiled (and cached on disk) before. One policy and sixteen take turns, and the median of their ratios is told.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
from cachetools import TLRUCache

from resolver.lab.replay.eviction import ITEM_BYTES, Eviction
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.reference import Question, ReferenceReplay
from resolver.lab.replay.replaying import Arm, replay
from resolver.lab.traces.rows import Columns
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import Policy, PositiveBounds, PrefetchRules, StaleRules
from resolver.units import Seconds

PLAIN = Policy(stale=StaleRules(enabled=False), prefetch=PrefetchRules(enabled=False))
NO_CHANGES = World(change_s=0.0)
SEED = 1
ROUNDS = 3
found: list[dict[str, object]] = []  # what was told, for the file


class Kept(Synthetic):
    """A generated trace that is generated once."""

    def __init__(self, text: str) -> None:
        super().__init__(read_spec(text), SEED)
        self._kept = list(super().blocks())
        self.questions = sum(map(len, self._kept))

    def blocks(self) -> Iterator[Columns]:
        yield from self._kept


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=10_000_000)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument(
        "--long", type=int, default=100_000_000, help="questions of the streamed trace; 0: none"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the figures there, as JSON")
    wanted = parser.parse_args()
    for warm in (None, *Eviction):
        arms = [Arm(PLAIN, None if warm is None else 100 * ITEM_BYTES, warm or Eviction.S3FIFO)]
        replay(Preparation(Kept("zipf:n=10,duration=60,change=60"), World()), arms)
    for ttl in ("300", "mix-top", "mix"):
        trace = Kept(
            f"zipf:n={wanted.names},alpha=0.9,rate=1000,duration={wanted.questions / 1000}s,ttl={ttl}"
        )
        print(f"\n{trace.about}: {trace.questions:,} questions")
        ours(trace)
        if ttl == "300":
            bounded(trace, wanted.names // 10)
            peers(trace, wanted.names // 10)
    if wanted.long:
        streamed(wanted.long, wanted.names)
    if wanted.output is not None:
        wanted.output.write_text(json.dumps(report(), indent=1) + "\n", "utf-8")


def report() -> dict[str, object]:
    """The figures, and on what they were measured."""
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "benchmark": "benchmarks.lab.speed",
        "date": time.strftime("%F"),
        "machine": {"processor": cpus[0].partition(": ")[2], "processors": len(cpus), "used": 1},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "numba", "cachetools")},
        },
        "seed": SEED,
        "clock": "processor time",
        "figures": found,
    }


def ours(trace: Kept) -> None:
    policies = [Policy(positive=PositiveBounds(min=Seconds(20 * number))) for number in range(16)]

    def over(some: list[Policy]) -> float:
        return timed(lambda: replay(Preparation(trace, NO_CHANGES), [Arm(policy) for policy in some]))

    pairs = [(over(policies[:1]), over(policies)) for _ in range(ROUNDS)]
    tell("one policy, no limit", trace, median(one for one, _ in pairs))
    times = median(many / one for one, many in pairs)
    tell("16 policies, no limit", trace, median(many for _, many in pairs), times_one=round(times, 2))


def bounded(trace: Kept, items: int) -> None:
    for eviction in Eviction:
        arms = [Arm(PLAIN, items * ITEM_BYTES, eviction)]
        took = median(taken(trace, arms) for _ in range(ROUNDS))
        tell(f"one policy, {items:,} items, {eviction.name}", trace, took)


def taken(trace: Kept, arms: list[Arm]) -> float:
    return timed(lambda: replay(Preparation(trace, NO_CHANGES), arms))


def peers(trace: Kept, items: int, most: int = 1_000_000) -> None:
    most = min(most, trace.questions)
    name = np.concatenate([block.name for block in trace.blocks()])[:most].tolist()
    at = np.concatenate([block.time for block in trace.blocks()])[:most].tolist()
    tell(
        "cachetools.TLRUCache, a loop",
        trace,
        questions=most,
        took=timed(lambda: with_cachetools(name, at, items)),
    )
    tell(
        "libCacheSim-style plain loop",
        trace,
        questions=most,
        took=timed(lambda: in_a_plain_loop(name, at, items)),
    )
    preparation = Preparation(trace, NO_CHANGES)
    block = next(preparation.blocks())
    questions = [
        Question(time_, rrset, preparation.subjects[0], float("inf"), down=False)
        for time_, rrset in zip(block.time[:most].tolist(), block.rrset[:most].tolist(), strict=True)
    ]
    tell(
        "our plain reference, no limit",
        trace,
        questions=most,
        took=timed(lambda: ReferenceReplay(PLAIN).replay(questions)),
    )


def with_cachetools(names: Sequence[int], times: Sequence[float], items: int) -> int:
    now = 0.0
    cache: TLRUCache[int, int] = TLRUCache(items, ttu=lambda _key, _value, at: at + 300.0, timer=lambda: now)
    hits = 0
    for name, now in zip(names, times, strict=True):  # noqa: B007 - the cache's timer reads it
        if name in cache:
            hits += 1
            cache[name]
        else:
            cache[name] = 1
    return hits


def in_a_plain_loop(names: Sequence[int], times: Sequence[float], items: int) -> int:
    cache: OrderedDict[int, float] = OrderedDict()
    hits = 0

    def get(name: int, now: float) -> bool:
        until = cache.get(name)
        if until is not None and now < until:
            cache.move_to_end(name)
            return True
        cache[name] = now + 300.0
        cache.move_to_end(name)
        if len(cache) > items:
            cache.popitem(last=False)
        return False

    for name, now in zip(names, times, strict=True):
        hits += get(name, now)
    return hits


def streamed(questions: int, names: int) -> None:
    trace = Synthetic(read_spec(f"zipf:n={names},rate=1000,duration={questions / 1000}s,ttl=300"), SEED)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = timed(lambda: replay(Preparation(trace, NO_CHANGES), [Arm(PLAIN)]))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\n{trace.about}, generated while it is replayed")
    memory = {"mib_before": before >> 10, "mib_after": after >> 10}
    tell("one policy, no limit, streamed", trace, took, questions, **memory)


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def tell(what: str, trace: Synthetic, took: float, questions: int | None = None, **more: float) -> None:
    questions = trace.questions if isinstance(trace, Kept) and questions is None else questions or 0
    line = {"what": what, "trace": trace.about, "questions": questions, "seconds": round(took, 3)}
    found.append({**line, "questions_per_s": round(questions / took), **more})
    words = "  ".join(f"{key} {value}" for key, value in more.items())
    print(f"  {what:36} {took:8.2f} s  {questions / took:12,.0f} questions/s  {words}", flush=True)


if __name__ == "__main__":
    main()
