# SPDX-License-Identifier: ISC
"""OPT as a value: options, extended errors and cookies."""

import pytest

from resolver.wire.codes import Ede, OptionCode
from resolver.wire.edns import (
    OPTIONS_MAX,
    Edns,
    ede_option,
    join_cookie,
    read_ede,
    read_options,
    split_cookie,
    write_opt,
)
from resolver.wire.errors import FormatError


def test_rfc6891_section_6_1_2_wire_format() -> None:
    edns = Edns(udp_size=4096, version=1, do=True, flags_rest=0x0003, options=((10, b"12345678"),))
    assert write_opt(edns, 0xAB) == b"\x00\x00\x29\x10\x00\xab\x01\x80\x03\x00\x0c\x00\x0a\x00\x0812345678"


def test_first_option_of_a_code_counts() -> None:
    edns = Edns(options=((3, b"a"), (10, b"b"), (3, b"c")))
    assert edns.option(3) == b"a"
    assert edns.option(12) is None


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x00\x0a\x00", b"\x00\x0a\x00\x01", b"\x00\x0a\x00\x00\x00", b"\x00\x0a\xff\xff1234"]
)
def test_bad_option_lengths(data: bytes) -> None:
    with pytest.raises(FormatError, match="bad-option-length"):
        read_options(data)


def test_options_past_the_limit_are_ignored() -> None:
    assert len(read_options(b"\x00\x03\x00\x00" * 250)) == OPTIONS_MAX


def test_rfc8914_section_2_extended_errors_round_trip() -> None:
    edns = Edns(options=(ede_option(Ede.STALE_ANSWER), (3, b"x"), ede_option(Ede.OTHER, "größer")))
    assert read_ede(edns) == [(3, ""), (0, "größer")]
    assert read_ede(None) == []


def test_malformed_extended_errors_never_raise() -> None:
    code = int(OptionCode.EDE)
    edns = Edns(options=((code, b""), (code, b"\x00"), (code, b"\x00\x16\xff"), (code, b"\x00\x16abc\x00")))
    assert read_ede(edns) == [(22, "�"), (22, "abc")]


def test_rfc7873_section_5_2_2_cookie_lengths() -> None:
    for size in range(64):
        data = bytes(range(size))
        if size == 8 or 16 <= size <= 40:
            assert split_cookie(data) == (data[:8], data[8:])
            assert join_cookie(data[:8], data[8:]) == (10, data)
        else:
            with pytest.raises(FormatError):
                split_cookie(data)
            with pytest.raises(FormatError):
                join_cookie(data[:8], data[8:])


def test_a_client_cookie_is_eight_octets() -> None:
    with pytest.raises(FormatError):
        join_cookie(b"123", b"1" * 13)
