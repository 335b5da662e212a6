# SPDX-License-Identifier: ISC
"""How long clients wait and what they are told while servers are dead, slow, lossy or odd: rows R01-R16, A18.

What stale answers do in an outage: `cases_stale` (security.md 5.2, 5.3, 5.4 below the table).
"""

from __future__ import annotations

from tests.faults import test_broken_outages as outages
from tests.faults import test_broken_world as broken
from tests.faults import test_storms as servers
from tests.faults.broken import Zone, deaf_to_edns, is_right, names, share_within, warmed
from tests.faults.modes import Mode, Told
from tests.faults.modes_compare.case import (
    Case,
    Found,
    Play,
    bad,
    case,
    good,
    packets,
    percent,
    seconds,
    told_in_words,
)
from tests.faults.test_amplification import warmed as names_warmed
from tests.faults.world import late, silent

NAMES = 100  # asked for under loss


def until_servfail(told: Told) -> Found:
    """The time to a failure that the client hears of; nothing at all is no time."""
    return Found((told.seconds if told.rcode == "SERVFAIL" else None,), told_in_words(told))


def until_right(told: Told) -> Found:
    """The time to the right answer; any other is none."""
    return Found((told.seconds if is_right(told) else None,), told_in_words(told))


def dead(count: int) -> Play:
    """So many servers, all of them silent."""

    def play(mode: Mode) -> Found:
        with mode(Zone(count).change(silent).world) as session:
            return until_servfail(warmed(session).ask("www.z.pz."))

    return play


def hanging(mode: Mode) -> Found:
    """TC over UDP, and a connection on which nothing comes."""
    with mode(servers.failing(1, servers.truncating(servers.OVER_TCP["hang"]))) as session:
        return until_servfail(names_warmed(session).ask("www.evil.pz."))


def unknown_tld(mode: Mode) -> Found:
    """The root has died, and a name of a TLD is asked for that is not in the cache."""
    zone, root = outages.root_that_dies()
    with mode(zone.world) as session:
        warmed(session)
        root.append(silent)
        return until_servfail(session.ask("www.unknown."))


def jump(to_s: float) -> Play:
    """Forty quick answers, and then each takes so long."""

    def play(mode: Mode) -> Found:
        zone = Zone(1)
        with mode(zone.world) as session:
            assert all(map(is_right, broken.ask_in_batches(warmed(session), names(40, "before"))))
            zone.change(late(zone.honest, to_s))
            return until_right(session.ask("after.z.pz."))

    return play


def deaf(mode: Mode) -> Found:
    """Queries with OPT vanish."""
    zone = Zone(1)
    zone.change(deaf_to_edns(zone.honest))
    with mode(zone.world) as session:
        return until_right(warmed(session).ask("www.z.pz."))


def refusing_edns(kind: str) -> Play:
    """Queries with OPT get that code: whether the answer is right."""

    def play(mode: Mode) -> Found:
        zone = Zone(1)
        zone.change(broken.REFUSING[kind](zone.honest))
        with mode(zone.world) as session:
            told = warmed(session).ask("www.z.pz.")
            return Found((float(is_right(told)),), told_in_words(told))

    return play


def false_nodata(kind: str) -> Play:
    """All servers are lame in that way: whether the client is told that there is no such data."""

    def play(mode: Mode) -> Found:
        with mode(Zone(2).change(broken.LAME[kind]).world) as session:
            told = warmed(session).ask("www.z.pz.")
            denied = told.rcode in ("NOERROR", "NXDOMAIN") and not told.data
            return Found((float(denied),), told_in_words(told))

    return play


def mostly_dead(count: int, gone: int) -> Play:
    """Forty names, one after the other: how many were answered right, and the time of the first and of the worst."""

    def play(mode: Mode) -> Found:
        told, sent = broken.with_dead(mode, count, gone)
        right = [one.seconds for one in told if is_right(one)]
        first = told[0].seconds if is_right(told[0]) else None
        worst = max(right) if len(right) == len(told) else None  # a name that is lost waits for ever
        return Found((len(right), first, worst), f"{sent} packets to the dead")

    return play


def lossy(share: float, within_s: float) -> Play:
    """One server behind a path that loses that share each way; TCP is clean."""

    def play(mode: Mode) -> Found:
        told, zone = broken.under_loss(mode, share, 1, NAMES)
        return Found((share_within(told, within_s), zone.sent_to(zone.servers) / NAMES))

    return play


def _mostly_dead(
    row: str, count: int, first_s: float | None, worst_s: float | None, headline: str = ""
) -> Case:
    figures = (
        good(40, 40, "right of 40"),
        seconds(first_s, "s to the first"),
        seconds(worst_s, "s to the worst", headline),
    )
    gone = count - 1
    return case(row, f"{gone} of {count} servers dead, 40 names", figures, mostly_dead(count, gone))


def _lossy(row: str, percent_lost: int, within_s: float, limit: float | None, headline: str = "") -> Case:
    figures = (
        percent(limit, f"% right within {within_s:g} s", headline),
        packets(None, "packets a name"),
    )
    return case(
        row, f"{percent_lost} % loss each way, one server", figures, lossy(percent_lost / 100, within_s)
    )


CASES: tuple[Case, ...] = (
    case("R08", "1 server, dead", seconds(4.5, "s to SERVFAIL"), dead(1)),
    case(
        "R08",
        "4 servers, all dead",
        seconds(4.5, "s to SERVFAIL", "four servers, all dead"),
        dead(4),
    ),
    case("R10", "from 1 to 700 ms", seconds(0.8, "s to the answer"), jump(0.7)),
    case("R10", "from 1 to 1500 ms", seconds(1.7, "s to the answer"), jump(1.5)),
    case(
        "R10",
        "from 1 to 3000 ms",
        seconds(3.3, "s to the answer", "a server that takes 3 s all of a sudden"),
        jump(3.0),
    ),
    case("A18", "truncated, then TCP hangs", seconds(3, "s to SERVFAIL"), hanging),
    _mostly_dead("R05", 2, 0.5, None),
    _mostly_dead("R06", 4, None, 1.0),
    _mostly_dead("R07", 13, None, 3.0, "12 of 13 servers dead, 40 names"),
    case("R16", "unknown TLD, root dead", seconds(4.5, "s to SERVFAIL"), unknown_tld),
    _lossy("R01", 10, 2, 100),
    _lossy("R02", 30, 5, 99.5, "30 % of packets lost each way, one server"),
    _lossy("R04", 50, 5, None),
    case(
        "R11",
        "a server that drops EDNS",
        seconds(3, "s to the answer", "a server that drops queries with EDNS"),
        deaf,
    ),
    Case(
        "R12",
        "servers that refuse EDNS, 5 ways",
        (good(5, 5, "right of 5", "servers that refuse EDNS, five ways"),),
        {kind: refusing_edns(kind) for kind in broken.REFUSING},
    ),
    Case(
        "R13",
        "lame servers, 4 ways",
        (bad(0, 4, "false denials of 4"),),
        {kind: false_nodata(kind) for kind in broken.LAME},
    ),
)
