# SPDX-License-Identifier: ISC
"""The scenario runner against a resolver that is none: it forwards to one server and keeps nothing."""

from __future__ import annotations

import pytest

from resolver.engine.ports import ExchangeFailed, Query, Reply, Server, Transport
from resolver.events import Crashed, Tell
from resolver.lab.rpl import Client, ScenarioFailed, run_scenario
from resolver.lab.rpl_parse import read_scenario
from resolver.lab.rpl_values import Config
from resolver.lab.virtual_world import VirtualWorld
from resolver.wire import Edns, Message, Rcode, compose, compose_query, ede_option, parse
from resolver.wire.codes import QR, RA, RD

RANGES = """
RANGE_BEGIN 0 100
  ADDRESS 192.0.2.1
  ENTRY_BEGIN
  MATCH opcode qtype qname UDP
  REPLY QR AA NOERROR
  SECTION QUESTION
  www.example. IN A
  SECTION ANSWER
  www.example. 300 IN A 192.0.2.80
  www.example. 300 IN A 192.0.2.81
  ENTRY_END
  ENTRY_BEGIN
  MATCH opcode subdomain
  ADJUST copy_query packet_sleep=2
  REPLY QR AA NXDOMAIN
  SECTION QUESTION
  slow.example. IN A
  SECTION AUTHORITY
  example. 60 IN SOA ns.example. host.example. 1 2 3 4 5
  ENTRY_END
RANGE_END
RANGE_BEGIN 50 100
  ADDRESS 192.0.2.1
  ENTRY_BEGIN
  REPLY QR AA NOERROR
  SECTION QUESTION
  late.example. IN A
  SECTION ANSWER
  late.example. IN A 192.0.2.99
  ENTRY_END
RANGE_END
"""
WWW = """ENTRY_BEGIN
REPLY RD
SECTION QUESTION
www.example. IN A
ENTRY_END
"""
WWW_ANSWER = """ENTRY_BEGIN
MATCH all ttl
REPLY QR RD RA NOERROR
SECTION QUESTION
www.example. IN A
SECTION ANSWER
www.example. 300 IN A 192.0.2.81
WWW.example. 300 IN A 192.0.2.80
SECTION AUTHORITY
ENTRY_END
"""


class Forwarder:
    """Asks the one server once; SERVFAIL with an EDE when that fails; refuses to answer `drop.example`."""

    def __init__(self, world: VirtualWorld, config: Config, tell: Tell) -> None:
        self.world = world
        self.server = Server(config.hints[0])
        self.tell = tell

    async def answer(self, datagram: bytes, client: Client) -> bytes | None:
        request = parse(datagram)
        question = request.question
        assert question is not None
        if question.key.startswith(b"\x04drop"):
            return None
        if question.key.startswith(b"\x05crash"):
            self.tell(Crashed(0.0, "here", "a traceback"))
        wire = compose_query(question.name, question.rtype, edns=request.edns)
        query = Query(b"\0", question.name, question.rtype, Transport.UDP, wire)
        flight = self.world.start(self.server, query, self.world.ticks() + 5)
        await self.world.first([flight], self.world.ticks() + 5)
        taken = flight.take()
        if not question.key.startswith(b"\x04leak"):
            flight.close()
        else:
            self.world.start(self.server, query, 1e9)
        return compose(self.respond(request, taken))

    def respond(self, request: Message, taken: Reply | ExchangeFailed | None) -> Message:
        flags = QR | RD | RA
        if isinstance(taken, Reply):
            found = taken.message
            return Message(request.id, flags, found.rcode, request.question, found.answer, found.authority)
        edns = Edns(options=(ede_option(22),)) if request.edns else None
        return Message(request.id, flags, Rcode.SERVFAIL, request.question, edns=edns)


def play(steps: str, ranges: str = RANGES) -> None:
    text = (
        f"; a test\nstub-addr: 192.0.2.1\nCONFIG_END\nSCENARIO_BEGIN test\n{ranges}\n{steps}\nSCENARIO_END\n"
    )
    run_scenario(read_scenario(text, "test.rpl"), Forwarder)


