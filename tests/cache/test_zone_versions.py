# SPDX-License-Identifier: ISC
"""What is known of serials: between two equal ones of one server nothing changed, and no table grows for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.cache.zone_versions import ZoneVersions
from resolver.policy.revalidation import Standing, standing
from resolver.wire import ROOT, from_text

ZONE = from_text("example.com")


def test_a_version_is_known_between_two_equal_serials_of_one_server() -> None:
    versions = ZoneVersions()
    versions.observe(ZONE, "a", 5, 100.0)
    assert versions.version(ZONE, "a", 100.0) == 5
    assert versions.version(ZONE, "a", 101.0) is None
    versions.observe(ZONE, "a", 5, 200.0)
    assert versions.version(ZONE, "a", 150.0) == 5
    assert versions.version(ZONE, "a", 99.0) is None
    assert versions.version(ZONE, "b", 150.0) is None
    versions.observe(ZONE, "a", 6, 300.0)
    assert versions.version(ZONE, "a", 150.0) is None
    assert versions.of_server(ZONE, "a") == 6


def test_a_clock_that_was_set_back_proves_nothing() -> None:
    versions = ZoneVersions()
    versions.observe(ZONE, "a", 5, 200.0)
    versions.observe(ZONE, "a", 5, 100.0)
    assert versions.version(ZONE, "a", 150.0) is None


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), max_size=30))
def test_a_version_that_is_told_was_that_servers_all_along(heard: list[tuple[str, int]]) -> None:
    versions = ZoneVersions()
    truth: dict[str, list[tuple[int, int]]] = {"a": [], "b": []}
    for at, (server, serial) in enumerate(heard):
        versions.observe(ZONE, server, serial, float(at))
        truth[server].append((at, serial))
    for server, seen in truth.items():
        for at in range(len(heard)):
            version = versions.version(ZONE, server, float(at))
            before = [serial for when, serial in seen if when <= at]
            after = [serial for when, serial in seen if when >= at]
            assert version is None or (before[-1] == version == after[0])


def test_the_latest_is_the_newest_and_not_the_last() -> None:
    versions = ZoneVersions()
    versions.observe(ZONE, "a", 5, 100.0)
    versions.observe(ZONE, "b", 4, 200.0)
    latest = versions.latest(ZONE)
    assert latest is not None
    assert (latest.serial, latest.at, latest.server) == (5, 100.0, "a")
    versions.observe(ZONE, "b", 5, 300.0)
    assert versions.latest(ZONE) == (5, 300.0, "b")


def test_a_fence_stands_until_its_time_and_covers_its_own_zone() -> None:
    versions = ZoneVersions()
    assert not versions.has_fences
    versions.raise_fence(ZONE, 7, 200.0, 5.0)
    name, child = from_text("a.sub.example.com"), from_text("sub.example.com")
    assert versions.has_fences
    found = versions.fence_over(name, ZONE, 199.0)
    assert found is not None
    assert found[0] == ZONE
    assert versions.fence_over(name, ROOT, 199.0) is not None  # the parent's server said it
    assert versions.fence_over(name, child, 199.0) is None  # a zone of its own
    assert versions.fence_over(from_text("example.org"), ROOT, 199.0) is None
    assert versions.fence_over(name, ZONE, 200.0) is None
    assert not versions.has_fences


def test_a_notify_without_a_serial_means_one_after_the_last_known() -> None:
    versions = ZoneVersions()
    versions.observe(ZONE, "a", 5, 100.0)
    versions.raise_fence(ZONE, None, 200.0, 5.0)
    fence = versions.fence(ZONE, 150.0)
    assert fence is not None
    assert (fence.serial, fence.after) == (None, 5)


def test_a_notify_without_a_serial_takes_back_none_that_was_announced() -> None:
    versions = ZoneVersions()
    versions.observe(ZONE, "a", 5, 100.0)
    versions.raise_fence(ZONE, 7, 200.0, 5.0)
    for until in (210.0, 220.0):
        versions.raise_fence(ZONE, None, until, 5.0)
    fence = versions.fence(ZONE, 150.0)
    assert fence is not None
    assert standing(6, fence) is Standing.LAGGING
    assert standing(8, fence) is Standing.CURRENT


def test_no_table_grows_for_ever() -> None:
    versions = ZoneVersions()
    for number in range(5000):
        zone = from_text(f"z{number}.example")
        versions.observe(zone, "a", 1, 100.0)
        versions.raise_fence(zone, 1, 200.0, 5.0)
    assert len(versions) == 4096
    fences = sum(versions.fence(from_text(f"z{n}.example"), 150.0) is not None for n in range(5000))
    assert fences == 1024
    assert versions.fence(from_text("z4999.example"), 150.0) is not None
