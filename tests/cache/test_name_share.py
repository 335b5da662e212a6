# SPDX-License-Identifier: ISC
"""What one name may hold (CVE-2024-1737, BIND max-types-per-name): its oldest types make room, no other name's."""

from __future__ import annotations

import pytest

from resolver.cache.entry import Entry
from resolver.cache.name_share import OCTETS, TYPES, NameShare
from resolver.cache.records import RecordCache
from resolver.events import Event, LimitHit
from resolver.wire import from_text
from tests.cache.making import denial, entry

MANY, OTHER = "many.example.", "other.example."
NAME = from_text(MANY)
HUGE = 1 << 30


class Told:
    """A cache with a share a name, and the limits it told of."""

    def __init__(self, **share: int) -> None:
        self.limits: list[str] = []
        self.cache = RecordCache(HUGE, self._hear, name_share=NameShare(self._hear, **share))
        self.cache.store(typed(OTHER, 1), 0.0)

    def _hear(self, event: Event) -> None:
        if isinstance(event, LimitHit):
            self.limits.append(event.limit)

    def held(self) -> list[int]:
        return [rtype for rtype in range(1, 2000) if self.cache.peek(NAME, rtype) is not None]


def typed(name: str, rtype: int, octets: int = 4) -> Entry:
    return entry(name, rtype, bytes(octets))


def test_cve_2024_1737_the_oldest_type_makes_room() -> None:
    told = Told(types=100)
    for rtype in range(1, 121):
        assert told.cache.store(typed(MANY, rtype), 0.0)
    assert told.held() == list(range(21, 121))
    assert told.limits == [TYPES] * 20
    assert told.cache.peek(from_text(OTHER), 1) is not None
    assert len(told.cache) == 101


@pytest.mark.parametrize("share", [{"types": 100}, {"size_bytes": 20_000}])
def test_who_asks_for_types_that_are_not_there_pushes_out_none_that_is(share: dict[str, int]) -> None:
    """The address of a name in use is its oldest type, since a new one takes its predecessor's place."""
    told = Told(**share)
    told.cache.store(typed(MANY, 1), 0.0)
    for rtype in range(1000, 1300):
        assert told.cache.store(denial(MANY, rtype), 0.0)
    assert told.cache.peek(NAME, 1) is not None
    assert told.cache.peek(NAME, 1299) is not None
    assert told.cache.peek(NAME, 1000) is None


def test_a_type_that_is_there_already_takes_no_other_place() -> None:
    told = Told(types=2)
    for rtype in (1, 2, 1, 2, 1):
        told.cache.store(typed(MANY, rtype), 0.0)
    assert told.held() == [1, 2]
    assert not told.limits


def test_bytes_at_one_name_are_bounded_too_and_a_larger_successor_counts() -> None:
    told = Told(size_bytes=10_000)
    for rtype in range(1, 8):
        told.cache.store(typed(MANY, rtype, 1000), 0.0)
    assert told.held() == list(range(1, 8))
    told.cache.store(typed(MANY, 7, 5000), 0.0)
    assert told.held() == [4, 5, 6, 7]
    assert set(told.limits) == {OCTETS}


def test_what_is_too_large_alone_is_not_kept_and_takes_the_place_of_its_predecessor() -> None:
    told = Told(size_bytes=10_000)
    told.cache.store(typed(MANY, 1), 0.0)
    told.cache.store(typed(MANY, 2), 0.0)
    assert not told.cache.store(typed(MANY, 1, 20_000), 0.0)
    assert told.held() == [2]
    assert told.limits == [OCTETS]


@pytest.mark.parametrize("size", [0, 64 << 10])
def test_an_empty_name_has_nothing_to_give(size: int) -> None:
    assert not NameShare(lambda event: None, 1, 64 << 10).surplus((), 1, size, lambda slot: 0, 0.0)
