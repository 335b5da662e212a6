# SPDX-License-Identifier: ISC
"""The soak: `resolver serve` for an hour among honest and hostile servers and clients. Nothing may grow, break or stay.

    python -m tests.faults soak [--minutes 60] [--seed 1] [--out FILE]

    cycle:  traffic, with an outage, a flush or a reload ... | all hang up | quiet: memory and descriptors are read here

Prints a line a cycle and the verdict; exit code 1 when something broke. Where others take the processors it sheds
questions, as it should: the verdict says in how many cycles. The world is `soak_world`'s, the clients are
`soak_clients`', what is concluded from the samples is `soak_verdict`'s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from resolver.cli.control_client import ControlClient
from tests.conftest import ROOT
from tests.faults.modes_live import LiveSession, live
from tests.faults.soak_clients import Clients
from tests.faults.soak_verdict import Quiet, Sample, Verdict, judge
from tests.faults.soak_world import ZONES, SoakWorld

RESULTS = ROOT / "benchmarks" / "results" / "soak.json"
# Small: every share of the cache is full when the warm-up ends, so what grows after it is no cache that fills.
SETTINGS: Final = {"cache.size": "4MiB", "prefetch.enabled": "true", "upstream.priming": "true"}
CYCLE: Final = 60.0  # seconds
SAMPLED_EVERY: Final = 10.0
SETTLED_AFTER: Final = 5.0  # seconds after the last answer: what goes on behind answered questions has ended
LOOKS: Final = 5  # samples at a quiet point, half a second apart; the least counts


class Soak:
    """One run: `samples` every ten seconds, `quiet` once a cycle."""

    def __init__(self, session: LiveSession, world: SoakWorld, seed: int, cycle: float) -> None:
        self.samples: list[Sample] = []
        self.quiet: list[Quiet] = []
        self.events: Counter[str] = Counter()
        self._session, self._world, self._cycle = session, world, cycle
        self._control = ControlClient(session.serving.control)
        self.clients = Clients(world, session.serving.port, seed)
        self._begun_at = time.monotonic()

    async def run(self, seconds: float, tell: Callable[[str], None]) -> None:
        """Cycle after cycle until the time is up."""
        await self.clients.open()
        try:
            for number in range(round(seconds / self._cycle)):
                await self._one_cycle(number)
                tell(self._line())
        finally:
            self.clients.close()

    async def _one_cycle(self, number: int) -> None:
        before, waited_s = replace(self.clients.counts), self._waited_s()
        begun_at = time.monotonic()
        ends_at = self._begun_at + (number + 1) * self._cycle
        traffic = 0.7 * self._cycle
        async with asyncio.TaskGroup() as group:
            busy = group.create_task(self.clients.run(traffic))
            group.create_task(self._incidents(number, traffic))
            while not busy.done():
                await asyncio.wait([busy], timeout=SAMPLED_EVERY)
                self.samples.append(await asyncio.to_thread(self._sample))
        await self.clients.quiet()
        self._world.lately_dead = frozenset()
        await asyncio.sleep(max(SETTLED_AFTER, ends_at - time.monotonic() - LOOKS / 2))
        counts = self.clients.counts
        waited_percent = 100 * (self._waited_s() - waited_s) / (time.monotonic() - begun_at)
        self.quiet.append(
            Quiet(
                *await self._look(),
                counts.asked - before.asked,
                counts.right - before.right,
                counts.excused - before.excused,
                round(waited_percent, 2),
            )
        )

    async def _incidents(self, number: int, traffic: float) -> None:
        """What goes on besides: an outage in every second cycle, a flush in the others, a reload in each fifth."""
        await asyncio.sleep(0.1 * traffic)
        if number % 5 == 1:
            self._session.serving.signal(signal.SIGHUP)
            self.events["reloads"] += 1
        if number % 2:
            for zone in range(3):
                await asyncio.to_thread(self._control.post, "/api/v1/cache/flush", name=f"t60.z{zone}.sk.")
                self.events["flushes"] += 1
        else:
            self._world.dead = number // 2 % ZONES
            self._world.lately_dead = frozenset({self._world.dead})
            await asyncio.sleep(0.4 * traffic)
            self._world.dead = None
            self.events["outages"] += 1

    async def _look(self) -> tuple[float, int, dict[str, int], int, int]:
        looks = []
        for _ in range(LOOKS):
            looks.append(await asyncio.to_thread(self._sample))
            await asyncio.sleep(0.4)
        self.samples.extend(looks)
        last = looks[-1]
        return (
            last.minute,
            min(s.rss for s in looks),
            self._descriptors(),
            min(s.threads for s in looks),
            last.in_flight,
        )

    def _waited_s(self) -> float:
        """Seconds in which the resolver could have run and had to wait for a processor (Linux counts nanoseconds)."""
        schedule = Path(f"/proc/{self._session.serving.pid}/schedstat").read_text("ascii")
        return int(schedule.split()[1]) / 1e9

    def _sample(self) -> Sample:
        serving = self._session.serving
        assert serving.is_running, f"it ended: {serving.log()[-2000:]}"
        statistics = self._control.get("/api/v1/stats")
        found = self._control.get("/api/v1/cache/stats")
        caches = {
            name: (int(one["entries"]), int(one["bytes"]))
            for name, one in found.items()
            if isinstance(one, dict) and "budget" in one
        }
        return Sample(
            (time.monotonic() - self._begun_at) / 60,
            serving.rss_bytes(),
            serving.descriptors(),
            len(os.listdir(f"/proc/{serving.pid}/task")),
            int(statistics["crashes"]),
            caches,
            int(statistics["in_flight"]),
        )

    def _descriptors(self) -> dict[str, int]:
        """How many of each kind are open: `socket`, `pipe`, `anon_inode:[eventpoll]`, paths."""
        folder = Path(f"/proc/{self._session.serving.pid}/fd")
        ends = (os.readlink(entry) for entry in folder.iterdir())
        return dict(Counter(re.sub(r":\[\d+\]$|^/(?!dev/).*/", "", end) for end in ends))

    def _line(self) -> str:
        counts, quiet, last = self.clients.counts, self.quiet[-1], self.samples[-1]
        entries = sum(number for number, _ in last.caches.values())
        return (
            f"{quiet.minute:6.1f} min  rss {quiet.rss / 2**20:.2f} MiB  fd {sum(quiet.descriptors.values())}"
            f"  threads {quiet.threads}  cache {last.cached / 2**20:.1f} MiB {entries} entries"
            f"  asked {counts.asked}  right {counts.right}  excused {counts.excused}  wrong {counts.wrong}"
            f"  unanswered {counts.unanswered}  crashes {last.crashes}  waited {quiet.waited_percent:.1f} %"
        )


def soak(
    minutes: float,
    seed: int,
    tell: Callable[[str], None],
    *,
    cycle: float = CYCLE,
    settings: dict[str, str] | None = None,
) -> tuple[Verdict, dict[str, Any]]:
    """Run it: the verdict, and all that was seen as a document."""
    world = SoakWorld(seed)
    with live(world, SETTINGS | (settings or {})) as session:
        run = Soak(session, world, seed, cycle)
        asyncio.run(run.run(minutes * 60, tell))
        answered = session.serving.statistics("questions")
        log = session.serving.log()
    verdict = judge(run.samples, run.quiet, run.clients.counts, log)
    return verdict, {
        "minutes": minutes,
        "seed": seed,
        "settings": SETTINGS | (settings or {}),
        "questions_seen_by_the_resolver": answered,
        "queries_seen_by_the_servers": world.queries,
        "events": dict(run.events),
        "clients": asdict(run.clients.counts),
        "verdict": asdict(verdict),
        "quiet": [one._asdict() for one in run.quiet],
        "samples": [one._asdict() for one in run.samples],
    }


def laid_out(document: dict[str, Any]) -> str:
    """As JSON, each value on a line of its own, and each of a list."""
    lines = []
    for key, value in document.items():
        many = isinstance(value, list)
        text = "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n ]" if many else json.dumps(value)
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def surroundings() -> dict[str, str]:
    """What ran where."""
    git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "version": git.stdout.strip(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults soak", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--minutes", type=float, default=60, help="how long: 60, in cycles (no fewer than one)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the world and its clients: 1")
    parser.add_argument(
        "--cycle", type=float, default=CYCLE, help="seconds of a cycle; less for a short trial"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    given = parser.parse_args(arguments)
    if given.cycle <= 0 or round(given.minutes * 60 / given.cycle) < 1:
        parser.error("--minutes: not one cycle long - give more minutes, or a shorter --cycle")
    begun = surroundings()
    verdict, document = soak(
        given.minutes, given.seed, lambda line: print(line, flush=True), cycle=given.cycle
    )
    given.out.write_text(laid_out(begun | document), "utf-8")
    print("\n".join(verdict.lines()))
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
