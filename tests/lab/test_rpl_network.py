# SPDX-License-Identifier: ISC
"""The servers of a scenario: which entry answers, and what ADJUST makes of it."""

from __future__ import annotations

from resolver.engine.ports import Server, Transport
from resolver.lab.network import Delivery
from resolver.lab.rpl_network import LATENCY, RangeNetwork
from resolver.lab.rpl_parse import read_scenario
from resolver.wire import Edns, Message, Rtype, compose_query, from_text, parse
from resolver.wire.codes import TC

SERVER = Server("192.0.2.1")
ASKED = from_text("wWw.example.")
ANSWER = "SECTION ANSWER\nwww.example. 60 IN A 192.0.2.80"


def network(entry: str, question: str = "www.example. IN A", steps: str = "0 9") -> RangeNetwork:
    text = (
        f"CONFIG_END\nSCENARIO_BEGIN x\nRANGE_BEGIN {steps}\nADDRESS 192.0.2.1\nENTRY_BEGIN\n{entry.splitlines()[0]}\n"
        f"SECTION QUESTION\n{question}\n"
        + "\n".join(entry.splitlines()[1:])
        + "\nENTRY_END\nRANGE_END\nSCENARIO_END"
    )
    return RangeNetwork(read_scenario(text))


def deliver(
    made: RangeNetwork,
    *,
    edns: Edns | None = None,
    transport: Transport = Transport.UDP,
    name: bytes = ASKED,
    server: Server = SERVER,
) -> list[Delivery]:
    request = compose_query(name, Rtype.A, id=0x1234, edns=edns)
    return list(made.deliver(server, transport, request, 0.0, 0.0))


def reply(
    entry: str, *, edns: Edns | None = None, transport: Transport = Transport.UDP, **kind: str
) -> Message:
    (delivery,) = deliver(network(entry, **kind), edns=edns, transport=transport)
    assert delivery.data is not None
    return parse(delivery.data)


def test_the_answer_echoes_id_and_spelling() -> None:
    message = reply(f"REPLY QR AA NOERROR\n{ANSWER}")
    assert message.id == 0x1234
    assert message.question is not None
    assert message.question.name == ASKED
    assert len(message.answer) == 1
    assert message.edns is None


def test_another_spelling_another_id_another_question() -> None:
    kept = reply("ADJUST keep_case\nREPLY QR")
    assert kept.question is not None
    assert kept.question.name == from_text("www.example.")
    assert reply("ADJUST wrong_id\nREPLY QR").id == 0x1235
    other = reply("MATCH opcode\nREPLY QR", question="other.example. IN MX")
    assert other.question is not None
    assert other.question.name == from_text("other.example.")
    copied = reply("MATCH opcode\nADJUST copy_query\nREPLY QR", question="other.example. IN MX")
    assert copied.question is not None
    assert copied.question.name == ASKED


def test_edns_mirrors_the_query() -> None:
    asked = Edns(do=True, options=((10, b"12345678"),))
    message = reply("REPLY QR", edns=asked)
    assert message.edns is not None
    assert message.edns.do
    assert message.edns.option(10) is None
    assert reply("ADJUST no_edns\nREPLY QR", edns=asked).edns is None
    good = reply("ADJUST server_cookie\nREPLY QR", edns=asked).edns
    assert good is not None
    assert (good.option(10) or b"")[:8] == b"12345678"
    bad = reply("ADJUST bad_cookie\nREPLY QR", edns=asked).edns
    assert bad is not None
    assert (bad.option(10) or b"12345678")[:8] != b"12345678"


def test_silence_refusal_and_delay() -> None:
    assert deliver(network("ADJUST do_not_answer\nREPLY QR")) == []
    assert deliver(network("ADJUST refuse\nREPLY QR")) == [Delivery(LATENCY, None)]
    (slow,) = deliver(network("ADJUST packet_sleep=1.5\nREPLY QR"))
    assert slow.delay_s == 1.5 + LATENCY


def test_several_packets() -> None:
    first, second = deliver(
        network(f"REPLY QR SERVFAIL\nEXTRA_PACKET\nADJUST packet_sleep=1\nREPLY QR AA\n{ANSWER}")
    )
    assert first.data is not None
    assert second.data is not None
    assert (parse(first.data).rcode, parse(second.data).rcode) == (2, 0)
    assert second.delay_s == 1 + LATENCY


def test_raw_octets_with_and_without_our_id() -> None:
    (plain,) = deliver(network("REPLY QR\nRAW\nffff8400"))
    assert plain.data == b"\xff\xff\x84\x00"
    (adjusted,) = deliver(network("ADJUST raw_id\nREPLY QR\nRAW\nffff8400"))
    assert adjusted.data == b"\x12\x34\x84\x00"


def test_udp_is_truncated_to_what_was_offered() -> None:
    many = "SECTION ANSWER\n" + "\n".join(f"www.example. IN A 192.0.2.{n}" for n in range(60))
    assert reply(f"REPLY QR\n{many}").flags & TC
    assert len(reply(f"REPLY QR\n{many}", edns=Edns(udp_size=1232)).answer) == 60
    assert len(reply(f"REPLY QR\n{many}", transport=Transport.TCP).answer) == 60
    assert len(reply(f"ADJUST oversize\nREPLY QR\n{many}").answer) == 60


def test_who_is_asked_when_decides() -> None:
    made = network(f"REPLY QR\n{ANSWER}", steps="3 4")
    assert deliver(made) == []
    made.step = 3
    assert len(deliver(made)) == 1
    assert deliver(made, server=Server("192.0.2.2")) == []
    assert deliver(made, name=from_text("other.example.")) == []
    assert [asked.answered_by > 0 for asked in made.asked] == [False, True, False, False]


def test_octets_that_are_no_message_bring_silence() -> None:
    made = network(f"REPLY QR\n{ANSWER}")
    assert made.deliver(SERVER, Transport.UDP, b"\x00" * 5, 0.0, 0.0) == ()
    assert made.asked == []
