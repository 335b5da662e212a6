# SPDX-License-Identifier: ISC
"""Chance by number: the same in every run, evenly spread, and different for each seed and trait."""

from __future__ import annotations

import numpy as np

from resolver.lab.traces.chance import mix, unit

NUMBERS = np.arange(100_000)


def test_the_bits_are_those_of_splitmix64():
    """The first outputs for seed 0, as the reference implementation gives them."""
    assert mix(np.arange(3), 0).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_shares_are_even():
    counts, _ = np.histogram(unit(NUMBERS, 7), bins=50, range=(0, 1))
    assert abs(counts - 2000).max() < 6 * 2000**0.5


def test_seeds_and_traits_are_independent():
    for other in (unit(NUMBERS, 8), unit(NUMBERS, 7, trait=1)):
        assert abs(np.corrcoef(unit(NUMBERS, 7), other)[0, 1]) < 0.02


def test_one_seed_is_not_another_shifted():
    """Else twenty seeds would be one, and their intervals far too narrow."""
    for seed, shift in ((8, 1), (6, 1), (9, 2), (8, -1)):
        mine, theirs = unit(NUMBERS, 7), np.roll(unit(NUMBERS, seed), shift)
        assert abs(np.corrcoef(mine[10:-10], theirs[10:-10])[0, 1]) < 0.02
        mine = unit(NUMBERS, 7, trait=seed)
        assert abs(np.corrcoef(mine[10:-10], np.roll(unit(NUMBERS, 7), shift)[10:-10])[0, 1]) < 0.02


def test_a_number_draws_the_same_alone_as_among_others():
    assert unit(np.array([77]), 3, 2)[0] == unit(NUMBERS, 3, 2)[77]
