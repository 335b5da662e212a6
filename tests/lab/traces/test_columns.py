# SPDX-License-Identifier: ISC
"""Rows to columns and back: nothing lost, unknown stays unknown, times in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.traces.columns import Numbering, blocks_of, in_order, rows_of
from resolver.lab.traces.rows import UNKNOWN, Row

ROWS = st.builds(
    Row,
    st.floats(0, 1e9),
    st.sampled_from(["", "192.0.2.1", "2001:db8::1", "laptop"]),
    st.sampled_from([b"\x01a\x00", b"\x01b\x00", b"\x00"]),
    st.integers(1, 65535),
    st.none() | st.integers(0, 2**31 - 1),
    st.none() | st.integers(0, 4095),
    st.none() | st.integers(0, 2**63 - 1),
    st.none() | st.floats(0, 1e6, width=32),
)


@given(st.lists(ROWS), st.integers(1, 5))
def test_rows_are_the_same_after_columns(rows, size):
    names: Numbering[bytes] = Numbering()
    clients: Numbering[str] = Numbering()
    blocks = list(blocks_of(rows, names, clients, size))
    assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert [row for block in blocks for row in rows_of(block, names.keys, clients.keys.__getitem__)] == rows


@given(st.lists(ROWS, min_size=1), st.integers(1, 5))
def test_in_order_times_never_decrease_and_late_rows_are_told(rows, size):
    late = []
    blocks = in_order(blocks_of(rows, Numbering(), Numbering(), size), late.append)
    times = [at for block in blocks for at in block.time.tolist()]
    assert times == sorted(times)
    assert times == [max(row.time for row in rows[: n + 1]) for n in range(len(rows))]
    assert sum(late) == sum(at != row.time for at, row in zip(times, rows, strict=True))


def test_numbers_are_dense_and_stay():
    names: Numbering[bytes] = Numbering()
    assert [names.number(key) for key in (b"x", b"y", b"x", b"z")] == [0, 1, 0, 2]
    assert names.keys == [b"x", b"y", b"z"]


def test_a_ttl_or_type_out_of_range_is_the_nearest_there_is():
    block = next(blocks_of([Row(0.0, "", b"\x00", 70_000, 2**32 - 1)], Numbering(), Numbering()))
    assert (block.rtype[0], block.ttl[0], block.client[0]) == (65535, 2**31 - 1, UNKNOWN)
