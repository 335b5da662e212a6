# SPDX-License-Identifier: ISC
"""A code is a subject without its owner."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.replay.subjects import ANY_OWNER, CLASSES, codes_of, kind_of, subject_of, ttl_of
from resolver.policy import Subject


@given(answer=st.integers(0, 3), rtype=st.integers(0, 0xFFFF), ttl=st.integers(0, (1 << 32) - 1))
def test_what_goes_in_comes_out(answer: int, rtype: int, ttl: int) -> None:
    codes = codes_of(np.array([answer]), np.array([rtype], np.uint16), np.array([ttl]))
    assert subject_of(int(codes[0]), ANY_OWNER) == Subject(ANY_OWNER, rtype, CLASSES[answer], ttl)
    assert ttl_of(codes).tolist() == [ttl]


def test_kinds_are_equal_when_class_and_type_are() -> None:
    answer, rtype, ttl = np.array([0, 0, 0, 1]), np.array([1, 1, 28, 1]), np.array([5, 300, 5, 5])
    first, same, other_type, other_class = kind_of(codes_of(answer, rtype, ttl)).tolist()
    assert first == same
    assert len({first, other_type, other_class}) == 3
