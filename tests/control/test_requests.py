# SPDX-License-Identifier: ISC
"""What callers send reads as what it means, or is a BadRequest; never anything else."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.control.guard import BadRequest
from resolver.control.requests import read_body, read_count, read_flag, read_name, read_type


class FakeRequest:
    def __init__(self, raw):
        self._raw = raw

    async def read(self):
        return self._raw


def body_of(raw, allowed=frozenset({"a"})):
    return asyncio.run(read_body(FakeRequest(raw), set(allowed)))


def test_bodies_that_mean_something():
    assert body_of(b"") == {}
    assert body_of(b'{"a": 1, "schema": 1}') == {"a": 1, "schema": 1}


@given(st.binary(max_size=60))
def test_no_body_is_worse_than_a_bad_request(raw):
    with suppress(BadRequest):
        assert isinstance(body_of(raw), dict)


def test_names_and_types():
    assert read_name("Alpha") == b"\x05Alpha\x00"
    assert (read_type("aaaa"), read_type("TYPE65280")) == (28, 65280)
    for wrong in (None, 7, "a..b", "x" * 64):
        with pytest.raises(BadRequest):
            read_name(wrong)
    for wrong in (None, "NOPE", "TYPE65536", 1.5):
        with pytest.raises(BadRequest):
            read_type(wrong)


def test_flags_and_counts():
    assert read_flag({"x": True}, "x")
    assert not read_flag({}, "x")
    assert read_count("100") == 100
    with pytest.raises(BadRequest):
        read_flag({"x": 1}, "x")
    for wrong in ("", "-1", "1e3", "٣", "9" * 10):
        with pytest.raises(BadRequest):
            read_count(wrong)
