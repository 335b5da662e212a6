# SPDX-License-Identifier: ISC
"""Who hears what. (What the counts look like when published: test_collector.)"""

from __future__ import annotations

from typing import get_args

import pytest

from resolver.events import (
    Crashed,
    CutLearnt,
    Event,
    Evicted,
    LimitHit,
    QuerySent,
    QuestionStarted,
    RecordsScrubbed,
    TtlJudged,
)
from resolver.telemetry.counters import Counters
from resolver.telemetry.listener import EventCounter, fan_out

NAME = b"\x01a\x00"


def test_everybody_hears_everything_in_order():
    heard = []
    tell = fan_out([lambda e: heard.append(("one", e)), lambda e: heard.append(("two", e))])
    event = LimitHit(1.0, "x")
    tell(event)
    assert heard == [("one", event), ("two", event)]


def test_one_that_names_its_kinds_hears_those_alone_and_in_its_turn():
    heard = []

    class Choosy:
        def __init__(self):
            self.handlers = {LimitHit: lambda event: heard.append(("choosy", event))}

        def __call__(self, event):
            raise AssertionError("not by this way")

    tell = fan_out([Choosy(), lambda event: heard.append(("all", event))])
    limit, evicted = LimitHit(1.0, "x"), Evicted(1.0, "records", "space", 7)
    tell(limit)
    tell(evicted)
    assert heard == [("choosy", limit), ("all", limit), ("all", evicted)]


def test_every_kind_of_event_has_a_counter():
    counter = EventCounter(Counters())
    begun = {QuestionStarted, QuerySent}  # counted when they end
    assert set(get_args(Event)) == set(counter.handlers) | begun


def test_counts_of_many_are_added_as_many():
    counters = Counters()
    count = EventCounter(counters)
    count(Evicted(1.0, "records", "space", 7))
    count(RecordsScrubbed(1.0, NAME, 3))
    count(Crashed(1.0, "engine", "trace"))
    assert counters.get("cache_evictions_total", ("records", "space")) == 7
    assert counters.get("upstream_records_scrubbed_total") == 3
    assert counters.get("crashes_total", ("engine",)) == 1


def test_what_had_to_make_room_says_how_long_it_was_held():
    counters = Counters()
    EventCounter(counters)(Evicted(1.0, "records", "space", 2, (4.0, 700.0)))
    (lives,) = (s for s in counters.samples() if s.labels == ("life_at_eviction",))
    assert lives.value.total == 704.0


def test_a_lease_that_a_rule_cut_counts_as_clamped():
    counters = Counters()
    EventCounter(counters)(CutLearnt(1.0, NAME, 1, 1, 60.0, 172800, ("policy.delegation_max_ttl",)))
    assert counters.sum("cache_ttl_clamped_total") == 1


@pytest.mark.parametrize(
    ("rule", "bound"),
    [
        ("policy.min_ttl", "min"),
        ("policy.max_ttl", "max"),
        ("policy.nxdomain_max_ttl", "negative"),
        ("policy.nodata_min_ttl", "negative"),
        ("policy.delegation_max_ttl", "max"),
        ("ceiling.lease", "lease"),
        ("ceiling.rrsig_expired", "rrsig"),
        ('rule 2 "admin lease" max', "max"),
        ('rule 1 "nodata" jitter', "other"),
    ],
)
def test_a_clamp_is_counted_under_its_bound_whatever_a_rule_is_called(rule: str, bound: str) -> None:
    counters = Counters()
    EventCounter(counters)(TtlJudged(1.0, b"\x00", 1, "positive", 300, 60, (rule,)))
    assert ("cache_ttl_clamped_total", (bound, rule), 1) in [tuple(sample) for sample in counters.samples()]
