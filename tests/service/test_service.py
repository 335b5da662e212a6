# SPDX-License-Identifier: ISC
"""The room from outside: octets in, octets out. Conformance of security.md 5.7, access, waiting clients, noise."""

from __future__ import annotations

import random
import struct
from typing import Literal

import pytest

from resolver.events import LimitHit
from resolver.service import AdmissionSettings, ServiceOptions
from resolver.wire import Ede, Edns, Rcode, Rtype, codes, from_text, read_ede
from tests.service.fakes import LOOPBACK, STRANGER, Scene, ask, positive, read

WWW = "www.example.com"
OPT = b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00"


def scene() -> Scene:
    ready = Scene()
    ready.knows(WWW, positive(WWW))
    return ready


def with_counts(datagram: bytes, *, qd: int = 1, ar: int = 0) -> bytes:
    return datagram[:4] + struct.pack("!4H", qd, 0, 0, ar) + datagram[12:]


@pytest.mark.parametrize(
    ("datagram", "rcode", "with_opt"),
    [
        (ask(flags=4 << 11), Rcode.NOTIMP, False),
        (ask(flags=5 << 11), Rcode.NOTIMP, False),
        (with_counts(ask()[:12], qd=0), Rcode.FORMERR, False),
        (with_counts(ask() + ask()[12:], qd=2), Rcode.FORMERR, False),
        (ask(edns=Edns(version=1)), Rcode.BADVERS, True),
        (with_counts(ask(), ar=2) + (OPT + b"\x00\x00") * 2, Rcode.FORMERR, True),
        (with_counts(ask(), ar=1) + OPT + b"\x00\x04\x00\x0a\x00\x09", Rcode.FORMERR, True),
        (ask(edns=Edns(options=((10, bytes(7)),))), Rcode.FORMERR, True),
        (ask() + b"garbage", Rcode.FORMERR, False),
        (ask(rclass=3), Rcode.REFUSED, False),
        (ask("version.bind", Rtype.TXT, rclass=3), Rcode.REFUSED, False),
        (ask(rclass=255), Rcode.NOTIMP, False),
        (ask(rclass=0), Rcode.REFUSED, False),
        (ask(rtype=Rtype.AXFR), Rcode.REFUSED, False),
        (ask(rtype=Rtype.TSIG), Rcode.FORMERR, False),
        (ask()[:12] + b"\xc0\x0c\x00\x01\x00\x01", Rcode.FORMERR, False),
        (ask(flags=0), Rcode.REFUSED, False),
    ],
)
def test_rfc8906_strange_requests_are_answered_at_once(datagram: bytes, rcode: int, with_opt: bool) -> None:
    message = read(scene().at_once(datagram))
    assert (message.rcode, message.edns is not None) == (rcode, with_opt)
    assert message.id == 0x1234


def test_responses_are_dropped_or_two_servers_would_talk_for_ever() -> None:
    ready = scene()
    assert ready.at_once(ask(flags=codes.QR)) is None
    assert ready.at_once(b"") is None
    assert ready.counters.dropped == {"response": 1, "short": 1}


def test_o20_strangers_are_refused_without_work() -> None:
    ready = scene()
    octets = ready.at_once(ask(), STRANGER)
    message = read(octets)
    assert (message.rcode, message.ra, message.edns) == (Rcode.REFUSED, False, None)
    assert octets is not None
    assert len(octets) == len(ask())
    with_edns = read(ready.at_once(ask(edns=Edns()), STRANGER))
    assert read_ede(with_edns.edns) == [(Ede.PROHIBITED, "")]
    assert ready.engine.asked == []


def test_strangers_are_not_told_of_local_names_either() -> None:
    assert read(scene().at_once(ask("localhost"), STRANGER)).rcode == Rcode.REFUSED


def test_rfc6761_local_names_are_answered_at_once_even_with_rd_0() -> None:
    ready = scene()
    message = read(ready.at_once(ask("localhost", flags=0)))
    assert [record.rdata for record in message.answer] == [bytes((127, 0, 0, 1))]
    assert message.aa
    assert ready.counters.responses == {(0, "local"): 1}


def test_a_configured_zone_beats_local_names() -> None:
    ready = Scene(zones=(from_text("corp.internal"),))
    ready.knows("www.corp.internal", positive("www.corp.internal"))
    assert read(ready.ask(ask("www.corp.internal"))).answer
    assert len(ready.engine.asked) == 1


