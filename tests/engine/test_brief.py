# SPDX-License-Identifier: ISC
"""Servers that are all down have one try of each question: a brief one, few at a time, and never a second."""

from __future__ import annotations

import pytest

from resolver.cache.servers import ServerCache
from resolver.engine.brief import BriefTry
from resolver.engine.budget import QueryKey, Work
from resolver.engine.limits import FIRST_RTO, Limits
from resolver.engine.ports import Server, Transport
from resolver.engine.selection import observe_reply, observe_timeout, rto
from resolver.engine.server_shares import MOST_BRIEF, ServerShares, unbounded

DOWN, ALSO_DOWN, WELL = Server("192.0.2.1"), Server("192.0.2.2"), Server("192.0.2.3")
NOW = 10.0
DEADLINE = 14.5


def memory(rtt: float = 0.01) -> ServerCache:
    known = ServerCache(1 << 16)
    for server in (DOWN, ALSO_DOWN, WELL):
        observe_reply(known.get(server), rtt, NOW - 1)
    for server in (DOWN, ALSO_DOWN):
        for _ in range(4):
            observe_timeout(known.get(server), NOW)
    return known


def brief(shares: ServerShares | None = None, *, rtt: float = 0.01, work: Work | None = None) -> BriefTry:
    shares = unbounded() if shares is None else shares
    return BriefTry(memory(rtt), shares, work or Work(Limits(), DEADLINE))


def test_with_one_that_is_well_there_is_no_hurry() -> None:
    tried = brief()
    tried.begin([WELL, DOWN], NOW)
    assert (tried.is_on, tried.until) == (False, DEADLINE)


def test_with_nobody_to_ask_there_is_no_hurry() -> None:
    tried = brief()
    tried.begin([], NOW)
    assert (tried.is_on, tried.until) == (False, DEADLINE)


def test_with_all_down_it_is_given_up_soon_and_with_a_reply_there_is_time_again() -> None:
    tried = brief()
    tried.begin([DOWN, ALSO_DOWN], NOW)
    assert (tried.is_on, tried.until) == (True, NOW + FIRST_RTO)
    tried.spoke()
    assert (tried.is_on, tried.until) == (False, DEADLINE)


def test_servers_far_away_have_their_round_trip() -> None:
    tried = brief(rtt=0.7)
    tried.begin([DOWN, ALSO_DOWN], NOW)
    assert NOW + rto(memory(0.7).get(DOWN)) < tried.until <= DEADLINE


def test_the_deadline_of_the_question_holds() -> None:
    tried = brief(work=Work(Limits(), NOW + 0.1))
    tried.begin([DOWN], NOW)
    assert tried.until == NOW + 0.1


def test_few_questions_try_one_at_a_time() -> None:
    shares = unbounded()
    trying = [brief(shares) for _ in range(MOST_BRIEF)]
    for one in trying:
        assert one.may_ask(DOWN, NOW)
        one.begin([DOWN], NOW)
    another = brief(shares)
    assert not another.may_ask(DOWN, NOW)
    assert another.may_ask(ALSO_DOWN, NOW)
    assert another.may_ask(WELL, NOW)
    trying[0].end()
    assert another.may_ask(DOWN, NOW)
    for one in trying[1:]:
        one.end()
    assert not len(shares)


@pytest.mark.parametrize(("server", "may"), [(DOWN, False), (ALSO_DOWN, True), (WELL, True)])
def test_a_question_that_met_the_silence_of_a_server_does_not_try_it_again(server: Server, may: bool) -> None:
    """NXNSAttack: names of one dead zone after another lead the same question there."""
    work = Work(Limits(), DEADLINE)
    for asked in (DOWN, WELL):
        work.child(b"\x02ns\x00", 1).spend_send(QueryKey(asked, b"\x02ns\x00", 1, Transport.UDP))
    assert brief(work=work).may_ask(server, NOW) is may
