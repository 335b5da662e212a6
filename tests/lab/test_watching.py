# SPDX-License-Identifier: ISC
"""Who serves which value and until when it may: readings in, standings and bounds out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.watching import Reading, Role, Watch, Watched

AUTHORITY = Watched("ns1", Role.AUTHORITY)
SECOND = Watched("ns2", Role.AUTHORITY)
RESOLVER = Watched("@a", Role.RESOLVER)
OLD, NEW = ("192.0.2.1",), ("192.0.2.2",)


def test_a_cached_copy_has_to_go_when_the_ttl_it_showed_is_over():
    watch = Watch([RESOLVER], NEW)
    change = watch.observe(RESOLVER, Reading(100.0, OLD, 40))
    assert change is not None
    assert (change.before, change.after.must_switch_at) == (None, 140.0)
    assert watch.last_must_switch_at == 140.0


def test_a_ttl_that_counts_down_is_no_change_and_keeps_the_since():
    watch = Watch([RESOLVER], NEW)
    watch.observe(RESOLVER, Reading(100.0, OLD, 40))
    assert watch.observe(RESOLVER, Reading(110.0, OLD, 30)) is None
    assert watch.standings()[0].since_at == 100.0


def test_an_authority_has_no_instant_by_which_it_must_change():
    watch = Watch([AUTHORITY, RESOLVER], NEW)
    watch.observe(AUTHORITY, Reading(0.0, OLD, 60))
    watch.observe(RESOLVER, Reading(0.0, NEW, 60))
    assert watch.standings()[0].must_switch_at is None
    assert (watch.published, watch.still_published, watch.all_have) == (False, True, False)


def test_a_silent_authority_is_not_known_to_publish_the_old_value():
    watch = Watch([AUTHORITY], NEW)
    watch.observe(AUTHORITY, Reading(0.0, problem="no reply"))
    assert (watch.published, watch.still_published) == (False, False)


def test_all_have_it_only_when_all_were_read_and_have_it():
    watch = Watch([AUTHORITY, RESOLVER], NEW)
    watch.observe(AUTHORITY, Reading(0.0, NEW, 60))
    assert not watch.all_have
    watch.observe(RESOLVER, Reading(0.0, NEW, 60))
    assert watch.all_have


def test_an_answer_has_the_value_when_it_contains_it():
    watch = Watch([RESOLVER], NEW)
    watch.observe(RESOLVER, Reading(0.0, OLD + NEW, 60))
    assert watch.all_have


def test_the_old_value_is_over_its_ttl_after_the_last_authority_changed():
    watch = Watch([AUTHORITY, SECOND], NEW)
    watch.observe(AUTHORITY, Reading(0.0, OLD, 300))
    watch.observe(SECOND, Reading(0.0, OLD, 300))
    watch.observe(AUTHORITY, Reading(10.0, NEW, 60))
    assert watch.anywhere_until is None
    watch.observe(SECOND, Reading(25.0, NEW, 60))
    assert watch.anywhere_until == 325.0


def test_a_resolver_with_a_longer_copy_moves_that_bound():
    watch = Watch([AUTHORITY, RESOLVER], NEW)
    watch.observe(AUTHORITY, Reading(0.0, OLD, 20))
    watch.observe(RESOLVER, Reading(0.0, OLD, 500))
    watch.observe(AUTHORITY, Reading(5.0, NEW, 20))
    assert watch.anywhere_until == 500.0


def test_without_an_authority_seen_to_change_nothing_is_promised():
    watch = Watch([AUTHORITY], NEW)
    watch.observe(AUTHORITY, Reading(0.0, NEW, 60))
    assert watch.anywhere_until is None


def test_stale_data_has_no_instant():
    """RFC 8767: it is served until the authorities answer again."""
    watch = Watch([RESOLVER], NEW)
    watch.observe(RESOLVER, Reading(0.0, OLD, 30, stale=True))
    assert watch.standings()[0].must_switch_at is None
    assert watch.last_must_switch_at is None


def test_a_silence_is_a_change_and_keeps_the_instant_of_the_copy():
    watch = Watch([RESOLVER], NEW)
    watch.observe(RESOLVER, Reading(0.0, OLD, 30))
    assert watch.observe(RESOLVER, Reading(5.0, problem="no reply")) is not None
    assert watch.standings()[0].must_switch_at == 30.0


def test_a_farm_of_caches_is_seen_falling_back():
    watch = Watch([RESOLVER], NEW)
    watch.observe(RESOLVER, Reading(0.0, NEW, 60))
    change = watch.observe(RESOLVER, Reading(5.0, OLD, 20))
    assert change is not None
    assert change.after.fell_back == 1
    assert change.after.must_switch_at == 25.0


@given(
    ttl=st.integers(0, 86400),
    polls=st.lists(st.floats(0, 1000, allow_nan=False), min_size=1, max_size=20),
    fetched=st.floats(-1000, 0),
)
def test_whenever_it_is_asked_one_cache_is_given_the_same_instant_to_within_a_second(ttl, polls, fetched):
    """A resolver shows floor(left), so each reading bounds the end of its copy from below by less than a second."""
    ends_at = fetched + ttl
    for at in polls:
        if at >= ends_at:
            continue
        watch = Watch([RESOLVER], NEW)
        watch.observe(RESOLVER, Reading(at, OLD, int(ends_at - at)))
        until = watch.last_must_switch_at
        assert until is not None
        assert ends_at - 1 - 1e-6 <= until <= ends_at + 1e-6
