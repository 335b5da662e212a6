# SPDX-License-Identifier: ISC
"""Quotas are divided among workers, not multiplied; bounds on a single question are the same for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.settings.keys import all_keys, value_at
from resolver.settings.load import load
from resolver.settings.model import Configuration
from resolver.settings.reloading import changed_keys
from resolver.supervisor.division import CACHE_LEAST, DIVIDED, SHADOWS_LEAST, divided

# Off by default, and what is off has no parts.
RATES = ("admission.responses_per_second=50", "admission.responses_per_network=500")


def test_what_is_divided_is_listed_and_nothing_else_changes() -> None:
    whole = load(flags=RATES).configuration
    assert sorted(changed_keys(whole, divided(whole, 4))) == sorted(DIVIDED)


@given(workers=st.integers(2, 256))
def test_together_they_hold_what_is_configured_give_or_take_the_rounding(workers: int) -> None:
    whole = load(flags=RATES).configuration
    each = divided(whole, workers)
    for key in DIVIDED:
        all_of_it, part = value_at(whole, key), value_at(each, key)
        assert isinstance(all_of_it, int)
        assert isinstance(part, int)
        if part not in (CACHE_LEAST, SHADOWS_LEAST):
            assert abs(part * workers - all_of_it) < workers, key


@given(st.integers(0, 1 << 20), st.integers(1, 256))
def test_a19_all_workers_together_send_a_network_no_more_than_the_rate(rate: int, workers: int) -> None:
    """A flood comes from many ports, so every worker gets its share of it."""
    key = "admission.responses_per_second"
    part = value_at(divided(load(flags=[f"{key}={rate}"]).configuration, workers), key)
    assert isinstance(part, int)
    assert part * workers <= max(rate, workers)
    assert bool(part) is bool(rate)


def test_no_part_is_below_its_key_s_bound() -> None:
    flags = [f"{key}={int(all_keys(Configuration)[key].bounds.low)}" for key in DIVIDED]
    least = load(flags=flags).configuration
    assert divided(least, 256) == least


@pytest.mark.parametrize("key", DIVIDED)
def test_one_worker_gets_all_of_it(key: str) -> None:
    assert value_at(divided(Configuration(), 1), key) == value_at(Configuration(), key)
