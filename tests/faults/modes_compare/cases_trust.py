# SPDX-License-Identifier: ISC
"""What a resolver believes, gives away and takes from clients: rows F01, F07, F09, F19, R32 (security.md 5.4, 5.7)."""

from __future__ import annotations

from tests.faults import test_cache_integrity as integrity
from tests.faults import test_conformance as conformance
from tests.faults import test_forgery as forgery
from tests.faults.broken import Zone
from tests.faults.broken import warmed as zone_warmed
from tests.faults.modes import Mode, request
from tests.faults.modes_compare.case import Case, Found, Play, bad, case, good, told_in_words
from tests.faults.test_amplification import basis, warmed
from tests.faults.test_never_asked import SPECIAL

REPEATS = 5  # of each way of poisoning
STRANGE = (*conformance.CASES, conformance.TOO_LONG)


def ports(mode: Mode) -> Found:
    """3000 queries: how many source ports they came from, and how far apart those are."""
    with mode(forgery.answering()) as session:
        warmed(session)
        for batch in range(30):
            session.ask_all([request(f"n{batch}-{n}.target.pz.") for n in range(100)])
        found = [asked.port for asked in session.world.asked(below="target.pz.")][:3000]
        return Found((len(set(found)), max(found) - min(found)), f"{len(found)} queries")


def bad_first(kind: str) -> Play:
    """From a server that nothing is known of: whether the truth was told, and whether the forgery was."""

    def play(mode: Mode) -> Found:
        with mode(forgery.bad_first(kind)) as session:
            session.ask("warm.pz.")
            told = session.ask("www.target.pz.")
            forged = forgery.FORGED in told.data
            return Found((float(told.data == [forgery.TRUE]), float(forged)), told_in_words(told))

    return play


def poisoned(how: str) -> Play:
    """Whether a name of another zone was ever answered wrong, or its attacker's server asked."""

    def play(mode: Mode) -> Found:
        wrong, attacked = integrity.poison(how, mode, REPEATS, 0)
        return Found((float(bool(wrong)), float(bool(attacked))))

    return play


def leaks(mode: Mode) -> Found:
    """Special names that any server heard of."""
    with mode(basis()) as session:
        warmed(session)
        leaked = []
        for name, rtype in SPECIAL:
            session.world.clear()
            session.ask(name, rtype)
            if session.world.log:
                leaked.append(name)
        return Found((len(leaked),), " ".join(leaked))


def strange_requests(mode: Mode) -> Found:
    """Requests that are no ordinary questions: how many are answered as row R32 has it."""
    with mode(Zone(1).world) as session:
        zone_warmed(session, conformance.KEPT)
        told = session.ask_all([one.octets for one in STRANGE])
        wrong = [
            f"{one.what}: {heard.rcode}"
            for one, heard in zip(STRANGE, told, strict=True)
            if not conformance.is_as_it_should(one, heard)
        ]
        return Found((len(STRANGE) - len(wrong),), "; ".join(wrong))


CASES: tuple[Case, ...] = (
    case(
        "F01",
        "source ports of 3000 queries",
        (good(2880, 3000, "different of 3000"), good(60_000, 0, "ports from least to greatest")),
        ports,
    ),
    Case(
        "F07",
        "a bad packet before the true one, 15 kinds",
        (
            good(13, 15, "right of 15", "a bad packet before the true one, 15 kinds"),
            bad(0, 15, "forged and believed"),
        ),
        {kind: bad_first(kind) for kind in forgery.KINDS},
    ),
    Case(
        "F09",
        "cache poisoning, 12 ways",
        (bad(0, 12, "succeeded of 12"), bad(0, 12, "attacker's server asked")),
        {how: poisoned(how) for how in integrity.MODES},
    ),
    case(
        "F19",
        f"{len(SPECIAL)} special-use names",
        bad(0, len(SPECIAL), "leaked to the root", "special-use names, 25 of them"),
        leaks,
    ),
    case(
        "R32",
        f"{len(STRANGE)} strange requests",
        good(len(STRANGE), len(STRANGE), "answered as the row has it"),
        strange_requests,
    ),
)