def question(name: str, flags: str = "RD", rtype: str = "A") -> str:
    return f"ENTRY_BEGIN\nREPLY {flags}\nSECTION QUESTION\n{name} IN {rtype}\nENTRY_END\n"


def test_an_answer_as_expected_passes() -> None:
    play(f"STEP 1 QUERY\n{WWW}\nSTEP 2 CHECK_ANSWER\n{WWW_ANSWER}\nSTEP 3 CHECK_LATENCY < 0.02")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("192.0.2.81", "192.0.2.82", "ANSWER: missing www.example. 300 A 192.0.2.82"),
        ("192.0.2.81", "192.0.2.82", "ANSWER: unexpected www.example. 300 A 192.0.2.81"),
        ("300 IN A 192.0.2.81", "299 IN A 192.0.2.81", "missing www.example. 299"),
        ("NOERROR", "NXDOMAIN", "rcode: expected NXDOMAIN, got NOERROR"),
        ("QR RD RA", "QR AA RD RA", "flags: expected QR AA RD RA, got QR RD RA"),
        ("www.example. IN A\n", "www.example. IN AAAA\n", "qtype: expected AAAA, got A"),
        ("MATCH all ttl", "MATCH all ede=22", "EDE: expected 22"),
        ("MATCH all ttl", "MATCH all DO", "DO: expected"),
        ("MATCH all ttl", "MATCH edns", "EDNS: expected version 0"),
        ("SECTION AUTHORITY", "SECTION AUTHORITY\nexample. IN NS ns.example.", "AUTHORITY: missing example."),
    ],
)
def test_an_answer_that_differs_fails_and_says_where(old: str, new: str, complaint: str) -> None:
    expected = WWW_ANSWER.replace(old, new, 1)
    with pytest.raises(ScenarioFailed, match=r"test\.rpl:\d+: step 2") as failure:
        play(f"STEP 1 QUERY\n{WWW}\nSTEP 2 CHECK_ANSWER\n{expected}")
    assert complaint in str(failure.value)
    assert "0.000 192.0.2.1 udp www.example. A: answered by line" in str(failure.value)


def test_a_section_that_is_not_named_is_not_compared_by_all() -> None:
    play(f"STEP 1 QUERY\n{WWW}\nSTEP 2 CHECK_ANSWER\n{WWW_ANSWER.split('SECTION ANSWER')[0]}ENTRY_END")


def test_ranges_follow_the_step() -> None:
    failed = "ENTRY_BEGIN\nMATCH rcode\nREPLY SERVFAIL\nENTRY_END\n"
    answered = "ENTRY_BEGIN\nMATCH rcode answer\nSECTION ANSWER\nlate.example. IN A 192.0.2.99\nENTRY_END\n"
    ask = question("late.example.", "RD EDNS")
    play(
        f"STEP 1 QUERY\n{ask}STEP 2 CHECK_ANSWER\n{failed}STEP 3 CHECK_EDE 22\nSTEP 4 CHECK_LATENCY = 5\n"
        f"STEP 50 QUERY\n{ask}STEP 51 CHECK_ANSWER\n{answered}STEP 52 CHECK_EDE NONE\n"
    )


