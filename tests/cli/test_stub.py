# SPDX-License-Identifier: ISC
"""The stub against a real socket: matching, truncation, silence, refusal."""

from __future__ import annotations

import pytest

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.stub import Asked, ask
from resolver.wire import Edns, from_text, parse
from resolver.wire.codes import TC
from tests.cli.replying import respond

NAME = from_text("www.alpha.")


def asked(**changes):
    return Asked(NAME, 1, **({"timeout": 2.0, "tries": 1, "edns": Edns()} | changes))


def test_an_answer_over_udp(dns):
    server = dns(lambda request, transport: respond(request, addresses=["192.0.2.1"]))
    answered = ask(asked(), server)
    assert answered.transport == "udp"
    assert answered.message.answer[0].rdata == bytes([192, 0, 2, 1])


def test_truncation_moves_to_tcp(dns):
    def answer(request, transport):
        return respond(request, flags=TC) if transport == "udp" else respond(request, addresses=["192.0.2.1"])

    answered = ask(asked(), dns(answer))
    assert (answered.transport, len(answered.message.answer)) == ("tcp", 1)


def test_forged_ids_names_and_garbage_are_ignored(dns):
    def answer(request, transport):
        right = respond(request, addresses=["192.0.2.1"])
        wrong_id = bytes([request[0] ^ 1]) + right[1:]
        wrong_name = right.replace(b"\x05alpha", b"\x05omega")
        return [b"", b"\x00", request, wrong_id, wrong_name, right[:-3], right]

    assert ask(asked(), dns(answer)).message.answer[0].rdata == bytes([192, 0, 2, 1])


def test_flags_travel(dns):
    seen = []

    def answer(request, transport):
        seen.append(parse(request))
        return respond(request)

    ask(asked(rd=False, cd=True, edns=Edns(do=True, udp_size=512)), dns(answer))
    (request,) = seen
    assert (request.rd, request.cd, request.edns.do, request.edns.udp_size) == (False, True, True, 512)


def test_chaos_class_travels(dns):
    seen = []

    def answer(request, transport):
        seen.append(parse(request).question.rclass)
        return respond(request, rcode=5)

    ask(asked(rclass=3), dns(answer))
    assert seen == [3]


def test_silence_is_exit_code_9(dns):
    with pytest.raises(CommandFailed, match="no reply from") as failed:
        ask(asked(timeout=0.05, tries=2), dns(lambda request, transport: None))
    assert failed.value.code is Exit.NO_REPLY


def test_a_closed_port_is_exit_code_9_at_once():
    with pytest.raises(CommandFailed, match="refused") as failed:
        ask(asked(timeout=30.0), ("127.0.0.1", 1))
    assert failed.value.code is Exit.NO_REPLY
