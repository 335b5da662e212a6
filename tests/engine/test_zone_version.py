# SPDX-License-Identifier: ISC
"""RFC 9660: what ZONEVERSION says, and what an SOA that came along says just as well."""

from __future__ import annotations

import pytest

from resolver.engine.classify import Answer, Denial, Link
from resolver.engine.zone_version import ASKED, told_by_option, told_by_soa
from resolver.wire import Edns, from_text
from tests.engine.scripted import rr

NAME = from_text("WWW.leaf.shop0.")
SOA = rr("leaf.shop0. 60 SOA ns.leaf.shop0. host.leaf.shop0. 7 7200 900 86400 60")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (bytes([2, 0, 0, 0, 0, 7]), ("leaf.shop0.", 7)),
        (bytes([3, 0, 0xFF, 0xFF, 0xFF, 0xFF]), ("www.leaf.shop0.", 2**32 - 1)),
        (bytes([0, 0, 0, 0, 0, 1]), (".", 1)),
        (bytes([4, 0, 0, 0, 0, 7]), None),  # more labels than the name has
        (bytes([2, 1, 0, 0, 0, 7]), None),  # another type of version
        (bytes([2, 0, 0, 0, 7]), None),
        (bytes([2, 0, 0, 0, 0, 0, 7]), None),
        (b"", None),
    ],
)
def test_rfc9660_3_2_labels_type_and_serial(data: bytes, expected: tuple[str, int] | None) -> None:
    told = told_by_option(Edns(options=((19, data),)), NAME)
    assert told == (None if expected is None else (from_text(expected[0]), expected[1]))


def test_rfc9660_3_1_the_question_is_an_empty_option() -> None:
    assert ASKED == (19, b"")
    assert told_by_option(None, NAME) is None
    assert told_by_option(Edns(), NAME) is None


def test_an_soa_tells_when_it_has_authority() -> None:
    denial = Answer((), Denial(NAME, True, SOA, ()), None, True)
    asked_for = Answer((Link((SOA,), (), True),), None, None, True)
    for answer in (denial, asked_for):
        assert told_by_soa(answer) == (from_text("leaf.shop0."), 7)
        assert told_by_soa(answer._replace(authoritative=False)) is None
    assert told_by_soa(Answer((Link((rr("a. 60 A 192.0.2.1"),), (), True),), None, None, True)) is None
    broken = SOA._replace(rdata=SOA.rdata[:-1])
    assert told_by_soa(Answer((), Denial(NAME, True, broken, ()), None, True)) is None
