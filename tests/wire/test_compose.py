# SPDX-License-Identifier: ISC
"""Values to bytes: compression where it is allowed, spellings as given, limits."""

import struct
from dataclasses import replace

import dns.message
import pytest

from resolver.wire.compose import COMPRESSED_NAMES_MAX, compose, compose_query
from resolver.wire.edns import Edns
from resolver.wire.errors import MessageTooLong
from resolver.wire.message import Message
from resolver.wire.names import from_text
from resolver.wire.parse import parse
from resolver.wire.records import Question, Record
from tests.wire.octets import EXAMPLE, NS1, WWW, header, opt, pointer, question, record
from tests.wire.test_rdata import DECOMPRESSED

A = b"\xc0\x00\x02\x01"
QUESTION = Question(WWW, 1, 1)


def test_a_referral_is_as_small_as_it_can_be() -> None:
    message = Message(
        id=7,
        flags=0x8000,
        question=QUESTION,
        authority=(Record(EXAMPLE, 2, 1, 60, NS1),),
        additional=(Record(NS1, 1, 1, 60, A),),
        edns=Edns(),
    )
    assert compose(message) == (
        header(1, 0, 1, 2, flags=0x8000)
        + question()
        + record(pointer(16), 2, b"\x03ns1" + pointer(16))
        + record(pointer(12 + 21 + 12), 1, A)
        + opt()
    )


def test_compose_query_equals_compose() -> None:
    for edns in (None, Edns(do=True, options=((10, b"12345678"),))):
        for rd, cd, flags in ((False, False, 0), (True, False, 0x0100), (True, True, 0x0110)):
            message = Message(id=9, flags=flags, question=Question(WWW, 28, 1), edns=edns)
            assert compose_query(WWW, 28, id=9, rd=rd, cd=cd, edns=edns) == compose(message)


def test_rcode_is_split_over_header_and_opt() -> None:
    message = Message(rcode=0xF23, flags=0x8000, edns=Edns())
    assert compose(message)[3] & 0xF == 3
    assert parse(compose(message)) == message
    with pytest.raises(ValueError, match="EDNS"):
        compose(replace(message, edns=None))


def test_rfc4343_an_owner_in_other_case_points_at_the_question() -> None:
    asked = b"\x03WwW\x07eXample\x03com\x00"
    message = Message(
        question=Question(asked, 1), answer=(Record(WWW, 1, 1, 60, A), Record(WWW, 1, 1, 60, b"abcd"))
    )
    data = compose(message)
    assert data[12 + len(asked) + 4 :] == record(pointer(12), 1, A) + record(pointer(12), 1, b"abcd")
    assert parse(data).answer[0].owner == asked


def test_rfc4343_all_other_names_keep_their_case() -> None:
    upper = from_text("MAIL.Example.COM")
    message = Message(
        question=QUESTION,
        answer=(
            Record(WWW, 5, 1, 60, upper),
            Record(upper, 15, 1, 60, b"\x00\x0a" + from_text("mx.EXAMPLE.com")),
        ),
    )
    assert parse(compose(message)).answer == message.answer


@pytest.mark.parametrize("case", DECOMPRESSED)
def test_rfc3597_section_4_only_rfc1035_types_are_compressed(case: str) -> None:
    rtype, short, whole = DECOMPRESSED[case]
    data = compose(Message(id=7, question=QUESTION, answer=(Record(WWW, rtype, 1, 60, whole),)))
    newer = case in {"RP", "AFSDB", "RT", "SIG", "PX", "NXT", "SRV", "NAPTR"}
    assert data == header(1, 1) + question() + record(pointer(12), rtype, whole if newer else short)


@pytest.mark.parametrize("rtype", [36, 39, 46, 47, 64, 65, 65280])
def test_all_else_goes_out_as_it_came_in(rtype: int) -> None:
    rdata = b"\x00\x01" + EXAMPLE
    data = compose(Message(id=7, question=QUESTION, answer=(Record(WWW, rtype, 1, 60, rdata),)))
    assert data == header(1, 1) + question() + record(pointer(12), rtype, rdata)


def test_names_in_uncompressed_rdata_are_no_targets() -> None:
    srv = b"\x00" * 6 + from_text("srv.other.test")
    message = Message(answer=(Record(WWW, 33, 1, 60, srv), Record(from_text("other.test"), 1, 1, 60, A)))
    assert compose(message).endswith(record(from_text("other.test"), 1, A))


