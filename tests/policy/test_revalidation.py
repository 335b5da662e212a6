# SPDX-License-Identifier: ISC
"""RFC 1982 serials, how a reply stands to a NOTIFY, and when an expired entry may live on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.policy.lifetime import Freshness, Lifetime, freshness
from resolver.policy.revalidation import (
    AskSerial,
    Checked,
    Fence,
    LiveOn,
    Refetch,
    Standing,
    cut_short,
    is_newer,
    plan,
    standing,
)

SERIAL = st.integers(0, 2**32 - 1)


@given(SERIAL, st.integers(1, 2**31 - 1))
def test_rfc1982_3_2_addition_makes_a_serial_newer(serial: int, step: int) -> None:
    after = (serial + step) % 2**32
    assert is_newer(after, serial)
    assert not is_newer(serial, after)


@given(SERIAL)
def test_rfc1982_3_2_equal_and_opposite_serials_have_no_order(serial: int) -> None:
    assert not is_newer(serial, serial)
    opposite = (serial + 2**31) % 2**32
    assert not is_newer(serial, opposite)
    assert not is_newer(opposite, serial)


@pytest.mark.parametrize(
    ("serial", "announced", "after", "expected"),
    [
        (5, 5, None, Standing.CURRENT),
        (6, 5, 9, Standing.CURRENT),
        (4, 5, None, Standing.LAGGING),
        (0xFFFFFFFF, 0, None, Standing.LAGGING),
        (None, 5, None, Standing.UNKNOWN),
        (5, None, 4, Standing.CURRENT),
        (4, None, 4, Standing.LAGGING),
        (3, None, 4, Standing.LAGGING),
        (3, None, None, Standing.UNKNOWN),
        (None, None, 4, Standing.UNKNOWN),
    ],
)
def test_how_a_reply_stands_to_what_was_announced(
    serial: int | None, announced: int | None, after: int | None, expected: Standing
) -> None:
    assert standing(serial, Fence(announced, after, 100.0, 5.0)) is expected


CHECK = Checked(5, 990.0, "s")


@pytest.mark.parametrize(
    ("version", "latest", "granted", "asking", "expected"),
    [
        (5, CHECK, 1000.1, 1060.0, LiveOn(CHECK)),
        (5, CHECK, 1000.0, 1060.0, AskSerial()),
        (5, CHECK, 1000.0, 1000.0, Refetch()),  # its signatures expire: no check would help
        (5, Checked(6, 990.0, "s"), 1050.0, 1060.0, Refetch()),
        (5, Checked(4, 990.0, "s"), 1050.0, 1060.0, Refetch()),
        (None, CHECK, 1050.0, 1060.0, Refetch()),
        (5, None, 1050.0, 1060.0, Refetch()),
    ],
)
def test_an_entry_lives_on_only_in_the_version_it_came_in(
    version: int | None, latest: Checked | None, granted: float, asking: float, expected: object
) -> None:
    assert plan(version, latest, granted, asking, 1000.0) == expected


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(1, 300))
def test_what_may_be_superseded_is_brief_and_never_stale(kept: float, stale: float, brief: float) -> None:
    lifetime = Lifetime(1000.0, 1000.0 + kept, 1000.0 + kept + stale, int(kept))
    short = cut_short(lifetime, brief, "notify.brief")
    assert short.fresh_until <= min(lifetime.fresh_until, 1000.0 + brief)
    assert freshness(short, short.fresh_until) is Freshness.DEAD
    assert bool(short.reasons) is (short.stale_until < max(lifetime.fresh_until, lifetime.stale_until))
