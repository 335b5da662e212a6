# SPDX-License-Identifier: ISC
"""The scenario mode: the whole resolver but its sockets, in process, under the virtual clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dns.message

from resolver.engine.ports import Server, Transport
from resolver.events import Crashed, Event
from resolver.lab.network import Delivery
from resolver.lab.rpl import Client
from resolver.lab.rpl_values import Config, GivenZone
from resolver.lab.virtual_world import VirtualWorld
from tests.faults.modes import Settings, Told, request
from tests.faults.world import ROOT_SERVER, Close, Drip, Half, Packets, Silence, World
from tests.scenarios.building import build

CLIENT = "127.0.0.1"
PATIENCE = 30.0  # virtual seconds


class VirtualNetwork:
    """A `World` as a `lab.network.Network`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        match self._world.ask(server.address, transport, request, tick):
            case Packets(sent):
                return [Delivery(delay, data) for data, delay in sent]
            case Close(delay):
                return [Delivery(delay, None)]
            case Half(data) if transport is Transport.UDP:
                return [Delivery(0.001, data[: len(data) // 2])]
            case Silence() | Half() | Drip():  # a message that is never whole
                return []


class ScenarioSession:
    """A `modes.Session` under the virtual clock. `virtual` is its world, to jump clocks and count flights."""

    def __init__(
        self, world: World, settings: Settings, seed: int, zones: tuple[GivenZone, ...] = ()
    ) -> None:
        self.world = world
        self.crashes: list[str] = []
        self.events: list[Event] = []
        self.virtual = VirtualWorld(VirtualNetwork(world), seed=seed, tell=self._hear)
        config = Config(hints=(ROOT_SERVER,), zones=zones, settings=dict(settings))
        self.resolver = build(self.virtual, config, self._hear)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Crashed):
            self.crashes.append(event.traceback)

    def ask(self, name: str, rtype: str = "A") -> Told:
        return self.ask_all([request(name, rtype)])[0]

    def ask_all(self, requests: Sequence[bytes]) -> list[Told]:
        waiting = [self.begin(octets, port) for port, octets in enumerate(requests, 1024)]
        until = self.virtual.ticks() + PATIENCE
        while any(not told for told in waiting) and self.virtual.step(until):
            pass
        return [told[0] if told else Told(None, PATIENCE) for told in waiting]

    def begin(
        self,
        octets: bytes,
        port: int = 1024,
        transport: Transport = Transport.UDP,
        address: str = CLIENT,
    ) -> list[Told]:
        """Ask and do not wait: the list gets one element when the resolver is done with the question."""
        told: list[Told] = []
        begun_at = self.virtual.ticks()

        async def answer() -> None:
            response = await self.resolver.answer(octets, Client(address, port, transport))
            message = dns.message.from_wire(response) if response else None
            told.append(Told(message, self.virtual.ticks() - begun_at, len(response or b"")))

        self.virtual.spawn(answer(), begun_at + 3600)
        self.virtual.advance(0)
        return told

    def exchange(self, octets: bytes, transport: Transport) -> bytes | None:
        """Any octets by that transport, and the octets that came back: for clients that are no good."""
        client = Client(CLIENT, 1024, transport)
        return self.virtual.run(self.resolver.answer(octets, client))

    def pass_time(self, seconds: float) -> None:
        self.virtual.advance(seconds)

    def settle(self) -> None:
        self.virtual.settle()

    @property
    def connections(self) -> int:
        return len(self.world.asked(transport=Transport.TCP))


@contextmanager
def scenario(
    world: World, settings: Settings | None = None, *, seed: int = 1, zones: tuple[GivenZone, ...] = ()
) -> Iterator[ScenarioSession]:
    """A fresh resolver in `world`; `zones` are its `[[zone]]` blocks.

    Leaving fails when anything crashed or a table of waiters is not empty.
    """
    session = ScenarioSession(world, settings or {}, seed, zones)
    yield session
    session.settle()
    assert not session.crashes, session.crashes[0]
    assert (session.virtual.open_flights, session.virtual.open_jobs, session.resolver.under_way) == (0, 0, 0)
