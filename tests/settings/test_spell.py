# SPDX-License-Identifier: ISC
"""Values spelled as TOML read back as what they were."""

import tomllib
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.settings.spell import spell
from resolver.units import Bytes, Seconds

SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS), st.dictionaries(st.text(min_size=1), SCALARS))


@given(VALUES)
def test_toml_reads_back_what_was_spelled(value: Any) -> None:
    assert tomllib.loads(f"key = {spell(value)}")["key"] == value


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Seconds(86400), '"1d"'),
        (Bytes(1 << 20), '"1MiB"'),
        (True, "true"),
        (Colour.RED, '"red"'),
        ((), "[]"),
        ({}, "{}"),
    ],
)
def test_quantities_keep_their_units(value: Any, text: str) -> None:
    assert spell(value) == text


def test_a_long_list_has_one_item_a_line() -> None:
    assert spell(["x" * 60, "y" * 60]).count("\n") == 3


def test_nothing_is_no_value() -> None:
    with pytest.raises(TypeError):
        spell(None)
