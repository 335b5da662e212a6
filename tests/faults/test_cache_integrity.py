# SPDX-License-Identifier: ISC
"""Rows F09-F12, F20 and F21: what a true server of one zone can make us believe of another, by the matrix."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from resolver.engine.ports import Transport
from resolver.wire import Record
from resolver.wire.codes import AA, QR, TC
from tests.faults.assertions import Row
from tests.faults.modes import Mode, Session, request
from tests.faults.modes_live import FileClock, live
from tests.faults.modes_scenario import scenario
from tests.faults.scale import scaled
from tests.faults.test_amplification import TLD, basis, warmed
from tests.faults.world import ROOT_SERVER, Action, Asked, World, late, packets
from tests.faults.world_answers import NO_SUCH, denial, referral, reply, rr

TRUE, FORGED = "192.0.2.1", "203.0.113.66"
EVIL, CANARY, ATTACKER = "127.66.8.1", "127.66.8.2", "127.66.8.66"
REPEATS = scaled(100, 10)  # of each poisoning, live
WATCH_S = scaled(60, 1)  # live; a scenario has the row's hundred and its minute in any case

Sections = tuple[Sequence[Record], Sequence[Record], Sequence[Record]]


def a(owner: str, address: str = FORGED) -> Record:
    return rr(owner, "A", address)


def ns(owner: str, server: str = "ns.attacker.pz.") -> Record:
    return rr(owner, "NS", server)


GLUE = a("ns.attacker.pz.", ATTACKER)
# What comes along with the answer for a name of evil.pz.: a mode's name -> its three sections.
MODES: dict[str, Callable[[str], Sections]] = {
    "additional address": lambda q: ([a(q, TRUE)], [], [a("www.canary.pz.")]),
    "ns of a sibling": lambda q: ([a(q, TRUE)], [ns("canary.pz.")], [GLUE]),
    "ns of the root": lambda q: ([a(q, TRUE)], [ns("."), ns("pz.")], [GLUE]),
    "extra rrsets in the answer": lambda q: ([a(q, TRUE), a("www.canary.pz.")], [], []),
    "cname with its target's data": lambda q: (
        [rr(q, "CNAME", "www.canary.pz."), a("www.canary.pz.")],
        [],
        [],
    ),
    "dname above the zone": lambda q: ([rr("pz.", "DNAME", "attacker.pz."), a(q, TRUE)], [], []),
    "ns with glue of another zone": lambda q: (
        [a(q, TRUE)],
        [ns("evil.pz.", "ns.canary.pz.")],
        [a("ns.canary.pz.", ATTACKER)],
    ),
    "nxdomain with a foreign soa": lambda q: ([], [rr("canary.pz.", "SOA", NO_SUCH)], []),
    "referral to a sibling": lambda q: ([], [ns("canary.pz.")], [GLUE]),
    "unsolicited authority": lambda q: ([a(q, TRUE)], [ns("evil.pz.")], [GLUE]),
    "glue of the parent": lambda q: ([a(q, TRUE)], [ns("pz.", "ns.pz.")], [a("ns.pz.", ATTACKER)]),
    "mx as a carrier": lambda q: ([rr(q, "MX", "1 www.canary.pz.")], [], [a("www.canary.pz.")]),
}


def poisoned(mode: str) -> World:
    text = f"evil NS ns.evil\nns.evil A {EVIL}\ncanary NS ns.canary\nns.canary A {CANARY}\n"
    world = basis(text)
    world.zone("canary.pz.", CANARY, text=f"@ NS ns\nns A {CANARY}\n* A {TRUE}\n")
    world.zone("attacker.pz.", ATTACKER, text=f"* A {FORGED}\n")

    def behave(asked: Asked) -> Action:
        answer, authority, additional = MODES[mode](asked.text)
        rcode = 3 if mode.startswith("nxdomain") else 0
        aa = 0 if mode.startswith("referral") else AA
        return packets(reply(asked, answer, authority, additional, rcode=rcode, flags=QR | aa))

    world.zone("evil.pz.", EVIL, behave)
    return world


def attack(mode: str, session: Session, repeats: int) -> int:
    """Have the poison told so often; how often the canary was wrong."""
    wrong = 0
    warmed(session)
    for n in range(repeats):
        session.ask(f"www{n}.evil.pz.", "MX" if mode.startswith("mx") else "A")
        wrong += session.ask("www.canary.pz.").data != [TRUE]
        wrong += session.ask(f"n{n}.canary.pz.").data != [TRUE]
    return wrong


def look_again(session: Session) -> tuple[int, int]:
    """How often the canary is wrong after all, and how many packets the attacker's server got since the beginning."""
    names = ("www.canary.pz.", "other.canary.pz.")
    wrong = sum(session.ask(name).data != [TRUE] for name in names)
    wrong += FORGED in session.ask("www.new.evil.pz.").data
    session.settle()
    return wrong, len(session.world.asked(server=ATTACKER))


