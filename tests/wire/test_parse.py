# SPDX-License-Identifier: ISC
"""Bytes to values: what honest messages say, and what hostile ones get."""

import contextlib
import struct
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from resolver.wire.edns import OPTIONS_MAX, Edns
from resolver.wire.errors import FormatError
from resolver.wire.parse import POINTERS_MAX, parse
from resolver.wire.records import Question, Record
from tests.wire.octets import EXAMPLE, NS1, WWW, header, opt, pointer, question, record

A = b"\xc0\x00\x02\x01"
OWNER = pointer(12)


def refused(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        parse(data)
    return caught.value.reason


def test_a_query() -> None:
    message = parse(header(1, flags=0x0110, id=0xBEEF) + question())
    assert message.id == 0xBEEF
    assert message.rd
    assert message.cd
    assert not message.qr
    assert message.question == Question(WWW, 1, 1)
    assert message.answer == message.authority == message.additional == ()
    assert message.edns is None


def test_sections_keep_their_records() -> None:
    referral = (
        header(1, 0, 1, 1, flags=0x8000)
        + question()
        + record(pointer(16), 2, b"\x03ns1" + pointer(16), ttl=172800)
        + record(pointer(12 + 21 + 12), 1, A, ttl=172800)
    )
    message = parse(referral)
    assert message.answer == ()
    assert message.authority == (Record(EXAMPLE, 2, 1, 172800, NS1),)
    assert message.additional == (Record(NS1, 1, 1, 172800, A),)


def test_no_question_at_all_is_a_message() -> None:
    assert parse(header(flags=0x8001)).question is None
    assert parse(header(flags=0x8001)).rcode == 1


def test_rfc4343_spellings_are_kept() -> None:
    data = (
        header(1, 1) + question(b"\x03wWw\x07eXample\x03com\x00") + record(OWNER, 5, b"\x01A" + pointer(16))
    )
    message = parse(data)
    assert message.question is not None
    assert message.question.name == b"\x03wWw\x07eXample\x03com\x00"
    assert message.question.key == WWW
    assert message.answer[0].rdata == b"\x01A\x07eXample\x03com\x00"


@pytest.mark.parametrize("ttl", [0, 1, 2**31 - 1, 2**31, 2**32 - 1])
def test_rfc8767_section_4_a_ttl_with_the_high_bit_is_read_as_it_stands(ttl: int) -> None:
    assert parse(header(0, 1) + record(WWW, 1, A, ttl=ttl)).answer[0].ttl == ttl


# ---- names ----------------------------------------------------------------------------------------


def test_pointer_to_itself() -> None:
    assert refused(header(0, 1) + record(pointer(12), 1, A)) == "forward-pointer"


def test_pointer_loop_through_a_label() -> None:
    assert refused(header(0, 1) + record(b"\x01a" + pointer(12), 1, A)) == "forward-pointer"


def test_pointer_loop_of_two() -> None:
    # An opaque rdata holds the second half of the loop.
    first = record(b"\x00", 16, pointer(25) + pointer(23))
    assert refused(header(0, 2) + first + record(pointer(25), 1, A)) == "forward-pointer"


def test_forward_pointer() -> None:
    data = header(0, 2) + record(pointer(40), 1, A) + record(WWW, 1, A)
    assert refused(data) == "forward-pointer"


def test_pointer_past_the_end() -> None:
    assert refused(header(0, 1) + record(pointer(0x3FFF), 1, A)) == "forward-pointer"


def test_pointer_into_the_header() -> None:
    assert refused(header(0, 1, id=0) + record(pointer(0), 1, A)) == "pointer-into-header"


def test_half_a_pointer_at_the_end() -> None:
    assert refused(header(1) + b"\x03www\xc0") == "truncated"


@pytest.mark.parametrize("octet", [0x40, 0x41, 0x7F, 0x80, 0xBF])
def test_rfc6891_section_5_reserved_label_types_and_labels_over_63(octet: int) -> None:
    assert refused(header(1) + question(bytes((octet,)) + b"a" * octet + b"\x00")) == "bad-label-type"


def test_a_name_of_255_octets_and_one_of_256() -> None:
    longest = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\x00"
    message = parse(header(1) + question(longest))
    assert message.question is not None
    assert message.question.name == longest
    too_long = (b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"a" * 62 + b"\x00"
    assert refused(header(1) + question(too_long)) == "name-too-long"


def test_a_name_over_255_octets_by_pointer() -> None:
    longest = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\x00"
    assert refused(header(1, 1) + question(longest) + record(b"\x01a" + OWNER, 1, A)) == "name-too-long"


def test_a_name_over_255_octets_by_pointer_into_opaque_rdata() -> None:
    labels = (b"\x3f" + b"a" * 63) * 4 + b"\x00"
    data = header(0, 2) + record(b"\x00", 16, labels) + record(pointer(23), 1, A)
    assert refused(data) == "name-too-long"
    halves = (
        header(0, 2)
        + record(b"\x00", 16, labels[128:] + labels[:128] + pointer(23))
        + record(pointer(152), 1, A)
    )
    assert refused(halves) == "name-too-long"


def test_pointer_to_a_pointer() -> None:
    data = (
        header(1, 3)
        + question()
        + record(OWNER, 1, A)
        + record(pointer(33), 1, A)
        + record(pointer(49), 1, A)
    )
    assert [r.owner for r in parse(data).answer] == [WWW, WWW, WWW]


def chain(hops: int) -> bytes:
    """A message whose last owner is reached through that many pointers, laid out in opaque rdata."""
    start = 12 + 11
    links = b"\x00" + b"".join(pointer(start if n == 0 else start + 1 + 2 * (n - 1)) for n in range(hops - 1))
    target = start + 1 + 2 * (hops - 2)
    return header(0, 2) + record(b"\x00", 16, links) + record(pointer(target), 1, A)


def test_a_chain_of_128_pointers_is_the_longest() -> None:
    assert parse(chain(POINTERS_MAX)).answer[1].owner == b"\x00"
    assert refused(chain(POINTERS_MAX + 2)) == "too-many-pointers"


def test_pointers_into_many_middles_of_names_are_counted_for_the_message() -> None:
    body = b"\x01a" * 100 + b"\x00"

    def data(count: int) -> bytes:
        first = record(b"\x00", 16, body * 4)
        targets = [23 + 201 * (n // 100) + 2 * (n % 100) for n in range(count)]
        return header(0, 1 + count) + first + b"".join(record(pointer(t), 1, A) for t in targets)

    assert len(parse(data(POINTERS_MAX)).answer) == POINTERS_MAX + 1
    assert refused(data(POINTERS_MAX + 1)) == "too-many-pointers"


def test_repeated_pointers_are_free() -> None:
    data = header(1, 1000) + question() + record(pointer(16), 1, A) * 1000
    assert {r.owner for r in parse(data).answer} == {EXAMPLE}


def lines_run(data: bytes) -> int:
    """How many lines of Python a parse executes: a measure of work that no busy machine can disturb."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., object]:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with contextlib.suppress(FormatError):
            parse(data)
    finally:
        sys.settrace(before)
    return count


def test_work_of_a_hostile_message_is_bounded() -> None:
    """The most walking that 64 KiB can ask for: bundles of one-octet labels, entered at every label."""
    bundle = b"\x01a" * 126 + b"\x00"
    start, bundles = 23, 60
    targets = [start + len(bundle) * n + 2 * m for n in range(bundles) for m in range(126)]
    owners = b"".join(record(pointer(target), 1, A) for target in targets[:3000])
    hostile = header(0, 3001) + record(b"\x00", 16, bundle * bundles) + owners
    honest = header(1, 3000) + question() + record(OWNER, 1, A) * 3000
    assert refused(hostile) == "too-many-pointers"
    assert lines_run(hostile) < lines_run(honest)


def test_work_of_a_chain_of_pointers_is_bounded() -> None:
    start = 23
    links = b"\x00" + b"".join(pointer(start + max(0, 2 * n - 1)) for n in range(7000))
    hostile = header(0, 2) + record(b"\x00", 16, links) + record(pointer(start + 1 + 2 * 6999), 1, A)
    assert refused(hostile) == "too-many-pointers"
    assert lines_run(hostile) < 20 * POINTERS_MAX


def test_work_of_a_name_that_grows_too_long_ends_there() -> None:
    segments, start = bytearray(b"\x00"), 23
    target = start
    for _ in range(POINTERS_MAX - 8):
        here = start + len(segments)
        segments += b"\x01a" * 60 + pointer(target)
        target = here
    hostile = header(0, 2) + record(b"\x00", 16, bytes(segments)) + record(pointer(target), 1, A)
    assert refused(hostile) == "name-too-long"
    assert lines_run(hostile) < 1000


# ---- counts and lengths ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(12))
def test_a_cut_header(size: int) -> None:
    assert refused(header()[:size]) == "truncated"


def test_every_cut_of_a_message_is_refused() -> None:
    whole = (
        header(1, 1, 1, 1)
        + question()
        + record(OWNER, 1, A)
        + record(OWNER, 2, NS1)
        + opt(b"\x00\x03\x00\x01x")
    )
    parse(whole)
    for size in range(len(whole)):
        refused(whole[:size])


def test_trailing_bytes() -> None:
    assert refused(header(1) + question() + b"\x00") == "trailing-bytes"


def test_rfc9619_two_questions() -> None:
    assert refused(header(2) + question() + question()) == "many-questions"


@pytest.mark.parametrize("section", ["qd", "an", "ns", "ar"])
def test_counts_that_lie(section: str) -> None:
    assert refused(header(**{section: 1})) == "truncated"
    assert refused(header(**{section: 65535})) in {"truncated", "many-questions"}


def test_counts_that_hide_a_record() -> None:
    assert refused(header(1, 0) + question() + record(OWNER, 1, A)) == "trailing-bytes"


def test_rdlength_past_the_end() -> None:
    assert refused(header(0, 1) + record(WWW, 16, b"\x00", length=2)) == "rdata-past-end"


@pytest.mark.parametrize(("rtype", "length"), [(1, 0), (1, 3), (1, 5), (28, 4), (28, 15), (28, 17)])
def test_addresses_have_their_length(rtype: int, length: int) -> None:
    assert refused(header(0, 1) + record(WWW, rtype, b"\x00" * length)) == "bad-address-length"


def test_addresses_of_other_classes_are_opaque() -> None:
    chaos = record(WWW, 1, b"\x02ch\x00\x00\x01", rclass=3)  # a name and 16 bits, RFC 1035 section 3.4.1
    assert parse(header(0, 1) + chaos).answer[0].rdata == b"\x02ch\x00\x00\x01"


@pytest.mark.parametrize("length", [0, 1, len(NS1) - 1, len(NS1) + 1])
def test_a_name_in_rdata_fills_its_length(length: int) -> None:
    data = header(0, 2) + record(WWW, 2, NS1, length=length) + record(WWW, 1, A)
    assert refused(data) == "bad-rdata-length"


def test_rfc2136_section_2_4_empty_rdata_of_class_any_and_none() -> None:
    for rclass in (254, 255):
        assert parse(header(0, 1, flags=0x2800) + record(WWW, 2, b"", rclass=rclass)).answer[0].rdata == b""
    refused(header(0, 1) + record(WWW, 2, b""))


# ---- EDNS -----------------------------------------------------------------------------------------


def test_rfc6891_opt_becomes_a_value() -> None:
    option = b"\x00\x0a\x00\x0812345678"
    data = (
        header(1, 0, 0, 2, flags=0x8003)
        + question()
        + opt(option, ttl=0x01028005, size=4096)
        + record(OWNER, 1, A)
    )
    message = parse(data)
    assert message.edns == Edns(4096, 2, True, 5, ((10, b"12345678"),))
    assert message.rcode == 0x13
    assert message.flags == 0x8000
    assert message.additional == (Record(WWW, 1, 1, 60, A),)


def test_rfc6891_section_6_1_1_two_opts() -> None:
    assert refused(header(0, 0, 0, 2) + opt() + opt()) == "many-opts"


def test_opt_outside_additional() -> None:
    assert refused(header(0, 1) + opt()) == "opt-outside-additional"
    assert refused(header(0, 0, 1) + opt()) == "opt-outside-additional"


def test_opt_owner_is_the_root() -> None:
    assert refused(header(0, 0, 0, 1) + opt(owner=WWW)) == "opt-owner"


@pytest.mark.parametrize("rdata", [b"\x00", b"\x00\x0a\x00\x09" + b"1" * 8, b"\x00\x0a\x00\x00\x00\x03\x00"])
def test_bad_option_lengths(rdata: bytes) -> None:
    assert refused(header(0, 0, 0, 1) + opt(rdata)) == "bad-option-length"


def test_cve_2026_41292_long_option_list() -> None:
    edns = parse(header(0, 0, 0, 1) + opt(b"\x00\x03\x00\x00" * 250)).edns
    assert edns is not None
    assert len(edns.options) == OPTIONS_MAX


# ---- size -----------------------------------------------------------------------------------------


def test_4000_records_share_one_owner() -> None:
    body = b"".join(record(OWNER, 1, struct.pack("!I", n)) for n in range(4000))
    message = parse(header(1, 4000) + question() + body)
    assert [r.rdata for r in message.answer] == [struct.pack("!I", n) for n in range(4000)]
    assert message.question is not None
    assert all(r.owner is message.question.name for r in message.answer)


def test_4000_records_cost_a_fixed_number_of_steps_each() -> None:
    body = b"".join(record(OWNER, 1, struct.pack("!I", n)) for n in range(4000))
    few = lines_run(header(1, 40) + question() + body[: 40 * 16])
    assert lines_run(header(1, 4000) + question() + body) < 101 * few


def test_a_message_of_nothing_but_one_octet_labels() -> None:
    assert refused(header(1) + b"\x01a" * 32000) == "truncated"
    assert refused(header(1) + b"\x01a" * 32000 + b"\x00\x00\x01\x00\x01") == "name-too-long"
