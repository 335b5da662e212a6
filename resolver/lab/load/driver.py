# SPDX-License-Identifier: ISC
"""The loop of a load: send what is due, hear what comes, give up what is late; to a bound in time and in count.

Sockets and clocks are given, so that a test can run an hour of it in a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from resolver.lab.load.outcome import Outcome, Slice
from resolver.lab.load.pace import FlatOut, Pace
from resolver.lab.load.udp import Heard

_BURST: Final = 64  # questions sent before answers are read
_EXPIRE_EVERY_S: Final = 0.05
_IDLE_S: Final = 0.05  # the longest wait: progress is told, and ends are seen, this often


class Ports(Protocol):
    """Where questions leave: `udp.UdpPorts`, `tcp.TcpStreams`."""

    in_flight: int
    strange: int
    unreachable: int

    def send(self, question: bytes, now: float) -> bool:
        """Send one; False when there is no room."""
        ...

    def receive(self, wait_s: float, heard: Heard) -> None:
        """Wait for answers and hand them on."""
        ...

    def expire(self, sent_before: float) -> int:
        """Give up what was sent before that; how many."""
        ...

    def dropped(self) -> int:
        """Answers lost in our own buffers."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """When it ends: after `seconds` or `count` questions. `window` is the most in flight, each for `timeout_s`."""

    seconds: float
    count: int | None = None
    window: int = 100
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Clocks:
    """`now` is monotonic, `cpu` what this process used; both in seconds."""

    now: Callable[[], float]
    cpu: Callable[[], float]


def drive(
    ports: Ports,
    questions: Iterator[bytes],
    pace: Pace,
    bounds: Bounds,
    clocks: Clocks,
    *,
    transport: str = "udp",
    tell: Callable[[Outcome, float], object] = lambda outcome, elapsed_s: None,
) -> Outcome:
    """Send `questions` (octets without their ID) at `pace` and return the account; `tell` hears of progress."""
    drive = _Drive(ports, questions, pace, bounds, clocks, transport)
    while drive.goes_on:
        drive.turn()
        tell(drive.outcome, drive.elapsed_s)
    return drive.ended()


class _Drive:
    """The state of one load."""

    def __init__(
        self,
        ports: Ports,
        questions: Iterator[bytes],
        pace: Pace,
        bounds: Bounds,
        clocks: Clocks,
        transport: str,
    ) -> None:
        self._ports = ports
        self._questions = questions
        self._pace = pace
        self._bounds = bounds
        self._clocks = clocks
        self._paced = not isinstance(pace, FlatOut)
        self._began_at = clocks.now()
        self._cpu_before = clocks.cpu()
        self._expire_at = 0.0
        self._sending = True
        self._held = False
        self._last_heard_s = 0.0
        self._slice = Slice(0)
        self.elapsed_s = 0.0
        self.outcome = Outcome(transport, self._paced, slices=[self._slice])

    @property
    def goes_on(self) -> bool:
        """Whether there is something to send or to wait for."""
        return self._sending or self._ports.in_flight > 0

    def turn(self) -> None:
        """Send, hear, give up: once."""
        began_s = self.elapsed_s
        if self._sending:
            self._send()
        full = self._sending and self._ports.in_flight >= self._bounds.window
        self._ports.receive(self._wait_s(), self._hear)
        self.elapsed_s = self._clocks.now() - self._began_at
        if full:
            self.outcome.window_full_s += self.elapsed_s - began_s
        if self.elapsed_s >= self._expire_at:
            self._expire_at = self.elapsed_s + _EXPIRE_EVERY_S
            lost = self._ports.expire(self._began_at + self.elapsed_s - self._bounds.timeout_s)
            self.outcome.lost += lost
            self._slice.lost += lost
        if int(self.elapsed_s) > self._slice.second:
            self._next_slice()
        if self.elapsed_s >= self._bounds.seconds:
            self._sending = False

    def ended(self) -> Outcome:
        """Finish the account."""
        outcome, ports = self.outcome, self._ports
        self._slice.due = self._due_within(self._slice.second)
        outcome.seconds = self._last_heard_s or self.elapsed_s
        outcome.cpu_s = self._clocks.cpu() - self._cpu_before
        outcome.dropped = ports.dropped()
        outcome.strange = ports.strange
        outcome.unreachable = ports.unreachable
        if not (self._slice.sent or self._slice.answered or self._slice.lost) and len(outcome.slices) > 1:
            outcome.slices.pop()
        return outcome

    def _send(self) -> None:
        outcome, bounds, ports = self.outcome, self._bounds, self._ports
        due = self._pace.due(self.elapsed_s)
        room = min(due - outcome.sent, bounds.window - ports.in_flight, _BURST)
        if bounds.count is not None:
            room = min(room, bounds.count - outcome.sent)
        if self._paced:
            self._judge_lateness(due)
        for _ in range(int(room)):
            question = next(self._questions, None)
            if question is None:
                self._sending = False
                break
            if not ports.send(question, self._clocks.now()):
                break
            outcome.sent += 1
            self._slice.sent += 1
        self._held = self._held or ports.in_flight >= bounds.window
        if bounds.count is not None and outcome.sent >= bounds.count:
            self._sending = False

    def _judge_lateness(self, due: float) -> None:
        """Being late is our own fault unless the window was full since we last were on time."""
        if due - self.outcome.sent < 1:
            self._held = False
        elif not self._held:
            late_s = self.elapsed_s - self._pace.due_at(self.outcome.sent)
            self.outcome.late_s = max(self.outcome.late_s, late_s)

    def _wait_s(self) -> float:
        """How long there is nothing to do but hear."""
        if self._sending and self._ports.in_flight < self._bounds.window:
            return min(self._pace.due_at(self.outcome.sent) - self.elapsed_s, _IDLE_S)
        return _IDLE_S

    def _hear(self, sent_at: float, rcode: int, truncated: bool, octets: int) -> None:
        now = self._clocks.now()
        outcome = self.outcome
        outcome.answered += 1
        outcome.octets_in += octets
        outcome.truncated += truncated
        outcome.rcodes[rcode] += 1
        outcome.latencies.add(now - sent_at)
        self._slice.answered += 1
        self._slice.latencies.add(now - sent_at)
        self._last_heard_s = now - self._began_at

    def _next_slice(self) -> None:
        begun = self._slice.second
        self._slice.due = self._due_within(begun)
        self._slice = Slice(int(self.elapsed_s))
        self.outcome.slices.append(self._slice)

    def _due_within(self, second: int) -> float:
        if not self._paced:
            return self._slice.sent
        end = min(second + 1, self._bounds.seconds)
        return self._pace.due(end) - self._pace.due(min(second, end))
