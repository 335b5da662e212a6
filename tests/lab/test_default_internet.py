# SPDX-License-Identifier: ISC
"""The real resolver lives in the default internet: every zone answers but those that are made not to."""

from __future__ import annotations

import pytest

from resolver.engine.ports import Transport
from resolver.events import Event
from resolver.lab import rpl
from resolver.lab.internet import Internet
from resolver.lab.rpl_values import Config
from resolver.lab.virtual_world import VirtualWorld
from resolver.wire import Edns, Message, Rcode, Rtype, compose_query, from_text, parse, to_text
from resolver.wire.codes import type_from_text
from tests.scenarios.building import ServiceResponder, build

HOPELESS = ("all-", "left.odd0.", "right.odd0.", "no-glue.odd0.")
DEADLINE_S = 4.5


class Living:
    """A resolver and the internet around it, on one virtual clock."""

    def __init__(self, name: str) -> None:
        self.internet = Internet.load(name)
        self.world = VirtualWorld(self.internet)
        hints = tuple(address for _, address in self.internet.hints())
        self.resolver: ServiceResponder = build(self.world, Config(hints=hints), _unheard)

    def ask(self, name: str, rtype: int = Rtype.A) -> tuple[Message, float]:
        """The answer to a client, and the seconds it took."""
        wire = compose_query(from_text(name), rtype, id=1, rd=True, edns=Edns())
        before = self.world.ticks()
        client = rpl.Client("127.0.0.1", 4000, Transport.UDP)
        answer = self.world.run(self.resolver.answer(wire, client))
        assert answer is not None
        return parse(answer), self.world.ticks() - before


def _unheard(event: Event) -> None:
    """Nobody listens to events here."""


@pytest.fixture(scope="module")
def living() -> Living:
    return Living("default")


def test_every_zone_answers_but_the_hopeless(living: Living) -> None:
    for zone in living.internet.zones():
        name = to_text(zone.origin)
        got, took = living.ask(name, Rtype.SOA)
        assert took <= DEADLINE_S, name
        if name.startswith(HOPELESS):
            assert got.rcode == Rcode.SERVFAIL, name
        else:
            assert got.rcode == Rcode.NOERROR, name
            assert got.answer, name


@pytest.mark.parametrize(
    ("name", "rtype", "rcode", "types"),
    [
        ("www.gaia.media0.", "A", Rcode.NOERROR, ["CNAME", "CNAME", "CNAME", "A", "A", "A"]),
        ("www.oldbrand.com0.", "A", Rcode.NOERROR, ["DNAME", "CNAME", "A"]),
        ("x.oldbrand.com0.", "A", Rcode.NXDOMAIN, ["DNAME", "CNAME"]),
        ("anything.pages.net0.", "TXT", Rcode.NOERROR, ["TXT"]),
        ("far1.chains.odd0.", "A", Rcode.NOERROR, ["CNAME"] * 7 + ["A"]),
        ("toofar1.chains.odd0.", "A", Rcode.SERVFAIL, []),
        ("loop1.chains.odd0.", "A", Rcode.SERVFAIL, []),
        ("nodata.chains.odd0.", "A", Rcode.NOERROR, ["CNAME"]),
        ("nowhere.chains.odd0.", "A", Rcode.NXDOMAIN, ["CNAME"]),
        ("11.1.18.198.in-addr.arpa.", "PTR", Rcode.NOERROR, ["PTR"]),
        ("bench.lab.unit03.campus.corp0.", "A", Rcode.NOERROR, ["A"]),
        ("a.b.c.no-nonterminals.odd0.", "A", Rcode.NOERROR, ["A"]),
        ("www.lame.odd0.", "A", Rcode.NOERROR, ["A"]),
    ],
)
def test_what_it_is_for(living: Living, name: str, rtype: str, rcode: Rcode, types: list[str]) -> None:
    got, _ = living.ask(name, type_from_text(rtype))
    assert got.rcode == rcode
    assert [Rtype(record.rtype).name for record in got.answer] == types


def test_the_script_moves_a_record_while_the_cache_ages() -> None:
    living = Living("default")
    assert living.ask("www.moving.com0.")[0].answer[0].rdata[-1:] == b"\x28"
    living.world.advance(130.0)
    living.ask("www.moving.com0.")
    living.world.advance(1.0)
    assert living.ask("www.moving.com0.")[0].answer[0].rdata[-1:] == b"\x29"
