# SPDX-License-Identifier: ISC
"""What a trace keeps of a response: RFC 2308 for negative answers, RFC 2181 for odd TTLs, data without TTLs."""

from __future__ import annotations

import pytest

from resolver.telemetry.answer_facts import AnswerFacts, facts_of, read_facts
from resolver.wire import Message, Question, Rcode, Record, Rtype, compose, from_text

NAME, OTHER = from_text("www.example.org."), from_text("cdn.example.net.")
ZONE = from_text("example.org.")
SOA = Record(ZONE, Rtype.SOA, 1, 900, b"\x00\x00" + b"".join(n.to_bytes(4) for n in (1, 2, 3, 4, 60)))
A, B = (Record(NAME, Rtype.A, 1, 300, bytes([192, 0, 2, n])) for n in (1, 2))
LINK = Record(NAME, Rtype.CNAME, 1, 30, OTHER)
END = Record(OTHER, Rtype.A, 1, 300, bytes(4))


def facts(answer=(), authority=(), rcode=Rcode.NOERROR, rtype=Rtype.A):
    return facts_of(Message(1, 0x8180, int(rcode), Question(NAME, rtype), tuple(answer), tuple(authority)))


def test_the_ttl_is_the_least_of_the_chain():
    assert facts([LINK, END]).ttl == 30


def test_a_negative_answer_has_the_lesser_of_soa_ttl_and_minimum():
    assert facts(authority=[SOA], rcode=Rcode.NXDOMAIN) == AnswerFacts(3, 60, 0)
    assert facts(authority=[SOA._replace(ttl=5)]).ttl == 5
    assert facts([LINK], [SOA], Rcode.NXDOMAIN).ttl == 30
    assert facts([LINK._replace(ttl=3600)], [SOA]).ttl == 60


def test_a_cname_that_was_asked_for_is_no_chain():
    assert facts([LINK], [SOA._replace(ttl=1)], rtype=Rtype.CNAME).ttl == 30


def test_a_negative_answer_without_soa_has_no_ttl():
    assert facts(rcode=Rcode.NXDOMAIN) == AnswerFacts(3, None, 0)


def test_a_failure_has_neither_ttl_nor_data():
    assert facts(rcode=Rcode.SERVFAIL) == AnswerFacts(2, None, None)


def test_a_ttl_with_its_first_bit_set_is_zero():
    """RFC 2181 section 8."""
    assert facts([A._replace(ttl=2**31)]).ttl == 0


@pytest.mark.parametrize(
    "answer", [[B, A], [A._replace(ttl=1), B], [A, B, A], [A, B, Record(NAME, Rtype.RRSIG, 1, 9, bytes(18))]]
)
def test_order_ttls_signatures_and_duplicates_do_not_change_the_hash(answer):
    assert facts(answer).rdata_hash == facts([A, B]).rdata_hash


def test_letter_case_of_a_link_does_not_change_the_hash():
    assert facts([LINK._replace(rdata=OTHER.upper()), END]).rdata_hash == facts([LINK, END]).rdata_hash


def test_other_data_have_another_hash():
    hashes = {facts(answer).rdata_hash for answer in ([A], [B], [A, B], [LINK, END], [LINK], [])}
    assert len(hashes) == 6
    assert all(0 <= each < 2**63 for each in hashes)


def test_what_is_no_message_has_no_facts():
    message = compose(Message(1, 0x8180, 0, Question(NAME, Rtype.A), (A,)))
    assert read_facts(message) == facts([A])
    assert read_facts(message[:-1]) is None
