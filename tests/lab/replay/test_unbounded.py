# SPDX-License-Identifier: ISC
"""Sorting a block by RRset keeps the order of time within each; `test_replaying` proves the rest."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.replay.unbounded import by_rrset


@given(st.lists(st.integers(0, 9), max_size=60))
def test_a_stable_sort(rrsets: list[int]) -> None:
    rrset = np.array(rrsets, np.int32)
    order, ends = by_rrset(rrset, 10)
    assert order.tolist() == np.argsort(rrset, kind="stable").tolist()
    assert ends.tolist() == np.cumsum(np.bincount(rrset, minlength=10)).tolist()
