# SPDX-License-Identifier: ISC
"""Which messages are questions of clients, and what is kept of their answers."""

from __future__ import annotations

import pytest

from resolver.lab.traces.messages import is_response, take_query, take_response
from resolver.lab.traces.pairing import Pairing
from resolver.lab.traces.reading import Reading
from resolver.wire import FormatError, Question, Rtype, from_text
from resolver.wire.codes import QR, RA, RD, TC
from tests.lab.traces.wrapping import CLIENT, NAME, QUESTION, query, response

ENDS = (b"c", 4242, b"s", 53)


def taken(*messages):
    pairing, reading = Pairing(), Reading("file")
    for at, octets in enumerate(messages):
        take = take_response if is_response(octets) else take_query
        take(pairing, reading, octets, float(at), CLIENT, ENDS)
    return list(pairing.drain()), reading


def test_a_question_and_its_answer_are_one_row():
    rows, _ = taken(query(), response())
    assert [(row.time, row.client, row.name, row.rtype, row.ttl, row.rcode) for row in rows] == [
        (0.0, CLIENT, NAME, 1, 300, 0)
    ]


def test_letter_case_of_the_question_does_not_matter():
    shouted = from_text("WWW.EXAMPLE.org.")
    rows, _ = taken(query(shouted), response(question=Question(shouted, Rtype.A)))
    assert [row.name for row in rows] == [NAME]


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (query(rd=False), "queries without RD"),
        (response(flags=QR | RA), "responses without RD"),
        (query()[:-1] + b"\x03", "other classes"),
        (query()[:2] + b"\x21" + query()[3:], "other opcodes"),
        (query()[:4] + bytes(8), "messages without a question"),
    ],
)
def test_what_is_no_question_of_a_client_is_passed_over(octets, why):
    rows, reading = taken(octets)
    assert not rows
    assert dict(reading.passed) == {why: 1}


def test_a_truncated_answer_tells_nothing_yet():
    rows, _ = taken(query(), response([], flags=QR | RD | TC), response(question=QUESTION))
    assert [row.ttl for row in rows] == [None, 300]


@pytest.mark.parametrize("octets", [b"", bytes(11), b"\x00\x01\x80" + bytes(3)])
def test_what_has_no_header_is_no_message(octets):
    with pytest.raises(FormatError):
        is_response(octets)