def poison(mode: str, open_mode: Mode, repeats: int, watch_s: float) -> tuple[int, int]:
    """How often the canary was wrong, and how many packets the attacker's server got."""
    with open_mode(poisoned(mode)) as session:
        wrong = attack(mode, session, repeats)
        session.pass_time(watch_s)
        later, attacked = look_again(session)
        return wrong + later, attacked


@pytest.mark.parametrize("poisoning", MODES)
def test_F09_poisoning(poisoning: str, row: Row) -> None:
    wrong, attacked = poison(poisoning, scenario, 100, 60)
    row.exactly("poisonings", wrong, 0)
    row.exactly("packets to the attacker", attacked, 0)


@pytest.mark.live
def test_F09_twelve_poisonings_and_one_watch(row: Row) -> None:
    """A process for each of the twelve; all are poisoned, and all are watched together."""
    with ExitStack() as stack:
        sessions = {mode: stack.enter_context(live(poisoned(mode))) for mode in MODES}
        wrong = sum(attack(mode, session, REPEATS) for mode, session in sessions.items())
        time.sleep(WATCH_S)
        found = [look_again(session) for session in sessions.values()]
    row.exactly("poisonings", wrong + sum(later for later, _ in found), 0)
    row.exactly("packets to the attacker", sum(attacked for _, attacked in found), 0)


def test_F10_glue_is_never_an_answer(mode: Mode, row: Row) -> None:
    """The parent's glue and the zone's own address of its server differ; both servers answer."""
    world = basis(f"two NS ns.two\nns.two A {EVIL}\n")
    world.zone("two.pz.", EVIL, text=f"@ NS ns\nns A {TRUE}\nwww A 192.0.2.9\n")
    with mode(world) as session:
        warmed(session)
        assert session.ask("www.two.pz.").rcode == "NOERROR"
        without_rd = session.ask_all([request("ns.two.pz.", rd=False)])[0]
        assert EVIL not in without_rd.data  # the glue is there, and is nobody's answer
        told = [session.ask(name) for name in ("ns.two.pz.", "www.two.pz.", "ns.two.pz.")]
        row.exactly("% of authoritative values", 50 * sum(t.data == [TRUE] for t in (told[0], told[2])), 100)


PARENT_TTL = 3


def ghost(kind: str) -> tuple[World, list[bool]]:
    """A delegation that the parent takes back when the list holds True, and a child that goes on re-announcing it."""
    world, revoked = basis(), [False]
    honest = world.behaviour("pz.")
    glue = [a("ns.ghost.pz.", EVIL)]

    def parent(asked: Asked) -> Action:
        if not asked.text.endswith("ghost.pz."):
            return honest(asked)
        if revoked[0]:
            return packets(denial(asked, "pz."))
        return packets(
            referral(
                asked, "ghost.pz.", ["ns.ghost.pz."], [rr("ns.ghost.pz.", "A", EVIL, PARENT_TTL)], PARENT_TTL
            )
        )

    def child(asked: Asked) -> Action:
        if kind == "nested" and asked.text.endswith("sub.ghost.pz."):
            if asked.server == EVIL and not asked.text.startswith("deep"):
                below = [a("ns.sub.ghost.pz.", CANARY)]
                return packets(referral(asked, "sub.ghost.pz.", ["ns.sub.ghost.pz."], below, 86400))
            return packets(reply(asked, [a(asked.text, TRUE)]))
        own = [rr("ghost.pz.", "NS", "ns.ghost.pz.", 86400)]
        if asked.rtype == 2:
            return packets(reply(asked, own, (), glue))
        return packets(reply(asked, [rr(asked.text, "A", TRUE, 1)], own, glue))

    world.zone("pz.", TLD, parent)
    world.zone("ghost.pz.", EVIL, child)
    world.zone("sub.ghost.pz.", [EVIL, CANARY], child)
    return world, revoked


@pytest.mark.parametrize("kind", ["by answers", "by its own NS", "nested"])
def test_F11_ghost_domains(kind: str, mode: Mode, row: Row) -> None:
    world, revoked = ghost(kind)
    with mode(world) as session:
        warmed(session)
        name = "www.sub.ghost.pz." if kind == "nested" else "www.ghost.pz."
        assert session.ask(name).data == [TRUE]
        revoked[0] = True
        waited = 0.0
        while waited < PARENT_TTL + 5:
            if kind == "by its own NS":
                session.ask("ghost.pz.", "NS")
            told = session.ask(f"n{waited:g}".replace(".", "-") + name.removeprefix("www"))
            if told.rcode == "NXDOMAIN":
                break
            session.pass_time(0.5)
            waited += 0.5
        row.at_most(f"s after a lease of {PARENT_TTL} s", waited - PARENT_TTL, 1)


