# SPDX-License-Identifier: ISC
"""Runs a scenario: a resolver in the virtual world, servers from the file's ranges, steps in order, checks.

Which resolver it is, and how it is built, is the caller's: anything with `answer(datagram, client)` will do. The
format is described in `rpl_parse`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from resolver.engine.ports import Transport
from resolver.errors import ResolverError
from resolver.events import Crashed, Event, Tell
from resolver.lab.rpl_match import differences, fits
from resolver.lab.rpl_network import Asked, RangeNetwork
from resolver.lab.rpl_values import (
    Action,
    CheckAnswer,
    CheckEde,
    CheckLatency,
    CheckNoAnswer,
    CheckOutQuery,
    CheckQueries,
    ClockJumps,
    Config,
    Entry,
    NoOutQuery,
    Nothing,
    Packet,
    Query,
    Scenario,
    Step,
    Timeout,
    TimePasses,
)
from resolver.lab.virtual_world import VirtualWorld
from resolver.wire import Edns, Message, compose, parse, read_ede, to_text
from resolver.wire.codes import type_to_text
from resolver.wire.edns import read_options

__all__ = ["Builder", "Client", "Responder", "ScenarioFailed", "run_scenario"]

PATIENCE: Final = 60.0  # virtual seconds that a check waits for what it wants to see
_JOB_LIMIT: Final = 3600.0


class Client(NamedTuple):
    """Who asks, and how."""

    address: str
    port: int
    transport: Transport


class Responder(Protocol):
    """The resolver under test."""

    async def answer(self, datagram: bytes, client: Client) -> bytes | None:
        """Return the response to one request, None when it deserves none."""


Builder = Callable[[VirtualWorld, Config, Tell], Responder]


class ScenarioFailed(ResolverError):
    """A check that did not hold; the text names file, line and step, and lists what was asked of the servers."""


@dataclass(slots=True)
class _Question:
    """A client's question under way."""

    step: int
    sent_at: float
    request: bytes
    answered_at: float | None = None
    response: bytes | None = None
    is_checked: bool = False


def run_scenario(scenario: Scenario, build: Builder) -> None:
    """Play `scenario` against what `build` makes. Raises ScenarioFailed."""
    network = RangeNetwork(scenario)
    crashes: list[Crashed] = []

    def tell(event: Event) -> None:
        if isinstance(event, Crashed):
            crashes.append(event)

    world = VirtualWorld(network, seed=scenario.config.seed, tell=tell)
    play = _Play(world, network, build(world, scenario.config, tell))
    for step in scenario.steps:
        network.step = step.number
        try:
            play.do(step.action)
            _check_crashes(crashes)
        except _Unmet as unmet:
            raise ScenarioFailed(_explain(scenario, step, str(unmet), network.asked)) from None
    if leak := play.leak():
        raise ScenarioFailed(f"{scenario.path}: {leak}")


class _Unmet(Exception):
    """A check that did not hold."""


def _check_crashes(crashes: list[Crashed]) -> None:
    if crashes:
        raise _Unmet(f"crashed in {crashes[0].where}\n{crashes[0].traceback}")


