# SPDX-License-Identifier: ISC
"""What is read of /proc, and who is said to have held a run back."""

from __future__ import annotations

import os

import pytest

from benchmarks.peers import accounting
from benchmarks.peers.accounting import Bound, Shares


def test_stat_of_a_process_whose_name_has_spaces_and_brackets() -> None:
    fields = "S 7 1 1 0 -1 0 0 0 0 0 11 22 3 4 20 0 1 0 100 0 0"
    assert accounting.parse_stat(f"99 (nsd: (server) 1) {fields}") == (7, 14, 26)


def test_tree_has_grandchildren_and_no_strangers() -> None:
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 21: 20}
    assert accounting.tree([10], parents) == {10, 11, 12}
    assert accounting.tree([10, 21], parents) == {10, 11, 12, 21}


def test_tree_of_a_process_that_is_gone_is_empty() -> None:
    assert accounting.tree([99], {1: 0}) == set()


def test_own_processor_time_and_memory_are_found() -> None:
    used = os.times()
    counted = accounting.cpu_of([os.getpid()])
    assert counted.total >= used.user + used.system - 0.02
    assert accounting.resident([os.getpid()]) > 1_000_000


def test_pss_is_in_bytes() -> None:
    assert accounting.parse_pss("Rss:  20 kB\nPss:  12 kB\nPss_Anon: 3 kB\n") == 12288
    with pytest.raises(ValueError, match="Pss"):
        accounting.parse_pss("Rss: 20 kB\n")


def test_busy_time_of_a_core_has_stolen_time_and_neither_idle_nor_guests() -> None:
    text = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 1000 1000 4 5 6 70 70\ncpu1 1 0 0 0 0 0 0 0 0 0\n"
    assert accounting.parse_core_busy(text, 0) == 21
    assert accounting.parse_core_busy(text, 1) == 1
    with pytest.raises(ValueError, match="core 2"):
        accounting.parse_core_busy(text, 2)


@pytest.mark.parametrize(
    ("shares", "bound"),
    [
        (Shares(0.97, 0.5, 0.0, 0.01, 0.1), Bound.SERVER),
        (Shares(0.5, 0.97, 0.0, 0.0, 0.0), Bound.GENERATOR),
        (Shares(0.5, 0.3, 0.65, 0.0, 0.0), Bound.AUTHORITY),
        (Shares(0.5, 0.3, 0.3, 0.45, 0.0), Bound.NEIGHBOURS),
        (Shares(0.5, 0.3, 0.3, 0.0, 0.35), Bound.NEIGHBOURS),
        (Shares(0.5, 0.3, 0.3, 0.0, 0.0), Bound.WAITING),
        (Shares(0.95, 0.95, 0.0, 0.0, 0.0), Bound.SERVER),
        (Shares(0.5, 0.6, 0.6, 0.0, 0.0, load_on_one_core=False), Bound.WAITING),
        (Shares(0.5, 0.6, 0.95, 0.0, 0.0, load_on_one_core=False), Bound.AUTHORITY),
    ],
)
def test_who_held_it_back(shares: Shares, bound: Bound) -> None:
    assert shares.bound() is bound
