# SPDX-License-Identifier: ISC
"""The work licence: one meter per client question, shared by sub-questions, never reset (CVE-2026-50045)."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.engine.budget import QueryKey, ResolutionFailed, Work
from resolver.engine.limits import Limits
from resolver.engine.outcome import Cause
from resolver.engine.ports import Server, Transport
from resolver.events import Event, LimitHit
from resolver.wire import from_text

SERIAL = count()


def query(transport: Transport = Transport.UDP) -> QueryKey:
    """A query that was not sent before."""
    return QueryKey(Server("192.0.2.1"), from_text(f"a{next(SERIAL)}.shop0."), 1, transport)


def test_the_fifty_first_query_is_refused() -> None:
    work = Work(Limits(), 8.0)
    for _ in range(50):
        work.spend_send(query())
    with pytest.raises(ResolutionFailed, match="more than 50 upstream queries") as failed:
        work.spend_send(query())
    assert failed.value.cause is Cause.LIMIT


@given(st.lists(st.booleans(), max_size=80))
def test_sub_questions_share_the_meter(shape: list[bool]) -> None:
    """However the sends are spread over a question and its sub-question, they add up to the one limit."""
    work = Work(Limits(sends=20), 8.0)
    child = work.child(from_text("ns.shop0."), 1)
    sent = 0
    for own in shape:
        try:
            (work if own else child).spend_send(query())
            sent += 1
        except ResolutionFailed:
            break
    assert sent == min(20, len(shape)) == work.meter.sends


def test_a_question_below_itself_is_a_cycle() -> None:
    """TsuNAME: the name servers of a zone depend on the zone."""
    work = Work(Limits(), 8.0).child(from_text("ns.left.shop0."), 1)
    with pytest.raises(ResolutionFailed) as failed:
        work.child(from_text("ns.left.shop0."), 1)
    assert failed.value.cause is Cause.STRUCTURAL


def test_nesting_ends_at_the_depth() -> None:
    work = Work(Limits(depth=2), 8.0)
    for index in range(3):
        work = work.child(from_text(f"ns{index}.shop0."), 1)
    with pytest.raises(ResolutionFailed, match="nested"):
        work.child(from_text("ns9.shop0."), 1)


def test_connections_and_bytes_have_limits_of_their_own() -> None:
    work = Work(Limits(tcp_connections=1, received=5000), 8.0)
    assert work.may_connect()
    work.spend_send(query(Transport.TCP))
    assert not work.may_connect()
    with pytest.raises(ResolutionFailed, match="connections"):
        work.spend_send(query(Transport.TCP))
    work.spend_received(5000)
    with pytest.raises(ResolutionFailed, match="bytes received"):
        work.spend_received(1)


def test_look_ups_are_counted_although_they_send_nothing() -> None:
    """CAMP (USENIX Security 2024): a tree of glueless names whose delegations are cached costs time, not packets."""
    work = Work(Limits(sends=3), 8.0)
    work.child(from_text("ns1.shop0."), 1).child(from_text("ns2.shop0."), 1)
    work.child(from_text("ns3.shop0."), 1)
    with pytest.raises(ResolutionFailed, match="3 name-server look-ups") as failed:
        work.child(from_text("ns8.shop0."), 1)
    assert failed.value.cause is Cause.LIMIT


def test_rfc9520_3_1_the_same_query_is_sent_three_times_at_most_whoever_below_asks_it() -> None:
    work = Work(Limits(), 8.0)
    child = work.child(from_text("ns.shop0."), 1)
    same = query()
    for licence in (work, child, work):
        assert licence.may_ask(same)
        licence.spend_send(same)
    assert not child.may_ask(same)
    with pytest.raises(ResolutionFailed, match="asked the same 3 times") as failed:
        child.spend_send(same)
    assert failed.value.cause is Cause.STRUCTURAL
    assert child.may_ask(same._replace(transport=Transport.TCP))


def test_a_limit_is_told_of_once_a_question_also_when_those_below_it_run_into_it() -> None:
    """Each sub-question tells at its own end, so the question itself must not begin again."""
    told: list[Event] = []
    work = Work(Limits(), 8.0)
    for name in ("ns1.shop0.", "ns2.shop0."):
        below = work.child(from_text(name), 1)
        below.reach("limits.glueless")
        below.tell_reached(1.0, told.append)
    work.reach("limits.glueless")
    work.reach("limits.sends")
    work.tell_reached(2.0, told.append)
    assert told == [LimitHit(1.0, "limits.glueless"), LimitHit(2.0, "limits.sends")]


class Full:
    """A place that may move anywhere but to one zone."""

    def __init__(self, zone: bytes) -> None:
        self.zone = zone

    def move(self, zone: bytes) -> bool:
        return zone != self.zone


def test_a_question_ends_where_there_is_no_place_for_it_and_its_sub_questions_need_none() -> None:
    full = from_text("full.example")
    work = Work(Limits(), 8.0, place=Full(full))
    work.stand_at(from_text("example"))
    with pytest.raises(ResolutionFailed) as caught:
        work.stand_at(full)
    assert (caught.value.cause, caught.value.zone) == (Cause.OVERLOAD, full)
    work.child(from_text("ns.full.example"), 1).stand_at(full)
