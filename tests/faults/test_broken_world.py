# SPDX-License-Identifier: ISC
"""Rows R01-R14, R28 and R29: servers that lose, lie, dawdle or are dead. What outages do to stale data: elsewhere.

The numbers are the matrix's. Questions go out in batches of fifty where loss makes each take long.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from resolver.engine.ports import Transport
from tests.faults.assertions import Row
from tests.faults.broken import (
    RIGHT,
    ZONE,
    Zone,
    deaf_to_edns,
    is_right,
    losing,
    names,
    p95_ms,
    share_within,
    shuffled,
    warmed,
)
from tests.faults.modes import Mode, Session, Told, request
from tests.faults.modes_live import live
from tests.faults.modes_scenario import scenario
from tests.faults.world import ROOT_SERVER, Action, Asked, Behaviour, World, late, packets, silent
from tests.faults.world_answers import referral, reply, rr, saying
from tests.live.asking import drain, udp

BATCH = 50


def ask_in_batches(session: Session, asked: list[str]) -> list[Told]:
    told: list[Told] = []
    for start in range(0, len(asked), BATCH):
        told += session.ask_all([request(name) for name in asked[start : start + BATCH]])
    return told


def under_loss(mode: Mode, share: float, servers: int, count: int) -> tuple[list[Told], Zone]:
    zone = Zone(servers)
    with mode(zone.world) as session:
        warmed(session, "www.z.pz.")
        zone.change(losing(zone.honest, share, seed=5))
        told = ask_in_batches(session, names(count))
        session.settle()
    return told, zone


@pytest.mark.timed
def test_R01_udp_loss_10_percent_one_server(mode: Mode, row: Row) -> None:
    told, _ = under_loss(mode, 0.1, 1, 1000)
    row.exactly("% within 2 s", share_within(told, 2), 100)
    row.at_most("ms p95", p95_ms(told), 150)


def test_R02_udp_loss_30_percent_one_server_tcp_clean(mode: Mode, row: Row) -> None:
    told, zone = under_loss(mode, 0.3, 1, 400)
    row.at_least("% within 5 s", share_within(told, 5), 99.5)
    udp_sends = [a.attempt + 1 for a in zone.world.asked(below=ZONE, transport=Transport.UDP)]
    row.at_most("UDP sends of one query", max(udp_sends), 3)


def test_R03_udp_loss_30_percent_two_servers(mode: Mode, row: Row) -> None:
    told, _ = under_loss(mode, 0.3, 2, 1000)
    row.at_least("% within 5 s", share_within(told, 5), 99.9)


def test_R04_udp_loss_50_percent_two_servers(mode: Mode, row: Row) -> None:
    told, _ = under_loss(mode, 0.5, 2, 400)
    row.at_least("% within 5 s", share_within(told, 5), 97)


def with_dead(mode: Mode, servers: int, dead: int) -> tuple[list[Told], int]:
    """Forty names one after the other; what was told, and how many packets the dead ones got."""
    zone = Zone(servers)
    gone = zone.servers[:dead]
    zone.change(silent, gone)
    with mode(zone.world) as session:
        told = [warmed(session).ask(name) if not n else session.ask(name) for n, name in enumerate(names(40))]
        session.settle()
    return told, zone.sent_to(gone)


@pytest.mark.timed
def test_R05_one_of_two_dead(mode: Mode, row: Row) -> None:
    """At most one name in forty may wait for a hedge: the ninety-fifth percentile is the second worst."""
    told, sent = with_dead(mode, 2, 1)
    assert all(map(is_right, told))
    row.at_most("s to the first", told[0].seconds, 0.5)
    row.at_most("ms p95", p95_ms(told), 5)
    row.at_most("packets to the dead one", sent, 4)


def test_R05_one_of_two_dead_whatever_is_drawn(row: Row) -> None:
    """Which server is asked first, and which is explored, is drawn: the row holds for fifty resolvers."""
    for seed in range(50):
        told, sent = with_dead(partial(scenario, seed=seed), 2, 1)
        row.at_most("s to the first", told[0].seconds, 0.5)
        row.at_most("ms p95", p95_ms(told), 5)
        row.at_most("packets to the dead one", sent, 4)


@pytest.mark.timed
def test_R06_three_of_four_dead(mode: Mode, row: Row) -> None:
    told, _ = with_dead(mode, 4, 3)
    row.exactly("of 40", sum(map(is_right, told)), 40)
    row.at_most("s worst", max(one.seconds for one in told), 1.0)


@pytest.mark.timed
def test_R07_twelve_of_thirteen_dead(mode: Mode, row: Row) -> None:
    told, _ = with_dead(mode, 13, 12)
    row.exactly("of 40", sum(map(is_right, told)), 40)
    row.at_most("s worst", max(one.seconds for one in told), 3)


@pytest.mark.parametrize("count", [1, 4, 13])
@pytest.mark.timed
def test_R08_all_dead(count: int, mode: Mode, row: Row) -> None:
    zone = Zone(count).change(silent)
    with mode(zone.world) as session:
        told = warmed(session).ask("www.z.pz.")
        session.settle()
        assert (told.rcode, told.errors) == ("SERVFAIL", [22])
        row.at_most("s to SERVFAIL", told.seconds, 4.5)
        row.at_most("packets", zone.sent_to(zone.servers), 14)


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.timed
def test_R09_dead_zone_again(count: int, mode: Mode, row: Row) -> None:
    zone = Zone(count).change(silent)
    with mode(zone.world) as session:
        warmed(session).ask("www.z.pz.")
        session.world.clear()
        told = session.ask("www.z.pz.")
        row.exactly("packets of the second question", zone.sent_to(zone.servers), 0)
        row.at_most("ms to SERVFAIL", 1000 * told.seconds, 10)
        assert (told.rcode, told.errors[0]) == ("SERVFAIL", 13)


@pytest.mark.parametrize(("jump", "allowed"), [(0.7, 0.8), (1.5, 1.7), (3.0, 3.3)])
@pytest.mark.timed
def test_R10_latency_jump(jump: float, allowed: float, mode: Mode, row: Row) -> None:
    zone = Zone(1)
    with mode(zone.world) as session:
        assert all(map(is_right, ask_in_batches(warmed(session), names(40, "before"))))
        zone.change(late(zone.honest, jump))
        told = session.ask("after.z.pz.")
        assert is_right(told)
        row.at_most(f"s after a jump to {jump:g} s", told.seconds, allowed)


def test_R11_edns_dropped(mode: Mode, row: Row) -> None:
    zone = Zone(1)
    zone.change(deaf_to_edns(zone.honest))
    with mode(zone.world) as session:
        told = warmed(session).ask("www.z.pz.")
        assert is_right(told)
        row.at_most("s", told.seconds, 3)


def without_edns(rcode: int, *, keep_edns: bool) -> Callable[[Behaviour], Behaviour]:
    """A server that answers queries with OPT by this code alone."""
    code = saying(rcode, keep_edns=keep_edns)

    def change(honest: Behaviour) -> Behaviour:
        return lambda asked: code(asked) if asked.message.edns else honest(asked)

    return change


REFUSING = {
    "FORMERR": without_edns(1, keep_edns=False),
    "FORMERR+OPT": without_edns(1, keep_edns=True),
    "NOTIMP": without_edns(4, keep_edns=False),
    "BADVERS": without_edns(16, keep_edns=True),
    "SERVFAIL": without_edns(2, keep_edns=False),
}


@pytest.mark.parametrize("kind", REFUSING)
def test_R12_edns_refused(kind: str, mode: Mode, row: Row) -> None:
    zone = Zone(1)
    zone.change(REFUSING[kind](zone.honest))
    with mode(zone.world) as session:
        told = warmed(session).ask("www.z.pz.")
        session.settle()
        assert told.rcode == "NOERROR"
        row.exactly("right answer", is_right(told), 1)
        row.at_most("packets", zone.sent_to(zone.servers), 3)


def _upward(asked: Asked) -> Action:
    return packets(referral(asked, ".", ["root.invalid."]))


def _empty(asked: Asked) -> Action:
    return packets(reply(asked, flags=1 << 15))


def _to_itself(asked: Asked) -> Action:
    return packets(referral(asked, ZONE, [f"ns0.{ZONE}"]))


LAME = {"upward": _upward, "empty": _empty, "self": _to_itself, "refused": saying(5)}


@pytest.mark.parametrize("kind", LAME)
def test_R13_lame(kind: str, mode: Mode, row: Row) -> None:
    zone = Zone(2).change(LAME[kind], Zone(2).servers[:1])
    with mode(zone.world) as session:
        told = ask_in_batches(warmed(session), names(10))
        row.exactly("of 10 by the next server", sum(map(is_right, told)), 10)


@pytest.mark.parametrize("kind", LAME)
def test_R13_all_lame_is_no_nodata(kind: str, mode: Mode, row: Row) -> None:
    zone = Zone(2).change(LAME[kind])
    with mode(zone.world) as session:
        told = warmed(session).ask("www.z.pz.")
        row.exactly("false NODATA", told.rcode != "SERVFAIL", 0)


def test_R14_reordered_and_duplicate_replies(mode: Mode, row: Row) -> None:
    zone = Zone(2)
    zone.change(shuffled(zone.honest, seed=3))
    with mode(zone.world) as session:
        told = ask_in_batches(warmed(session), names(100))
        row.exactly("% answered", share_within(told, 5), 100)


@pytest.mark.live
def test_R14_one_reply_for_each_question(row: Row) -> None:
    zone = Zone(2)
    zone.change(shuffled(zone.honest, seed=3))
    with live(zone.world) as session, udp(session.serving.port) as client:
        for ident, name in enumerate(names(100)):
            client.send(request(name, ident=ident))
        idents = [client.recv(4096)[:2] for _ in range(100)]
        session.settle()
        row.exactly("replies too many", len(drain(client)), 0)
        row.exactly("questions answered", len(set(idents)), 100)


TTLS = {0: None, 1: 1, 86_400: 86_400, 2**31 - 1: 86_400, 2**31: 86_400, 2**32 - 1: 86_400}


@pytest.mark.parametrize("published", TTLS)
def test_R28_ttls(published: int, mode: Mode, row: Row) -> None:
    zone = Zone(1).change(lambda asked: packets(reply(asked, [rr(asked.text, "A", RIGHT, published)])))
    with mode(zone.world) as session:
        warmed(session)
        first, again = session.ask("www.z.pz."), session.ask("www.z.pz.")
        assert is_right(first)
        assert is_right(again)
        kept = TTLS[published]
        row.exactly("packets for two questions", zone.sent_to(zone.servers), 1 if kept else 2)
        row.at_most("s of TTL", max(first.ttl or 0, again.ttl or 0), kept or 0)


PRIMING = {
    "wrong": lambda asked: packets(reply(asked, [rr("pz.", "NS", "ns.evil.pz.")])),
    "empty": lambda asked: packets(reply(asked)),
    "lame": saying(5),
    "NXDOMAIN": saying(3),
    "slow": silent,
}


@pytest.mark.live
@pytest.mark.parametrize("kind", PRIMING)
@pytest.mark.timed
def test_R29_priming(kind: str, row: Row, tmp_path: Path) -> None:
    """Whichever of two root servers is asked first answers the priming query so; the other one as it should."""
    world, second = World(), "127.66.0.9"
    text = "@ NS one.root.\n@ NS two.root.\n" + f"one.root. A {ROOT_SERVER}\ntwo.root. A {second}\n"
    answers: dict[str, Behaviour] = {}

    def behave(asked: Asked) -> Action:
        if asked.rtype != 2 or asked.text != ".":
            return honest(asked)
        mine = answers.setdefault(asked.server, honest if answers else PRIMING[kind])
        return mine(asked)

    honest = world.zone(".", [ROOT_SERVER, second], behave, text=text + "x. A 192.0.2.1\ny. A 192.0.2.1\n")
    hints = tmp_path / "hints"
    hints.write_text(f". NS one.root.\n. NS two.root.\none.root. A {ROOT_SERVER}\ntwo.root. A {second}\n")
    settings = {"upstream.priming": "true", "upstream.root_hints": str(hints)}
    with live(world, settings) as session:
        told = session.ask("x.")
        session.settle()
        asked = [a for a in world.asked() if a.rtype == 2 and a.text == "."]
        assert (told.rcode, told.data) == ("NOERROR", ["192.0.2.1"])
        row.at_most("s to an answer by the hints", told.seconds, 1)
        others = [a.tick for a in asked if a.server != asked[0].server]
        row.at_most("s to the next root", min(others, default=99.0) - asked[0].tick, 1)
        assert session.ask("y.").data == ["192.0.2.1"]
