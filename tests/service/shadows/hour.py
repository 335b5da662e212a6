# SPDX-License-Identifier: ISC
"""A virtual hour: the whole service over a simulated zone of names of all TTLs, asked by Poisson with Zipf's law."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Coroutine, Sequence
from typing import Any

from resolver.cache.caches import build, build_images
from resolver.composition import make_service
from resolver.engine.limits import UpstreamSettings
from resolver.events import nobody
from resolver.lab.internet import Internet
from resolver.lab.virtual_world import VirtualWorld
from resolver.lab.world_file import read
from resolver.policy import Policy
from resolver.service import Client, Service
from resolver.service.shadows.book import Candidate, Shadowing
from resolver.service.shadows.tallies import Judged
from resolver.settings.model import Configuration
from resolver.wire import compose_query, from_text

NAMES = 60
_WORLD = """
[[server]]
name = "a.root-servers.net0."
addresses = ["192.0.2.1"]
latency = "20ms"

[[zone]]
name = "."
servers = ["a.root-servers.net0."]
ttl = 86400
negative_ttl = 30
text = '''
%s
'''
%s
"""
_TTLS = (1, 5, 20, 30, 60, 120, 300, 900, 3600)
LOOPBACK = Client("127.0.0.1", 40000)


def zone() -> str:
    """Addresses, aliases to targets that several share, and (for who asks) names that do not exist."""
    lines = [f"n{n}.shop0  {_TTLS[n % len(_TTLS)]}  A  198.18.0.{n}" for n in range(NAMES // 2)]
    lines += [
        f"n{n}.shop0  {_TTLS[n % len(_TTLS)]}  CNAME  t{n % 4}.shop0" for n in range(NAMES // 2, NAMES - 10)
    ]
    return "\n".join([*lines, *(f"t{n}.shop0  {_TTLS[2 * n]}  A  198.18.1.{n}" for n in range(4))])


class _Ruled(Configuration, frozen=True):
    """A configuration whose policies are given as values."""

    in_force: Policy = Policy()
    judged: Shadowing = Shadowing()

    @property
    def rules(self) -> Policy:
        return self.in_force

    @property
    def shadowing(self) -> Shadowing:
        return self.judged


class Hour:
    """A service with shadows. `changes` is the script of the internet, in TOML."""

    def __init__(
        self, *candidates: Policy, policy: Policy | None = None, changes: str = "", part: float = 1.0,
        max_bytes: int = 64 << 20,
    ) -> None:  # fmt: skip
        internet = Internet(read(tomllib.loads(_WORLD % (zone(), changes))), random.Random(1))
        self.world = VirtualWorld(internet, seed=2)
        named = tuple(Candidate(f"{n} {each.name}", each) for n, each in enumerate(candidates))
        configuration = _Ruled(
            upstream=UpstreamSettings(priming=False),
            in_force=policy or Policy(),
            judged=Shadowing(named, part, max_bytes),
        )
        caches = build(configuration.cache, nobody)
        images = build_images(configuration.cache, caches.records)
        hints = [(from_text("a.root-servers.net0."), "192.0.2.1")]
        self.service: Service
        self.service, _ = make_service(configuration, self.world, caches, images, hints, nobody)
        self.asked = 0

    def ask(self, name: str, rtype: int = 1) -> None:
        """Ask now, and wait for nothing."""
        given = self.service.handle(
            compose_query(from_text(name), rtype, id=self.asked & 0xFFFF, rd=True), LOOPBACK, self.world.now()
        )
        self.asked += 1
        if isinstance(given, Coroutine):
            self.world.spawn(given, self.world.ticks() + 30)

    def pass_by(self, seconds: float = 3600.0, rate: float = 2.0, seed: int = 3) -> None:
        """Ask `rate` times a second on average, by Zipf's law over the names, until `seconds` have passed."""
        rng = random.Random(seed)
        names = [f"n{n}.shop0." for n in range(NAMES)]
        rng.shuffle(names)
        weights = [1 / (rank + 1) for rank in range(NAMES)]
        tick = self.world.ticks()
        end = tick + seconds
        while (tick := tick + rng.expovariate(rate)) < end:
            self.world.run_until(tick)
            self.ask(rng.choices(names, weights)[0])
        self.world.run_until(end)

    @property
    def counters(self) -> Any:
        """What the service counted, up to date."""
        return self.service.counters

    def judged(self) -> Sequence[Judged]:
        """What the shadows counted, up to date."""
        return self.service.counters.judged


def ratio(judged: Judged) -> float:
    """Fresh hits, denials included, by questions."""
    return (judged.total("fresh") + judged.total("negative")) / judged.total("requests")