class _Play:
    """The state between steps."""

    def __init__(self, world: VirtualWorld, network: RangeNetwork, responder: Responder) -> None:
        self.world = world
        self.network = network
        self.responder = responder
        self.questions: list[_Question] = []
        self.last: _Question | None = None
        self.counted = 0

    def do(self, action: Action) -> None:
        """Carry out one step. Raises _Unmet."""
        match action:
            case Query():
                self.ask(action)
            case CheckAnswer():
                self.check_answer(action)
            case CheckNoAnswer():
                if self.wait_for(None).response is not None:
                    raise _Unmet("expected no answer, got one")
            case CheckOutQuery():
                self.check_out_query(action)
            case NoOutQuery():
                if found := next((asked for asked in self.network.asked if _is_meant(action, asked)), None):
                    raise _Unmet(f"this must not be asked: {_line_of(found)}")
            case CheckQueries():
                self.check_queries(action)
            case CheckEde():
                self.check_ede(action.code)
            case CheckLatency():
                self.check_latency(action)
            case TimePasses():
                self.world.advance(action.seconds)
            case ClockJumps():
                self.world.jump(now=action.seconds)
            case Timeout():
                self.run_while(lambda: self.world.open_flights > 0, "a query to a server still waits")
            case Nothing():
                pass

    def ask(self, query: Query) -> None:
        """Send a question and let everything happen that takes no time."""
        number = self.network.step
        question = _Question(number, self.world.ticks(), _request(query.entry.packet, number))
        transport = Transport.TCP if "TCP" in query.entry.match else Transport.UDP
        client = Client(query.address, 40000 + number % 20000, transport)

        async def answer() -> None:
            question.response = await self.responder.answer(question.request, client)
            question.answered_at = self.world.ticks()

        self.world.spawn(answer(), self.world.ticks() + _JOB_LIMIT)
        self.questions.append(question)
        self.world.advance(0)

    def wait_for(self, of: int | None) -> _Question:
        """The question that a check is about, once it was answered or dropped."""
        waiting = [question for question in self.questions if of in (None, question.step)]
        question = next((question for question in waiting if not question.is_checked), None)
        if question is None:
            raise _Unmet("there is no question left to check")
        self.run_while(lambda: question.answered_at is None, "no answer")
        question.is_checked = True
        self.last = question
        return question

    def run_while(self, busy: Callable[[], bool], complaint: str) -> None:
        """Let time pass, event by event, while `busy` says so; the step fails after PATIENCE."""
        until = self.world.ticks() + PATIENCE
        while busy():
            if not self.world.step(until):
                raise _Unmet(f"{complaint} after {PATIENCE:g} s")

    def check_answer(self, check: CheckAnswer) -> None:
        question = self.wait_for(check.of)
        if question.response is None:
            raise _Unmet("the question was dropped")
        message = parse(question.response)
        if question.response[:2] != question.request[:2]:
            raise _Unmet("the answer has another ID")
        if found := differences(check.entry, message):
            raise _Unmet("\n  ".join([*found, "--- the answer:", *_text_of(question.response)]))

    def check_out_query(self, check: CheckOutQuery) -> None:
        def found() -> Asked | None:
            unchecked = (asked for asked in self.network.asked if not asked.is_checked)
            return next((asked for asked in unchecked if _is_meant(check, asked)), None)

        self.run_while(lambda: found() is None, "no such query to a server")
        if asked := found():
            asked.is_checked = True

    def check_queries(self, check: CheckQueries) -> None:
        sent = self.network.asked[self.counted :]
        if check.to is None:
            self.counted = len(self.network.asked)
        count = sum(1 for asked in sent if check.to in (None, asked.server.address))
        if not check.comparison.holds(count, check.count):
            raise _Unmet(f"queries sent: expected {check.comparison.value} {check.count}, got {count}")

    def check_ede(self, code: int | None) -> None:
        response = self.last.response if self.last else None
        if response is None:
            raise _Unmet("no answer was checked before")
        errors = [found for found, _ in read_ede(parse(response).edns)]
        if (code not in errors) if code is not None else errors:
            raise _Unmet(f"EDE: expected {'none' if code is None else code}, got {errors}")

    def check_latency(self, check: CheckLatency) -> None:
        if self.last is None or self.last.answered_at is None:
            raise _Unmet("no answer was checked before")
        took = self.last.answered_at - self.last.sent_at
        if not check.comparison.holds(took, check.seconds):
            raise _Unmet(f"latency: expected {check.comparison.value} {check.seconds:g} s, got {took:g} s")

    def leak(self) -> str:
        """What is still open long after the end: sockets and jobs return to zero in every scenario."""
        self.world.advance(PATIENCE)
        unanswered = [str(question.step) for question in self.questions if question.answered_at is None]
        if unanswered:
            return f"never answered: step {', '.join(unanswered)}"
        if self.world.open_flights:
            return f"{self.world.open_flights} sockets were left open"
        return ""


def _request(packet: Packet, number: int) -> bytes:
    if packet.raw is not None:
        return packet.raw
    edns = Edns(packet.udp_size, packet.edns_version, packet.do, 0, read_options(packet.edns_options))
    message = Message(
        id=0x1000 + number,
        flags=packet.flags,
        rcode=packet.rcode & 0xF,
        question=packet.question,
        answer=packet.sections.get("ANSWER", ()),
        authority=packet.sections.get("AUTHORITY", ()),
        additional=packet.sections.get("ADDITIONAL", ()),
        edns=edns if packet.edns else None,
    )
    return compose(message)


def _is_meant(check: CheckOutQuery | NoOutQuery, asked: Asked) -> bool:
    return check.to in (None, asked.server.address) and _fits(check.entry, asked)


def _fits(entry: Entry, asked: Asked) -> bool:
    return fits(entry, asked.message, asked.transport)


def _explain(scenario: Scenario, step: Step, why: str, asked: list[Asked]) -> str:
    lines = [f"{scenario.path}:{step.line}: step {step.number}: {why}", "--- asked of the servers:"]
    return "\n  ".join(lines + [_line_of(query) for query in asked[-40:]])


def _line_of(asked: Asked) -> str:
    question = asked.message.question
    name = f"{to_text(question.name)} {type_to_text(question.rtype)}" if question else "no question"
    by = f"answered by line {asked.answered_by}" if asked.answered_by else "no entry fits: silence"
    return f"{asked.tick:.3f} {asked.server.address} {asked.transport.value} {name}: {by}"


def _text_of(response: bytes) -> list[str]:
    import dns.exception
    import dns.message

    try:
        return dns.message.from_wire(response).to_text().splitlines()
    except dns.exception.DNSException:
        return [response.hex()]
