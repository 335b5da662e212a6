# SPDX-License-Identifier: ISC
"""The loop of a load, on sockets and clocks that only pretend: an hour of it in a moment."""

from __future__ import annotations

from collections import deque
from itertools import count, repeat

import pytest

from resolver.lab.load.driver import Bounds, Clocks, drive
from resolver.lab.load.pace import FlatOut, Ramp, Steady


class Clock:
    def __init__(self, cpu_share=0.1):
        self.now = 100.0
        self._share = cpu_share

    def clocks(self):
        return Clocks(lambda: self.now, lambda: (self.now - 100) * self._share)


class Ports:
    """Answers every question `after` seconds; loses each `lose`-th; `send_takes` seconds of the generator's time."""

    def __init__(self, clock, after=0.001, lose=0, send_takes=0.0, dropped=0):
        self.in_flight = self.strange = self.unreachable = 0
        self.asked = []
        self._clock, self._after, self._lose, self._takes, self._dropped = (
            clock,
            after,
            lose,
            send_takes,
            dropped,
        )
        self._waiting = deque()
        self._lost = deque()

    def send(self, question, now):
        self.asked.append(question)
        self.in_flight += 1
        self._clock.now += self._takes
        to = self._lost if self._lose and len(self.asked) % self._lose == 0 else self._waiting
        to.append(now)
        return True

    def receive(self, wait_s, heard):
        until = self._clock.now + max(0.0, wait_s)
        if self._waiting:
            until = min(until, max(self._clock.now, self._waiting[0] + self._after))
        self._clock.now = max(until, self._clock.now + 1e-6)
        while self._waiting and self._waiting[0] + self._after <= self._clock.now:
            self.in_flight -= 1
            heard(self._waiting.popleft(), 0, False, 50)

    def expire(self, sent_before):
        lost = 0
        while self._lost and self._lost[0] < sent_before:
            self._lost.popleft()
            lost += 1
        self.in_flight -= lost
        return lost

    def dropped(self):
        return self._dropped


def run(pace, bounds, *, questions=None, cpu_share=0.1, **how):
    clock = Clock(cpu_share)
    ports = Ports(clock, **how)
    outcome = drive(ports, questions or repeat(b"q"), pace, bounds, clock.clocks())
    assert ports.in_flight == 0
    assert outcome.sent == outcome.answered + outcome.lost
    return outcome


def test_a_steady_pace_sends_what_is_due_and_all_of_it_is_answered():
    outcome = run(Steady(500), Bounds(60))
    assert outcome.sent == pytest.approx(30_000, abs=2)
    assert outcome.rate == pytest.approx(500, rel=0.01)
    assert outcome.kept_up_to == pytest.approx(500, rel=0.01)
    assert list(outcome.held_back_by()) == []
    assert outcome.latencies.quantile(0.99) == pytest.approx(0.001, rel=0.05)


def test_flat_out_the_window_is_the_bound():
    outcome = run(FlatOut(), Bounds(10, window=20), after=0.01)
    assert outcome.rate == pytest.approx(2000, rel=0.02)


def test_it_ends_after_so_many_questions_or_when_there_are_no_more():
    assert run(FlatOut(), Bounds(60, count=77)).sent == 77
    assert run(Steady(10), Bounds(60), questions=iter([b"q"] * 5)).sent == 5


def test_what_is_lost_is_given_up_after_the_timeout_and_counted():
    outcome = run(Steady(100), Bounds(10, timeout_s=2), lose=10)
    assert outcome.lost == pytest.approx(outcome.sent / 10, abs=1)


def test_a_server_that_cannot_keep_the_pace_is_named():
    outcome = run(Steady(5000), Bounds(10, window=20), after=0.01)
    assert outcome.rate == pytest.approx(2000, rel=0.05)
    (reason,) = outcome.held_back_by()
    assert reason.startswith("the server: the window")


def test_a_generator_that_cannot_keep_the_pace_says_so():
    outcome = run(Steady(5000), Bounds(10, window=10_000), send_takes=0.001)
    assert any(reason.startswith("the generator: it fell") for reason in outcome.held_back_by())
    (busy,) = run(FlatOut(), Bounds(1), cpu_share=0.97).held_back_by()
    assert busy.startswith("the generator: it used 97%")
    (dropped,) = run(Steady(1000), Bounds(1), dropped=5).held_back_by()
    assert "dropped 5 answers" in dropped


def test_a_ramp_finds_how_far_the_server_kept_up():
    outcome = run(Ramp(0, 4000, 40), Bounds(40, window=20), after=0.01)
    assert outcome.kept_up_to == pytest.approx(2000, rel=0.08)
    assert [one.second for one in outcome.slices[:40]] == list(range(40))


def test_progress_is_told_and_the_seconds_add_up():
    clock = Clock()
    heard = []
    drive(
        Ports(clock), repeat(b"q"), Steady(100), Bounds(3), clock.clocks(), tell=lambda o, s: heard.append(s)
    )
    assert heard == sorted(heard)
    outcome = run(Steady(100), Bounds(3))
    assert sum(one.sent for one in outcome.slices) == outcome.sent
    assert sum(one.answered for one in outcome.slices) == outcome.answered
    assert sum(one.latencies.count for one in outcome.slices) == outcome.answered


def test_questions_leave_in_their_order():
    clock = Clock()
    ports = Ports(clock)
    drive(ports, (str(number).encode() for number in count()), FlatOut(), Bounds(9, count=50), clock.clocks())
    assert ports.asked == [str(number).encode() for number in range(50)]
