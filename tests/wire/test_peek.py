# SPDX-License-Identifier: ISC
"""The first look at a datagram: right about plain requests, silent about all else."""

import pytest

from resolver.wire.errors import FormatError
from resolver.wire.parse import parse
from resolver.wire.peek import Peek, peek
from tests.wire.octets import WWW, header, opt, pointer, question, record

UPPER = b"\x03WWW\x07example\x03com\x00"
PLAIN = header(1, flags=0x0110) + question(UPPER, 28)
WITH_OPT = (
    header(1, 0, 0, 1, flags=0x0100)
    + question()
    + opt(b"\x00\x0a\x00\x0812345678", ttl=0x00018000, size=4096)
)


def test_a_request_without_edns() -> None:
    assert peek(PLAIN) == Peek(7, 0x0110, UPPER, WWW, 28, 1, len(PLAIN))
    seen = peek(PLAIN)
    assert seen is not None
    assert seen.edns_offset is None
    assert seen.udp_size == 512
    assert seen.read_options() == ()


def test_a_request_with_edns() -> None:
    seen = peek(WITH_OPT)
    assert seen is not None
    assert (seen.udp_size, seen.version, seen.do) == (4096, 1, True)
    assert seen.question_end == seen.edns_offset == 12 + len(question())
    assert seen.read_options() == ((10, b"12345678"),)
    assert seen.counts == (1, 0, 0, 1)


def test_the_root_may_be_asked_for() -> None:
    seen = peek(header(1) + question(b"\x00", 2))
    assert seen is not None
    assert seen.qname == seen.qname_key == b"\x00"


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        header(),
        header(1, flags=0x8000) + question(),  # a response
        header(1, flags=0x2800) + question(),  # an UPDATE
        header(2) + question() + question(),
        header(1, 1) + question() + record(pointer(12), 1, b"1234"),
        header(1, 0, 0, 1) + question() + record(b"\x00", 250, b"tsig"),
        header(1, 0, 0, 1) + question() + opt(owner=WWW),
        header(1, 0, 0, 2) + question() + opt() + opt(),
        PLAIN + b"\x00",
        WITH_OPT + b"\x00",
        header(1) + question(pointer(12)),
        header(1) + question(b"\x40" + b"a" * 64 + b"\x00"),
        header(1) + question((b"\x3f" + b"a" * 63) * 4 + b"\x00"),
    ],
)
def test_what_is_not_plain_is_left_to_parse(datagram: bytes) -> None:
    assert peek(datagram) is None


@pytest.mark.parametrize("datagram", [PLAIN, WITH_OPT])
def test_every_cut_of_a_request_is_left_to_parse(datagram: bytes) -> None:
    for size in range(len(datagram)):
        assert peek(datagram[:size]) is None


def test_bad_option_lengths_are_seen_on_reading_them() -> None:
    datagram = header(1, 0, 0, 1) + question() + opt(b"\x00\x0a\x00\x09short")
    seen = peek(datagram)
    assert seen is not None
    assert seen.read_options() is None
    with pytest.raises(FormatError):
        parse(datagram)
