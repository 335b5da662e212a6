# SPDX-License-Identifier: ISC
"""What one miss costs the engine: one exchange with a server of a known zone, in virtual time, no sockets.

    python -m benchmarks.micro.miss [--count 20000] [--profile]

The authority is a slice and a concatenation, so that nearly all of the time is ours: question walk, minimisation,
server choice, query, matching, parse, classification, lifetime, cache. Sockets cost extra; benchmarks.peers has the
whole.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import time
from collections.abc import Sequence

from resolver.cache import CacheSettings, build
from resolver.engine.budget import Work
from resolver.engine.iterator import Iterator
from resolver.engine.limits import Limits, UpstreamSettings
from resolver.engine.outcome import Resolved
from resolver.engine.ports import Server, Transport
from resolver.events import nobody
from resolver.lab.network import Delivery
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy import Policy
from resolver.wire import from_text

_ROUNDS = 5
_HINTS = [(from_text("a.root-servers.net0."), "192.0.2.1")]
_ANSWER = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc6\x12\x00\x01"


class Authority:
    """Serves everything: each name has the address 198.18.0.1."""

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        """The request's own octets with an answer behind the question."""
        end = request.index(b"\x00", 12) + 5
        head = request[:2] + b"\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00"
        return (Delivery(0.001, head + request[12:end] + _ANSWER),)


def build_engine() -> tuple[VirtualWorld, Iterator]:
    """An engine whose root answers for all names, so that each question is one exchange."""
    world = VirtualWorld(Authority(), seed=1)
    upstream = UpstreamSettings(priming=False, qname_minimisation="off")
    caches = build(CacheSettings(), nobody)
    return world, Iterator(world, caches, Policy(), upstream, Limits(), hints=_HINTS)


def resolve_all(world: VirtualWorld, engine: Iterator, names: Sequence[bytes]) -> None:
    """Resolve each name once."""
    limits = Limits()
    for name in names:
        work = Work(limits, world.ticks() + 8).child(name, 1, "client")
        outcome = world.run(engine.resolve(name, 1, work))
        assert isinstance(outcome, Resolved), outcome
        world.exchanges.clear()


def main() -> None:
    """Measure CPU per miss, or profile it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if options.profile:
        world, engine = build_engine()
        profile = cProfile.Profile()
        profile.runcall(resolve_all, world, engine, _names(0, options.count))
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
        return
    costs = []
    for number in range(_ROUNDS):
        world, engine = build_engine()
        names = _names(number, options.count)
        begun = time.thread_time()
        resolve_all(world, engine, names)
        costs.append((time.thread_time() - begun) / options.count * 1e6)
    print(f"{statistics.median(costs):.1f} us CPU per miss (min {min(costs):.1f}, max {max(costs):.1f})")


def _names(number: int, count: int) -> list[bytes]:
    return [from_text(f"name{index}.zone{number}.example.net0.") for index in range(count)]


if __name__ == "__main__":
    main()
