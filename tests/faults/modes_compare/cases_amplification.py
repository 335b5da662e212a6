# SPDX-License-Identifier: ISC
"""What one question costs in packets: the rows A02-A18 and F15, and lame servers (security.md 5.1)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from tests.faults import test_amplification as names
from tests.faults import test_query_hardening as hardening
from tests.faults import test_storms as servers
from tests.faults.broken import Zone
from tests.faults.broken import warmed as zone_warmed
from tests.faults.modes import Mode
from tests.faults.modes_compare.case import Case, Found, Play, case, packets, told_in_words
from tests.faults.test_broken_world import LAME
from tests.faults.world import World, silent
from tests.faults.world_answers import saying

OFTEN_S = 14.0
AT_ONCE_S = 0.3  # between a failure and the same question once more


def question(world: Callable[[], World], name: str) -> Play:
    """Ask once; the packets until there are no more."""

    def play(mode: Mode) -> Found:
        with mode(world()) as session:
            before = names.warmed(session).connections
            told = session.ask(name)
            session.settle()
            return Found((len(session.world.log),), told_in_words(told, session.connections - before))

    return play


def twice(world: Callable[[], World], name: str) -> Play:
    """Ask, and ask again at once: the packets of both."""

    def play(mode: Mode) -> Found:
        with mode(world()) as session:
            told = names.warmed(session).ask(name)
            session.pass_time(AT_ONCE_S)
            first = len(session.world.log)
            session.ask(name)
            session.settle()
            return Found((first, len(session.world.log) - first), told_in_words(told))

    return play


def often(mode: Mode) -> Found:
    """Five times a second for 14 seconds for a name whose one server fails (row A15)."""
    with mode(servers.failing(1, saying(2))) as session:
        names.warmed(session).ask("other.evil.pz.")
        session.settle()
        session.world.clear()
        until = time.monotonic() + OFTEN_S
        for _ in range(70):
            if time.monotonic() > until:  # on sockets, where asking takes time too
                break
            told = session.ask("www.evil.pz.")
            session.pass_time(0.2)
        return Found((len(session.world.log),), told_in_words(told))


def lame(mode: Mode) -> Found:
    """Four servers, each of which refers to the root."""
    zone = Zone(4).change(LAME["upward"])
    with mode(zone.world) as session:
        told = zone_warmed(session).ask("www.z.pz.")
        session.settle()
        return Found((zone.sent_to(zone.servers),), told_in_words(told))


def _failing(count: int, rcode: int) -> Callable[[], World]:
    return partial(servers.failing, count, saying(rcode))


def _nxns(count: int) -> World:
    return names.basis(names.glueless(count))


EVIL = "www.evil.pz."
CASES: tuple[Case, ...] = (
    *(
        case(
            "A02",
            f"NXNS, {count} names that do not exist",
            packets(6, headline="NXNSAttack: 99 servers whose names do not exist" if count == 99 else ""),
            question(partial(_nxns, count), EVIL),
        )
        for count in (20, 99, 135)
    ),
    case(
        "A03",
        "NXNS, 99 names in a silent zone",
        packets(7),
        question(partial(names.silent_names, 99), EVIL),
    ),
    case(
        "A04",
        "NXNS, 99 addresses that refuse",
        packets(12),
        question(partial(names.refusing_names, 99), EVIL),
    ),
    case(
        "A05",
        "NRDelegation, 1500 servers",
        packets(10, headline="NRDelegationAttack: 1500 servers"),
        question(partial(names.nrdelegation, 1500), EVIL),
    ),
    case(
        "A06",
        "TsuNAME, two zones",
        (packets(3, headline="TsuNAME: two zones that need each other"), packets(0, "packets again")),
        twice(partial(names.basis, names.CYCLES["two"]), "www.a.pz."),
    ),
    *(
        case(
            "A08",
            f"chain of {length} aliases",
            packets(13),
            question(partial(names.chain, length), "c0.target.pz."),
        )
        for length in (8, 12, 70)
    ),
    case(
        "A09",
        "loop of two aliases",
        packets(2),
        question(partial(names.looping, "two"), "a.target.pz."),
    ),
    *(
        case(
            "A10",
            f"CAMP {links}x{fan_out}",
            packets(limit, headline="CAMP: 11 aliases × 10 servers without glue" if links == 11 else ""),
            question(partial(names.camp, links, fan_out), "www.z0.pz."),
        )
        for links, fan_out, limit in ((8, 6, 27), (11, 10, 40), (16, 16, 50))
    ),
    *(
        case(
            "A11",
            f"{cuts} zone cuts",
            packets(limit, headline="110 zones below one another" if cuts == 110 else ""),
            question(partial(names.nested, cuts), "www." + "a." * cuts + "pz."),
        )
        for cuts, limit in ((30, 31), (110, 50))
    ),
    case("A12", "110 labels, no cut", packets(10), question(names.basis, "a." * 110 + "target.pz.")),
    case(
        "A13",
        "4 servers say SERVFAIL",
        (packets(6, headline="four servers that say SERVFAIL"), packets(0, "packets again at once")),
        twice(_failing(4, 2), EVIL),
    ),
    case("A13", "13 servers say SERVFAIL", packets(15), question(_failing(13, 2), EVIL)),
    case(
        "A13",
        "4 servers say FORMERR",
        packets(6),
        question(_failing(4, 1), EVIL),
    ),
    case("A13", "4 servers say NOTIMP", packets(6), question(_failing(4, 4), EVIL)),
    case("A13", "4 servers say REFUSED", packets(6), question(_failing(4, 5), EVIL)),
    case(
        "A15",
        "a failing name, 5 times a second for 14 s",
        packets(8, headline="a name that fails, asked for 70 times in 14 s"),
        often,
    ),
    case("R13", "4 lame servers, referring upward", packets(None), lame),
    case(
        "A18",
        "truncated, then the connection is closed",
        packets(4),
        question(lambda: servers.failing(1, servers.truncating(servers.OVER_TCP["close"])), EVIL),
    ),
    case("F15", "BADCOOKIE for ever", packets(5), question(hardening.badcookie, "www.target.pz.")),
    case("R08", "4 dead servers", packets(14), question(partial(servers.failing, 4, silent), EVIL)),
)
