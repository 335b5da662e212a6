# SPDX-License-Identifier: ISC
"""What callers give reads as what it means, or is a BadRequest; never anything else."""

from __future__ import annotations

import pytest

from resolver.control.parameters import (
    BadRequest,
    given_name,
    given_type,
    read_count,
    read_flag,
    read_name,
    read_type,
)


def test_names_and_types():
    assert read_name("Alpha") == b"\x05Alpha\x00"
    assert (read_type("aaaa"), read_type("TYPE65280")) == (28, 65280)
    for wrong in (None, 7, "a..b", "x" * 64):
        with pytest.raises(BadRequest):
            read_name(wrong)
    for wrong in (None, "NOPE", "TYPE65536", 1.5):
        with pytest.raises(BadRequest):
            read_type(wrong)


def test_what_is_not_given_is_none():
    assert (given_name({}), given_type({})) == (None, None)
    assert (given_name({"name": "."}), given_type({"type": "MX"})) == (b"\x00", 15)


def test_flags_of_json_and_of_query_strings():
    assert [read_flag({"x": value}, "x") for value in (True, "1", "true")] == [True] * 3
    assert [read_flag(given, "x") for given in ({}, {"x": False}, {"x": "0"}, {"x": "false"})] == [False] * 4
    for wrong in (2, "yes", "", None, [], {}, 1.0):
        with pytest.raises(BadRequest):
            read_flag({"x": wrong}, "x")


def test_counts_are_whole_and_bounded():
    assert [read_count(given, "n", 7, 50) for given in ({}, {"n": "20"}, {"n": 20}, {"n": "999"})] == [
        7,
        20,
        20,
        50,
    ]
    for wrong in ("", "-1", "1e3", "٣", "9" * 10, -1, True, 1.5, None):
        with pytest.raises(BadRequest):
            read_count({"n": wrong}, "n", 7, 50)
