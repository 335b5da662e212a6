# SPDX-License-Identifier: ISC
"""Numbers for keys: dense, in the order of appearance, the same ever after."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.replay.interning import Interner


@given(st.lists(st.lists(st.integers(0, 2**62) | st.integers(0, 50), max_size=50), max_size=5))
def test_as_a_dictionary_would(blocks: list[list[int]]) -> None:
    interner, expected = Interner(), {}
    for block in blocks:
        for key in block:
            expected.setdefault(key, len(expected))
        found = interner.numbers(np.array(block, np.int64))
        assert found.tolist() == [expected[key] for key in block]
    assert interner.keys.tolist() == list(expected)
    assert len(interner) == len(expected)


def test_it_grows() -> None:
    interner = Interner()
    keys = np.arange(100_000, dtype=np.int64) << 16
    assert interner.numbers(keys).tolist() == list(range(100_000))
    assert interner.numbers(keys[::-1]).tolist() == list(range(99_999, -1, -1))