def test_the_root_is_never_a_pointer() -> None:
    message = Message(question=Question(b"\x00", 2), answer=(Record(b"\x00", 2, 1, 60, b"\x00"),))
    assert compose(message) == header(1, 1, id=0) + question(b"\x00", 2) + record(b"\x00", 2, b"\x00")


def test_no_pointer_past_14_bits() -> None:
    filler = tuple(Record(WWW, 16, 1, 60, b"\xff" + b"x" * 255) for _ in range(64))
    late = from_text("late.test")
    message = Message(
        question=QUESTION, answer=(*filler, Record(late, 1, 1, 60, A), Record(late, 1, 1, 60, b"abcd"))
    )
    data = compose(message)
    assert len(data) > 0x4000
    assert data.endswith(record(late, 1, A) + record(late, 1, b"abcd"))
    assert parse(data).answer == message.answer


def test_a_target_just_before_the_end_of_14_bits() -> None:
    for padding in range(0x3FFF - 12 - 11 - 12, 0x3FFF - 12 - 11 + 2):
        late = from_text("a.late.test")
        message = Message(
            answer=(
                Record(b"\x00", 16, 1, 60, b"x" * padding),
                Record(late, 1, 1, 60, A),
                Record(late, 1, 1, 60, b"abcd"),
                Record(from_text("b.late.test"), 1, 1, 60, A),
            )
        )
        assert parse(compose(message)) == message


def test_cve_2024_8508_suffixes_are_looked_for_in_128_names_only() -> None:
    owners = [from_text(f"n{n}.example.com") for n in range(200)]
    message = Message(
        question=QUESTION, answer=tuple(Record(owner, 1, 1, 60, A) for owner in owners + owners)
    )
    data = compose(message)
    assert parse(data).answer == message.answer
    # After the question, 127 owners share its suffix; the rest are written whole once, then pointed at.
    whole = [owner for owner in owners if owner in data]
    assert whole == owners[COMPRESSED_NAMES_MAX - 1 :]
    assert all(data.count(owner) == 1 for owner in whole)


def test_no_pointer_past_14_bits_when_the_search_has_ended() -> None:
    owners = [from_text(f"a-longer-name-than-most-{n}.example.com") for n in range(600)]
    answer = tuple(Record(owner, 1, 1, 60, A) for owner in owners for _ in range(2))
    data = compose(Message(question=QUESTION, answer=answer))
    assert len(data) > 0x4000
    assert parse(data).answer == answer


def test_4000_records_round_trip() -> None:
    answer = tuple(Record(WWW, 1, 1, 60, struct.pack("!I", n)) for n in range(4000))
    data = compose(Message(question=QUESTION, answer=answer))
    assert len(data) == 12 + len(question()) + 4000 * 16
    assert parse(data).answer == answer


def test_a_message_over_the_limit_is_reported() -> None:
    message = Message(question=QUESTION, answer=(Record(WWW, 1, 1, 60, A),), edns=Edns())
    size = len(compose(message))
    assert len(compose(message, limit=size)) == size
    for limit in (0, 12, 30, size - 1):
        with pytest.raises(MessageTooLong) as caught:
            compose(message, limit=limit)
        assert caught.value.limit == limit < caught.value.size


def test_an_rdata_that_no_message_can_hold_is_too_long() -> None:
    with pytest.raises(MessageTooLong):
        compose(Message(answer=(Record(WWW, 16, 1, 60, b"x" * 70000),)))
    with pytest.raises(MessageTooLong) as caught:
        compose(Message(answer=tuple(Record(WWW, 2, 1, 60, NS1) for _ in range(6000))))
    assert caught.value.size < 65535 + 300  # it stopped at the record that crossed the limit


def test_rfc2136_empty_rdata_of_a_name_type() -> None:
    message = Message(flags=0x2800, answer=(Record(WWW, 2, 255, 0, b""),))
    assert parse(compose(message)) == message


def test_dnspython_reads_what_we_write() -> None:
    message = Message(
        id=7, flags=0x8180, question=QUESTION, answer=(Record(WWW, 1, 1, 60, A),), edns=Edns(do=True)
    )
    theirs = dns.message.from_wire(compose(message))
    assert theirs.id == 7
    assert theirs.ednsflags & 0x8000
    assert str(theirs.answer[0]) == "www.example.com. 60 IN A 192.0.2.1"
