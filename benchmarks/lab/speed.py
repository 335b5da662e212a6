# SPDX-License-Identifier: ISC
"""How fast a trace is replayed, beside two plain loops, in one run on one core.

    python -m benchmarks.lab.speed [--questions 10000000] [--names 1000000] [--long 100000000]

Peers: cachetools.TLRUCache (expiry and LRU, a loop in Python), and a loop in the manner of libCacheSim's Python
binding: one dictionary, one call a request. Both know a TTL and a size only: no policy, negatives, stale data or
outages. The trace is made beforehand and does not count; processor time, so that neighbours count little. Code is
compiled (and cached on disk) before.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

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


class Kept(Synthetic):
    """A generated trace that is generated once."""

    def __init__(self, text: str) -> None:
        super().__init__(read_spec(text), 1)
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


def ours(trace: Kept) -> None:
    policies = [Policy(positive=PositiveBounds(min=Seconds(20 * number))) for number in range(16)]
    one = timed(lambda: replay(Preparation(trace, NO_CHANGES), [Arm(policies[0])]))
    many = timed(lambda: replay(Preparation(trace, NO_CHANGES), [Arm(policy) for policy in policies]))
    tell("one policy, no limit", trace.questions, one)
    print(f"  {'16 policies, no limit':34} {many:8.2f} s  {many / one:.1f} times one")


def bounded(trace: Kept, items: int) -> None:
    for eviction in Eviction:
        arms = [Arm(PLAIN, items * ITEM_BYTES, eviction)]
        took = timed(lambda arms=arms: replay(Preparation(trace, NO_CHANGES), arms))
        tell(f"one policy, {items:,} items, {eviction.name}", trace.questions, took)


def peers(trace: Kept, items: int, most: int = 1_000_000) -> None:
    name = np.concatenate([block.name for block in trace.blocks()])[:most].tolist()
    at = np.concatenate([block.time for block in trace.blocks()])[:most].tolist()
    tell("cachetools.TLRUCache, a loop", most, timed(lambda: with_cachetools(name, at, items)))
    tell("libCacheSim-style plain loop", most, timed(lambda: in_a_plain_loop(name, at, items)))
    preparation = Preparation(trace, NO_CHANGES)
    block = next(preparation.blocks())
    questions = [
        Question(time_, rrset, preparation.subjects[0], float("inf"), down=False)
        for time_, rrset in zip(block.time[:most].tolist(), block.rrset[:most].tolist(), strict=True)
    ]
    tell("our plain reference, no limit", most, timed(lambda: ReferenceReplay(PLAIN).replay(questions)))


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
    trace = Synthetic(read_spec(f"zipf:n={names},rate=1000,duration={questions / 1000}s,ttl=300"), 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = timed(lambda: replay(Preparation(trace, NO_CHANGES), [Arm(PLAIN)]))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\n{trace.about}, generated while it is replayed")
    tell("one policy, no limit", questions, took)
    print(f"  most memory before {before >> 10} MiB, after {after >> 10} MiB")


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def tell(what: str, questions: int, took: float) -> None:
    print(f"  {what:34} {took:8.2f} s  {questions / took:12,.0f} questions/s", flush=True)


if __name__ == "__main__":
    main()