def test_time_passes_while_a_question_waits() -> None:
    ask = question("a.slow.example.")
    nxdomain = "ENTRY_BEGIN\nMATCH rcode\nREPLY NXDOMAIN\nENTRY_END\n"
    play(
        f"STEP 1 QUERY\n{ask}STEP 2 TIME_PASSES ELAPSE 1.5\nSTEP 3 QUERY\n{WWW}"
        f"STEP 4 CHECK_ANSWER OF 3\n{WWW_ANSWER}STEP 5 CHECK_LATENCY < 1\n"
        f"STEP 6 CHECK_ANSWER OF 1\n{nxdomain}STEP 7 CHECK_LATENCY >= 2\n"
    )


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("CHECK_QUERIES 2", "expected = 2, got 1"),
        ("CHECK_QUERIES < 1", "expected < 1, got 1"),
        ("CHECK_QUERIES 1 TO 192.0.2.9", "expected = 1, got 0"),
        ("CHECK_EDE 22", "EDE: expected 22"),
        ("CHECK_LATENCY > 1", "latency: expected > 1 s"),
        ("CHECK_NO_ANSWER", "no question left"),
        (f"CHECK_OUT_QUERY\n{question('other.example.')}", "no such query"),
        (f"CHECK_OUT_QUERY TO 192.0.2.9\n{question('www.example.')}", "no such query"),
        (f"NO_OUT_QUERY\n{question('www.example.')}", "must not be asked"),
        (f"CHECK_ANSWER OF 77\n{question('www.example.')}", "no question left"),
    ],
)
def test_every_check_can_fail(step: str, complaint: str) -> None:
    with pytest.raises(ScenarioFailed, match="step 3") as failure:
        play(f"STEP 1 QUERY\n{WWW}STEP 2 CHECK_ANSWER\n{WWW_ANSWER}STEP 3 {step}")
    assert complaint in str(failure.value)


def test_checks_that_hold() -> None:
    play(
        f"STEP 1 QUERY\n{WWW}STEP 2 CHECK_ANSWER\n{WWW_ANSWER}STEP 3 CHECK_QUERIES 1 TO 192.0.2.1\n"
        f"STEP 4 CHECK_QUERIES <= 1\nSTEP 5 CHECK_QUERIES 0\nSTEP 6 CHECK_OUT_QUERY\n{question('www.example.')}"
        f"STEP 7 NO_OUT_QUERY TO 192.0.2.9\n{question('www.example.')}STEP 8 NOTHING\nSTEP 9 CHECK_EDE NONE"
    )


def test_a_dropped_question() -> None:
    play(f"STEP 1 QUERY\n{question('drop.example.')}STEP 2 CHECK_NO_ANSWER")
    with pytest.raises(ScenarioFailed, match="dropped"):
        play(f"STEP 1 QUERY\n{question('drop.example.')}STEP 2 CHECK_ANSWER\n{WWW_ANSWER}")
    with pytest.raises(ScenarioFailed, match="got one"):
        play(f"STEP 1 QUERY\n{WWW}STEP 2 CHECK_NO_ANSWER")


def test_timeout_waits_until_no_query_waits() -> None:
    failed = "ENTRY_BEGIN\nMATCH rcode\nREPLY SERVFAIL\nENTRY_END\n"
    play(f"STEP 1 QUERY\n{question('late.example.')}STEP 2 TIMEOUT\nSTEP 3 CHECK_ANSWER\n{failed}")


def test_a_crash_fails_the_scenario() -> None:
    with pytest.raises(ScenarioFailed, match="crashed in here\na traceback"):
        play(f"STEP 1 QUERY\n{question('crash.example.')}STEP 2 NOTHING")


def test_an_open_socket_at_the_end_fails_the_scenario() -> None:
    with pytest.raises(ScenarioFailed, match="1 sockets were left open"):
        play(f"STEP 1 QUERY\n{question('leak.example.')}STEP 2 TIME_PASSES ELAPSE 6")


def test_a_clock_jump_moves_the_clock_of_lifetimes_alone() -> None:
    nows: list[tuple[float, float]] = []

    class Watching(Forwarder):
        async def answer(self, datagram: bytes, client: Client) -> bytes | None:
            nows.append((self.world.now(), self.world.ticks()))
            return await super().answer(datagram, client)

    text = (
        f"; a test\nstub-addr: 192.0.2.1\nCONFIG_END\nSCENARIO_BEGIN test\n{RANGES}\n"
        f"STEP 1 QUERY\n{WWW}STEP 2 CHECK_ANSWER\n{WWW_ANSWER}STEP 3 CLOCK_JUMPS -3600\n"
        f"STEP 4 QUERY\n{WWW}STEP 5 CHECK_ANSWER\n{WWW_ANSWER}SCENARIO_END\n"
    )
    run_scenario(read_scenario(text), Watching)
    (now_before, tick_before), (now_after, tick_after) = nows
    assert now_after - now_before == tick_after - tick_before - 3600
