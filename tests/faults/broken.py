# SPDX-License-Identifier: ISC
"""Worlds that are out of order: one zone whose servers each do as they please, and what they are made of.

The root and `pz.` are well; `z.pz.` is what the row is about. Nothing is asserted here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from resolver.engine.ports import Transport
from tests.faults.modes import Session, Told
from tests.faults.world import ROOT_SERVER, Action, Asked, Behaviour, Packets, Silence, World, late, silent

TLD = "127.66.0.2"
ZONE = "z.pz."
SERVERS = tuple(f"127.66.7.{n + 1}" for n in range(13))
RIGHT = "192.0.2.9"  # what every name of `z.pz.` has, but for `nx`, which is not there

# The root names itself: Unbound asks it to, and resolves nothing before.
ROOT_TEXT = f"@ NS ns.root.\nns.root. A {ROOT_SERVER}\npz. NS ns.pz.\nns.pz. A {TLD}\n"

Change = Callable[[Behaviour], Behaviour]


class Zone:
    """The world with `z.pz.` on its first `count` servers. `change` what a server does at any time."""

    def __init__(self, count: int, *, ttl: int = 3600, text: str = "") -> None:
        self.servers = SERVERS[:count]
        self.world = World()
        self._changed: dict[str, Behaviour] = {}
        glue = "".join(f"z NS ns{n}.z\nns{n}.z A {address}\n" for n, address in enumerate(self.servers))
        self.world.zone(".", ROOT_SERVER, text=ROOT_TEXT)
        self.world.zone("pz.", TLD, text=f"@ NS ns\nns A {TLD}\nwarm A 192.0.2.1\n* A {RIGHT}\n" + glue)
        names = "".join(f"@ NS ns{n}\nns{n} A {address}\n" for n, address in enumerate(self.servers))
        given = text or f"* {ttl} A {RIGHT}\n"
        self.honest = self.world.zone(ZONE, self.servers, self._behave, text=names + given)

    def _behave(self, asked: Asked) -> Action:
        return self._changed.get(asked.server, self.honest)(asked)

    def change(self, how: Behaviour, servers: Sequence[str] | None = None) -> Zone:
        """Let these servers (all) behave so from now on."""
        for server in self.servers if servers is None else servers:
            self._changed[server] = how
        return self

    def mend(self) -> None:
        """Let all be honest again."""
        self._changed.clear()

    def sent_to(self, servers: Sequence[str], transport: Transport | None = None) -> int:
        """How many queries these servers got, or lost."""
        return sum(len(self.world.asked(server=server, transport=transport)) for server in servers)


def warmed(session: Session, *names: str) -> Session:
    """The delegation of `pz.` and these names are in the cache, and nothing is counted yet."""
    for name in ("warm.pz.", *names):
        assert session.ask(name).rcode == "NOERROR"
    session.settle()
    session.world.clear()
    return session


def losing(behaviour: Behaviour, share: float, seed: int) -> Behaviour:
    """The same over a path that loses this share of the datagrams in each direction; TCP is clean."""
    draw = random.Random(seed)

    def behave(asked: Asked) -> Action:
        if asked.transport is Transport.UDP and (draw.random() < share or draw.random() < share):
            return Silence()
        return behaviour(asked)

    return behave


def shuffled(behaviour: Behaviour, seed: int) -> Behaviour:
    """The same, every reply up to 200 ms late and a fifth of them twice."""
    draw = random.Random(seed)

    def behave(asked: Asked) -> Action:
        action = late(behaviour, draw.random() * 0.2)(asked)
        if not isinstance(action, Packets) or draw.random() >= 0.2:
            return action
        again = tuple(packet._replace(delay=packet.delay + 0.01) for packet in action.packets)
        return Packets(action.packets + again)

    return behave


def deaf_to_edns(behaviour: Behaviour) -> Behaviour:
    """Queries with OPT vanish."""
    return lambda asked: silent(asked) if asked.message.edns else behaviour(asked)


def names(count: int, label: str = "n") -> list[str]:
    """So many names of the zone that nobody has asked for."""
    return [f"{label}{number}.{ZONE}" for number in range(count)]


def is_right(told: Told) -> bool:
    """Whether the client heard the truth."""
    return told.data == [RIGHT]


def share_within(told: Sequence[Told], seconds: float) -> float:
    """Percent of the questions that were answered right in time."""
    return 100 * sum(is_right(one) and one.seconds <= seconds for one in told) / len(told)


def p95_ms(told: Sequence[Told]) -> float:
    """The 95th percentile of the times to an answer, milliseconds."""
    return 1000 * sorted(one.seconds for one in told)[int(0.95 * len(told))]