def test_F11_answers_delayed_past_the_lease(mode: Mode, row: Row) -> None:
    """The child's answer arrives a second after the parent's grant has ended: it does not renew it."""
    world, revoked = ghost("by answers")
    child = world.behaviour("ghost.pz.")
    world.zone("ghost.pz.", EVIL, late(child, 1.0))
    with mode(world) as session:
        warmed(session)
        session.ask("www.ghost.pz.")
        revoked[0] = True
        session.pass_time(PARENT_TTL - 1.5)
        session.ask("at-the-end.ghost.pz.")
        session.pass_time(1.0)
        row.exactly("names found after", session.ask("after.ghost.pz.").rcode == "NOERROR", 0)


def for_68_years() -> World:
    """`pz.`, and below it `long.pz.`, are delegated with the longest TTL there is."""
    world = basis()
    root = f"@ NS ns.root.\nns.root. A {ROOT_SERVER}\npz. NS ns.pz.\nns.pz. A {TLD}\n"
    world.zone(".", ROOT_SERVER, text=root, ttl=(1 << 31) - 1)
    honest = world.behaviour("pz.")

    def parent(asked: Asked) -> Action:
        if not asked.text.endswith("long.pz."):
            return honest(asked)
        ttl = (1 << 31) - 1
        return packets(referral(asked, "long.pz.", ["ns.long.pz."], [rr("ns.long.pz.", "A", EVIL, ttl)], ttl))

    world.zone("pz.", TLD, parent)
    world.zone("long.pz.", EVIL, text=f"* 5 A {TRUE}\n")
    return world


def used_for(session: Session, pass_time: Callable[[float], None]) -> float:
    """Seconds for which the delegation is used without the parent being asked again, a day and a second at most."""
    assert warmed(session).ask("a.long.pz.").data == [TRUE]
    session.world.clear()
    pass_time(86_300)
    assert session.ask("b.long.pz.").data == [TRUE]
    early = session.world.asked(below="long.pz.", server=TLD)
    pass_time(101)
    session.world.clear()
    assert session.ask("c.long.pz.").data == [TRUE]
    late_on = session.world.asked(below="long.pz.", server=TLD)
    return 0 if early else 86_300 if late_on else 86_401


def test_F12_a_delegation_of_68_years(row: Row) -> None:
    with scenario(for_68_years()) as session:
        used = used_for(session, session.pass_time)
    row.at_most("s used", used, 86_400)
    row.at_least("s used, as it may be", used, 86_300)


@pytest.mark.live
def test_F12_a_delegation_of_68_years_on_sockets(row: Row, tmp_path: Path) -> None:
    clock = FileClock(tmp_path)
    with live(for_68_years(), clock.settings) as session:
        row.at_most("s used", used_for(session, clock.go_on), 86_400)


def test_F20_a_denial_with_a_foreign_soa(mode: Mode, row: Row) -> None:
    world = basis(f"evil NS ns.evil\nns.evil A {EVIL}\n")
    denied = [True]

    def behave(asked: Asked) -> Action:
        if not denied[0]:
            return packets(reply(asked, [a(asked.text, TRUE)]))
        return packets(reply(asked, (), [rr("canary.pz.", "SOA", NO_SUCH)], rcode=3))

    world.zone("evil.pz.", EVIL, behave)
    with mode(world) as session:
        warmed(session).ask("www.evil.pz.")
        denied[0] = False
        waited = 0.0
        while session.ask("www.evil.pz.").data != [TRUE] and waited < 8:
            session.pass_time(0.5)
            waited += 0.5
        row.at_most("s denied", waited, 5)


def test_F21_the_target_of_an_alias_is_asked_for(mode: Mode, row: Row) -> None:
    world = poisoned("cname with its target's data")
    with mode(world) as session:
        warmed(session)
        right = sum(session.ask(f"www{n}.evil.pz.").data == [TRUE] for n in range(20))
        row.exactly("% asked again", 100 * right / 20, 100)
        assert session.world.asked(below="www.canary.pz.", server=CANARY)


def test_F21_over_tcp(row: Row) -> None:
    """TCP proves who speaks, not that he may: the same holds there."""
    world = poisoned("cname with its target's data")
    behave = world.behaviour("evil.pz.")

    def truncated(asked: Asked) -> Action:
        return packets(reply(asked, flags=QR | TC)) if asked.transport is Transport.UDP else behave(asked)

    world.zone("evil.pz.", EVIL, truncated)
    with scenario(world) as session:
        row.exactly("% asked again", 100 * (warmed(session).ask("www.evil.pz.").data == [TRUE]), 100)
