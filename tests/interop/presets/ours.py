# SPDX-License-Identifier: ISC
"""Our side: the whole service under the virtual clock with a preset in force, in front of the same authority."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resolver.engine.ports import Server, Transport
from resolver.events import nobody
from resolver.lab.network import Delivery
from resolver.lab.rpl import Client
from resolver.lab.rpl_values import Config
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy.presets import load_policy
from tests.interop.presets.script import Part, Seen, Step, take
from tests.interop.presets.zone import Authority
from tests.scenarios.building import build

_SERVER = "192.0.2.53"
_CLIENT = Client("127.0.0.1", 5353, Transport.UDP)


class _Wire:
    """A network with one server, which is the authority."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        """Its response, at the instant it was asked."""
        return (Delivery(0.0, self._authority(request)),)


def ours(preset: str, part: Part, *, prefetches: bool) -> Iterator[tuple[Step, Seen]]:
    """What a client of ours sees in a part of the script, with an empty cache at its start.

    `prefetches`: prefetch is among what is switched on in a part that asks for it.
    """
    authority = Authority()
    world = VirtualWorld(_Wire(authority))
    prefetching = load_policy(preset).prefetch.enabled or (part.switched and prefetches)
    settings = {
        "policy.name": preset,
        "prefetch.enabled": str(prefetching).lower(),  # scenarios have it off unless they say so
        "upstream.qname_minimisation": "off",
    }
    if part.switched:
        settings["stale.enabled"] = "true"
    resolver = build(world, Config(hints=(_SERVER,), settings=settings), nobody)

    def ask(question: bytes) -> bytes:
        response = world.run(resolver.answer(question, _CLIENT))
        world.run_until(world.ticks())  # a prefetch comes in
        assert response is not None
        return response

    for step in part.steps:
        world.run_until(float(step.at))
        yield step, take(step, authority, ask)