def test_version_bind_is_told_when_configured() -> None:
    ready = Scene(options=ServiceOptions(chaos_version="none of your business"))
    message = read(ready.at_once(ask("version.bind", Rtype.TXT, rclass=3)))
    assert message.answer[0].rdata[1:] == b"none of your business"
    assert message.answer[0].rclass == 3


def test_c12_dnsbomb_a_client_may_wait_for_so_many_replies_and_no_more() -> None:
    ready = Scene(
        admission=AdmissionSettings(waiting_per_client=2), options=ServiceOptions(allow=("192.0.2.0/24",))
    )
    ready.knows(WWW, positive(WWW))
    jobs = [ready.start(ask(id=number), STRANGER) for number in range(4)]
    ready.world.advance(1)
    responses = [ready.world.run(job.join()) for job in jobs]
    assert [response is None for response in responses] == [False, False, True, True]
    assert ready.counters.dropped == {"waiting_per_client": 2}
    assert LimitHit(0.0, "admission.waiting_per_client") in ready.told
    ready.assert_empty()


@pytest.mark.parametrize(
    ("transport", "takes", "questions", "answered"),
    [("udp", 3.0, 3, 0), ("udp", 1.9, 3, 2), ("udp", 3.0, 2, 2), ("tcp", 3.0, 3, 2)],
)
def test_a20_dnsbomb_a_crowd_is_not_answered_late_over_udp_and_the_answer_is_kept(
    transport: Literal["udp", "tcp"], takes: float, questions: int, answered: int
) -> None:
    options = ServiceOptions(allow=("192.0.2.0/24",))
    ready = Scene(admission=AdmissionSettings(waiting_per_client=2), options=options)
    ready.knows(WWW, positive(WWW))
    ready.takes = takes
    client = STRANGER._replace(transport=transport)
    jobs = [ready.start(ask(id=number), client) for number in range(questions)]
    ready.world.advance(5)
    responses = [ready.world.run(job.join()) for job in jobs]
    assert sum(response is not None for response in responses) == answered
    assert ready.counters.dropped.get("late", 0) == min(questions, 2) - answered
    assert read(ready.at_once(ask(), client)).answer  # the crowd has gone, and the cache has it
    ready.assert_empty()


def test_a_bug_in_the_room_is_servfail_and_the_next_question_is_answered() -> None:
    ready = scene()
    look = ready.service._answering.look

    def broken(*_: object) -> None:
        raise RuntimeError("our bug")

    ready.service._answering.look = broken  # type: ignore[method-assign,assignment]  # a fault, injected
    assert read(ready.at_once(ask())).rcode == Rcode.SERVFAIL
    ready.service._answering.look = look  # type: ignore[method-assign]  # and mended
    assert read(ready.ask(ask())).answer


def test_mutated_questions_never_raise_and_never_make_a_response_to_a_response() -> None:
    ready, chance = scene(), random.Random(7)
    ready.ask(ask())
    for _ in range(3000):
        datagram = bytearray(ask(edns=Edns(do=True)))
        for _ in range(chance.randrange(1, 4)):
            datagram[chance.randrange(len(datagram))] = chance.randrange(256)
        handled = ready.service.handle(bytes(datagram), LOOPBACK, ready.world.now())
        if isinstance(handled, bytes):
            assert not datagram[2] & 0x80
            read(handled)
        elif handled is not None:
            handled.close()  # a question for another name
    ready.assert_empty()


@pytest.mark.parametrize(("order", "firsts"), [("fixed", {1}), ("cyclic", {1, 2, 3})])
def test_the_order_of_records_is_fixed_or_turns(order: Literal["fixed", "cyclic"], firsts: set[int]) -> None:
    ready = Scene(options=ServiceOptions(rrset_order=order))
    ready.knows(WWW, positive(WWW, Rtype.A, *(bytes((10, 0, 0, n)) for n in (1, 2, 3))))
    seen = [read(ready.ask(ask())).answer for _ in range(6)]
    assert {answer[0].rdata[3] for answer in seen} == firsts
    assert all(len(answer) == 3 for answer in seen)


def test_rfc6840_section_5_6_do_is_copied_into_refusals_too() -> None:
    edns = read(scene().at_once(ask(edns=Edns(do=True)), STRANGER)).edns
    assert edns is not None
    assert edns.do
