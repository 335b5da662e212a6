# SPDX-License-Identifier: ISC
"""The query log around the service: what is answered at once, what is waited for, what is dropped."""

from __future__ import annotations

import asyncio

import pytest

from resolver.service.admission import Client
from resolver.telemetry.query_log import Answered, logged
from resolver.wire import compose_query, from_text

NAME = from_text("www.alpha.")
CLIENT = Client("192.0.2.7", 4242, "tcp")
QUERY = compose_query(NAME, 28, id=7, rd=True, edns=None)
NXDOMAIN = b"\x00\x07\x81\x83" + QUERY[4:]


@pytest.fixture
def told():
    return []


def wrapped(answer, told):
    ticks = iter(range(100))
    return logged(lambda datagram, client, now: answer, told.append, lambda: float(next(ticks)))


def test_an_answer_at_once_is_passed_on_and_logged(told):
    assert wrapped(NXDOMAIN, told)(QUERY, CLIENT, 1.0) == NXDOMAIN
    assert told == [Answered("192.0.2.7", "tcp", NAME, 28, 3, "cache", 1.0, NXDOMAIN)]


def test_an_answer_that_is_waited_for_is_logged_when_it_is_there(told):
    async def work():
        return NXDOMAIN

    waiting = wrapped(work(), told)(QUERY, CLIENT, 1.0)
    assert told == []
    assert asyncio.run(waiting) == NXDOMAIN
    assert told[0].source == "resolved"


def test_what_is_dropped_or_no_question_is_not_logged(told):
    assert wrapped(None, told)(QUERY, CLIENT, 1.0) is None
    assert wrapped(NXDOMAIN, told)(b"nonsense", CLIENT, 1.0) == NXDOMAIN
    assert told == []
