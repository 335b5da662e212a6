# SPDX-License-Identifier: ISC
"""When to send what to whom: security.md section 1, RFC 9520 section 3.1, RFC 5452 section 9.3. Instants as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from resolver.cache.servers import ServerState
from resolver.engine.ports import Flight, Server, Transport
from resolver.engine.schedule import (
    GLUELESS_PATIENCE,
    MAX_SENDS,
    UDP_PATIENCE,
    Attempt,
    GiveUp,
    Grow,
    Growth,
    Send,
    Step,
    Wait,
    next_step,
)
from resolver.events import Verdict

NO_GROWTH = Growth()
A, B, C, D = (Server(f"192.0.2.{index}") for index in (1, 2, 3, 4))


@dataclass
class FakeFlight:
    near_misses: int = 0
    wrong_case: bool = False


def attempt(
    server: Server,
    sent_at: float,
    verdict: Verdict | None = None,
    *,
    tcp: bool = False,
    rto: float = 0.4,
    near_misses: int = 0,
) -> Attempt:
    flight = cast(Flight, FakeFlight(near_misses))
    return Attempt(
        server, Transport.TCP if tcp else Transport.UDP, False, sent_at, rto, flight, ServerState(), verdict
    )


def step(
    attempts: list[Attempt],
    tick: float,
    servers: tuple[Server, ...] = (A, B),
    *,
    pending: Send | None = None,
    growth: Growth = NO_GROWTH,
    may_connect: bool = True,
) -> Step:
    return next_step(
        attempts, servers, tick, pending=pending, tries=3, growth=growth, may_connect=may_connect
    )


def test_the_best_server_first() -> None:
    assert step([], 0.0) == Send(A)


def test_no_server_and_nothing_to_look_up_is_the_end() -> None:
    assert step([], 0.0, ()) == GiveUp()
    assert step([], 0.0, (), growth=Growth(possible=True)) == Grow()


@pytest.mark.parametrize(("rto", "due"), [(0.4, 0.2), (0.05, 0.05)])
def test_the_next_server_after_the_lesser_of_rto_and_200_ms(rto: float, due: float) -> None:
    silent = [attempt(A, 0.0, rto=rto)]
    assert step(silent, due - 0.01) == Wait(due)
    assert step(silent, due) == Send(B)


def test_another_server_before_the_same_one_again() -> None:
    silent = [attempt(A, 0.0), attempt(B, 0.2)]
    assert step(silent, 0.4) == Send(A)
    assert step([attempt(A, 0.1), attempt(B, 0.2)], 0.4) == Wait(0.5)


def test_three_udp_tries_then_tcp_the_third_without_edns() -> None:
    tries: list[Attempt] = []
    sent = []
    tick = 0.0
    while True:
        what = step(tries, tick, (A,))
        if isinstance(what, Wait):
            tick = what.until
        elif isinstance(what, Send):
            sent.append((what.transport, what.plain))
            tries.append(attempt(A, tick, tcp=what.transport is Transport.TCP))
        else:
            break
    udp, tcp = Transport.UDP, Transport.TCP
    assert sent == [(udp, False), (udp, False), (udp, True), (tcp, False)]
    assert tick == pytest.approx(max(UDP_PATIENCE, tries[-1].sent_at + 2.4))


def test_f07_an_error_by_udp_is_a_candidate_until_the_timer_fires() -> None:
    refused = [attempt(A, 0.0, Verdict.REFUSED)]
    assert step(refused, 0.1) == Wait(0.2)
    assert step(refused, 0.2) == Send(B)


@pytest.mark.parametrize("verdict", [Verdict.LAME, Verdict.UNREACHABLE, Verdict.TRUNCATED])
def test_what_only_the_true_server_can_say_is_acted_on_at_once(verdict: Verdict) -> None:
    assert step([attempt(A, 0.0, verdict)], 0.01) == Send(B)


def test_an_error_by_tcp_is_final() -> None:
    assert step([attempt(A, 0.0, Verdict.SERVFAIL, tcp=True)], 0.01) == Send(B)


def test_f06_after_a_near_miss_the_query_moves_to_tcp() -> None:
    assert step([attempt(A, 0.0, near_misses=1)], 0.2) == Send(A, Transport.TCP)
    assert step([attempt(A, 0.0, near_misses=1)], 0.2, may_connect=False) == Send(B)


def test_what_a_reply_calls_for_goes_before_other_servers() -> None:
    tcp = Send(A, Transport.TCP)
    assert step([attempt(A, 0.0, Verdict.TRUNCATED)], 0.0, pending=tcp) == tcp


def test_a_server_that_spoke_is_not_asked_again() -> None:
    assert step([attempt(A, 0.0, Verdict.SERVFAIL)], 0.2, (A,)) == GiveUp()


def test_a18_tcp_twice_at_most() -> None:
    attempts = [attempt(A, 0.0, Verdict.CLOSED, tcp=True), attempt(B, 0.1, Verdict.CLOSED, tcp=True)]
    assert step([*attempts, attempt(C, 0.2, near_misses=1)], 0.4, (C,)) != Send(C, Transport.TCP)


def test_thirteen_servers_once_each_and_no_more() -> None:
    """R08: thirteen dead servers cost at most 14 packets."""
    servers = tuple(Server(f"192.0.2.{index}") for index in range(13))
    attempts: list[Attempt] = []
    tick = 0.0
    while not isinstance(what := step(attempts, tick, servers), GiveUp):
        if isinstance(what, Send):
            attempts.append(attempt(what.server, tick))
        elif isinstance(what, Wait):
            tick = what.until
    assert len(attempts) == MAX_SENDS == 13
    assert len({a.server for a in attempts}) == 13
    assert tick <= 4.0


def test_more_addresses_are_looked_up_before_the_patience_with_the_first_ends() -> None:
    silent = [attempt(A, 0.0)]
    assert step(silent, 0.3, (A,), growth=Growth(possible=True)) == Wait(0.4)
    assert step(silent, 0.4, (A,), growth=Growth(possible=True)) == Grow()


def test_replies_to_the_first_try_are_awaited_for_more_than_three_seconds() -> None:
    """R10: the round trip jumps to 3 s, and the late reply counts."""
    attempts = [attempt(A, 0.0), attempt(A, 0.4), attempt(A, 0.8), attempt(A, 1.2, tcp=True)]
    end = step(attempts, 1.6, (A,))
    assert isinstance(end, Wait)
    assert end.until >= 3.3


def test_a05_each_server_looked_up_is_asked_once_before_any_is_asked_again() -> None:
    asked = [attempt(A, 0.0), attempt(B, 0.4)]
    assert step(asked, 0.7, growth=Growth(possible=True, looked_up=2)) == Wait(0.8)
    assert step(asked, 0.8, growth=Growth(possible=True, looked_up=2)) == Grow()
    assert step(asked, 0.9, growth=Growth(running_since=0.8, looked_up=3)) == Wait(1.0)
    assert step(asked, 1.0, growth=Growth(running_since=0.8, looked_up=3)) == Send(A)


def test_a05_look_ups_count_as_sends() -> None:
    """Four looked up and four asked: eight, and the silent are listened to for 2.5 s in all."""
    asked = [attempt(A, 0.0), attempt(B, 0.4), attempt(C, 0.8), attempt(D, 1.2)]
    growth = Growth(looked_up=4)
    assert step(asked, 2.0, (A, B, C, D), growth=growth) == Wait(GLUELESS_PATIENCE)
    assert step(asked, GLUELESS_PATIENCE, (A, B, C, D), growth=growth) == GiveUp()
    assert isinstance(step(asked, 2.0, (A, B, C, D), growth=Growth(looked_up=3)), Send)
    assert isinstance(step(asked, 2.0, (A, B, C, D), growth=Growth(looked_up=4, given=1)), Send)


def test_a05_servers_found_by_an_earlier_question_count_as_looked_up() -> None:
    asked = [attempt(server, 0.0) for server in (A, B, C, D)] * 2
    assert isinstance(step(asked, 2.0, (A, B, C, D), growth=Growth(given=4)), Send)
    assert isinstance(step(asked, 2.0, (A, B, C, D), growth=Growth(found=True)), Wait)
