# SPDX-License-Identifier: ISC
"""What is remembered of an outcome, and what must not be: another question's limits, overload, an answer."""

from __future__ import annotations

import pytest

from resolver.cache import FailureCache
from resolver.engine.outcome import Cause, Failed, Outcome, Resolved
from resolver.policy import Policy
from resolver.service.aftermath import Aftermath
from resolver.service.single_flight import FlightEnded, FlightKey
from resolver.wire import Ede, Rcode, from_text
from tests.service.fakes import new_world, positive

ZONE = from_text("example.com")
KEY = FlightKey(from_text("www.example.com"), 1)


class Memory:
    def __init__(self) -> None:
        self.world = new_world()
        self.failures = FailureCache(1 << 20)
        self.aftermath = Aftermath(self.world, self.failures, Policy())

    def ended(self, outcome: Outcome, *, blameless: bool = False, key: FlightKey = KEY) -> None:
        self.aftermath.ended(FlightEnded(key, outcome, blameless, "client"))


def failed(cause: Cause, rcode: int = Rcode.SERVFAIL) -> Failed:
    return Failed(cause, Ede.NETWORK_ERROR, "why", ZONE, queries=2, rcode=rcode)


@pytest.mark.parametrize(
    "cause", [Cause.UNREACHABLE, Cause.BROKEN, Cause.STRUCTURAL, Cause.LIMIT, Cause.INTERNAL]
)
def test_rfc9520_failures_are_remembered_with_their_reason(cause: Cause) -> None:
    memory = Memory()
    memory.ended(failed(cause))
    known = memory.aftermath.known_failure(KEY)
    assert known is not None
    assert (known.ede, known.text) == (Ede.NETWORK_ERROR, "why")
    assert memory.failures.recheck_until(*KEY[:2]) == memory.world.now() + 30


@pytest.mark.parametrize(
    ("cause", "blameless", "rcode"),
    [
        (Cause.OVERLOAD, False, Rcode.SERVFAIL),
        (Cause.LIMIT, True, Rcode.SERVFAIL),
        (Cause.UNREACHABLE, True, Rcode.SERVFAIL),
        (Cause.STRUCTURAL, False, Rcode.YXDOMAIN),
    ],
    ids=["overload", "limit of another", "deadline of another", "rfc6672 an answer"],
)
def test_what_is_not_remembered(cause: Cause, blameless: bool, rcode: int) -> None:
    memory = Memory()
    memory.ended(failed(cause, rcode), blameless=blameless)
    assert memory.aftermath.known_failure(KEY) is None


def test_checking_disabled_fails_for_itself() -> None:
    memory = Memory()
    memory.ended(failed(Cause.BROKEN))
    assert memory.aftermath.known_failure(KEY._replace(cd=True)) is None


def test_when_all_servers_are_left_alone_nothing_was_tried_and_nothing_is_remembered() -> None:
    memory = Memory()
    memory.ended(Failed(Cause.UNREACHABLE, Ede.NO_REACHABLE_AUTHORITY, "left alone", ZONE, queries=0))
    assert memory.aftermath.known_failure(KEY) is None
    assert memory.failures.recheck_until(*KEY[:2]) == 0


def test_a_success_is_the_end_of_its_failures() -> None:
    memory = Memory()
    memory.ended(failed(Cause.BROKEN))
    memory.ended(Resolved((positive("www.example.com"),)))
    assert memory.aftermath.known_failure(KEY) is None
    assert memory.failures.recheck_until(*KEY[:2]) == 0


def test_a_clients_timer_starts_the_recheck_timer() -> None:
    memory = Memory()
    memory.aftermath.keep_waiting_no_more(KEY, ZONE)
    assert memory.failures.recheck_until(*KEY[:2]) == memory.world.now() + 30
    memory.failures.zone_answered(ZONE)
    assert memory.failures.recheck_until(*KEY[:2]) == 0


@pytest.mark.parametrize("cause", [Cause.STRUCTURAL, Cause.UNREACHABLE, Cause.BROKEN])
def test_rfc9520_a_remembered_failure_is_told_with_its_cause(cause: Cause) -> None:
    """A question that needs this one is a cycle too when this one was, and waits as long."""
    memory = Memory()
    memory.ended(failed(cause))
    known = memory.aftermath.known_failure(KEY)
    assert known is not None
    assert known.cause is cause
