# SPDX-License-Identifier: ISC
"""Hears every event and counts it. No I/O, no formatting: lines are `logs`' business, text is `collector`'s.

engine, cache, service ──event──► EventCounter ──► Counters ──(scrape)──► collector
                           └─────► further listeners (log, trace)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

from resolver.events import (
    Crashed,
    CutLearnt,
    Event,
    Evicted,
    LimitHit,
    QuestionEnded,
    RecordsScrubbed,
    ReplyDropped,
    Tell,
    TryEnded,
    TtlJudged,
)
from resolver.telemetry.counters import Counters

# Which published label the last word of a rule's name goes under: the first whose text it contains.
_BOUNDS = (
    ("nxdomain", "negative"),
    ("nodata", "negative"),
    ("lease", "lease"),
    ("rrsig", "rrsig"),
    ("min", "min"),
    ("max", "max"),
)
_LIMITS: Final = {True: "limits_hit_total", False: "limits_would_hit_total"}  # by whether it was enforced


def fan_out(listeners: Sequence[Tell]) -> Tell:
    """Return one listener that tells each event to those of `listeners` that hear its kind, in order.

    One that has `handlers` by kind hears those kinds alone, and not even a call is made for the others.
    """
    hearing: dict[type, tuple[Callable[[Any], None], ...]] = {
        kind: tuple(hear for listener in listeners if (hear := _ear(listener, kind)) is not None)
        for kind in get_args(Event)
    }

    def tell(event: Event) -> None:
        for hear in hearing[type(event)]:
            hear(event)

    return tell


def _ear(listener: Tell, kind: type) -> Callable[[Any], None] | None:
    handlers: Mapping[type, Callable[[Any], None]] | None = getattr(listener, "handlers", None)
    return listener if handlers is None else handlers.get(kind)


class EventCounter:
    """Counts events into `counters`."""

    def __init__(self, counters: Counters) -> None:
        self.counters = counters
        self.handlers: Mapping[type, Callable[[Any], None]] = {
            TryEnded: self._try_ended,
            QuestionEnded: self._question_ended,
            TtlJudged: self._ttl_judged,
            ReplyDropped: lambda e: counters.add("upstream_replies_dropped_total", (e.why.value,)),
            RecordsScrubbed: lambda e: counters.add("upstream_records_scrubbed_total", (), e.records),
            CutLearnt: self._cut_learnt,
            LimitHit: lambda e: counters.add(_LIMITS[e.enforced], (e.limit,)),
            Evicted: self._evicted,
            Crashed: lambda e: counters.add("crashes_total", (e.where,)),
            # QuestionStarted and QuerySent are counted when they end, with what came of them.
        }

    def __call__(self, event: Event) -> None:
        """Count one event. An event of a kind it does not know is ignored."""
        handler = self.handlers.get(type(event))
        if handler is not None:
            handler(event)

    def _try_ended(self, event: TryEnded) -> None:
        family = "ipv6" if ":" in event.server else "ipv4"
        self.counters.add("upstream_queries_total", (event.transport, family, event.verdict.value))
        if event.bytes_in:
            self.counters.add("upstream_received_bytes_total", (event.transport,), event.bytes_in)
            self.counters.observe("upstream_duration_seconds", event.rtt, (event.transport,))

    def _question_ended(self, event: QuestionEnded) -> None:
        self.counters.add("questions_total", (event.why, event.outcome))
        self.counters.observe("upstream_per_miss", event.queries, (event.why,))

    def _ttl_judged(self, event: TtlJudged) -> None:
        self.counters.observe("cache_ttl_seconds", event.published, ("published",))
        self.counters.observe("cache_ttl_seconds", event.kept, ("kept",))
        self._clamped(event.rules)

    def _cut_learnt(self, event: CutLearnt) -> None:
        self.counters.add("upstream_cuts_learnt_total")
        self._clamped(event.rules)

    def _clamped(self, rules: Sequence[str]) -> None:
        for rule in rules:
            self.counters.add("cache_ttl_clamped_total", (_bound(rule), rule))

    def _evicted(self, event: Evicted) -> None:
        self.counters.add("cache_evictions_total", (event.cache, event.reason), event.entries)
        for life in event.lives:
            self.counters.observe("cache_ttl_seconds", life, ("life_at_eviction",))


def _bound(rule: str) -> str:
    last = rule.rpartition(" ")[2]  # what stands before is the title of a rule of the operator's
    return next((bound for text, bound in _BOUNDS if text in last), "other")
