# SPDX-License-Identifier: ISC
"""Fetching what is asked for before it expires, or after: begun here, waited for by nobody.

When a fetch is due, `policy` decides. A prefetch counts as used only when a client asks after the old entry would have
died.
"""

from __future__ import annotations

from math import inf
from typing import Final

from resolver.cache.entry import Entry
from resolver.engine.outcome import Cause, Failed
from resolver.policy import Policy
from resolver.policy.lifetime import Freshness, freshness
from resolver.policy.prefetch import prefetch_at
from resolver.service.counters import ServiceCounters
from resolver.service.single_flight import FlightEnded, FlightKey, SingleFlight

_UNUSED_MAX: Final = 4096  # prefetched questions nobody has needed yet; past it the oldest count as wasted
PREFETCH: Final = "prefetch"
REFRESH: Final = "refresh"


class Refresher:
    """Starts prefetches and refreshes, and keeps count of what they were good for."""

    def __init__(self, policy: Policy, counters: ServiceCounters) -> None:
        self._policy = policy
        self._counters = counters
        self._running: dict[FlightKey, float] = {}  # until when the entry being replaced was fresh
        self._unused: dict[FlightKey, float] = {}

    def hit(
        self, flights: SingleFlight, key: FlightKey, qname: bytes, chain: tuple[Entry, ...], now: float
    ) -> None:
        """A client was served `chain` fresh: prefetch it when a link is in the last part of its life."""
        needed_from = self._unused.get(key)
        if needed_from is not None and now >= needed_from:
            del self._unused[key]
            self._count("used")
        ending = [entry.lifetime for entry in chain if self._is_due(entry, now)]
        if ending and key not in self._running:
            self._prefetch(flights, key, qname, [lifetime.fresh_until for lifetime in ending])

    def missed(self, key: FlightKey) -> None:
        """A client asked for what is not fresh: what was prefetched for it died unused."""
        if self._unused.pop(key, None) is not None:
            self._count("wasted")

    def refresh(self, flights: SingleFlight, key: FlightKey, qname: bytes) -> None:
        """Resolve for the cache alone, after a stale answer was given at once."""
        flights.begin(key, qname, REFRESH)

    def image_bounds(self, key: FlightKey, chain: tuple[Entry, ...]) -> tuple[float, float]:
        """How long an image of the answer may stand in for the slow path, and when one hit must go that way.

        The slow path starts prefetches, and sees whether the last one was needed.
        """
        return self._unused.get(key, inf), min(map(self._due_at, chain))

    def ended(self, event: FlightEnded) -> None:
        """A resolution ended; if it was a prefetch, see what came of it."""
        fresh_until = self._running.pop(event.key, None)
        if fresh_until is None:
            return
        if isinstance(event.outcome, Failed):
            self._count("failed")
            return
        if len(self._unused) >= _UNUSED_MAX:
            del self._unused[next(iter(self._unused))]
            self._count("wasted")
        self._unused[event.key] = fresh_until

    def _prefetch(self, flights: SingleFlight, key: FlightKey, qname: bytes, ends: list[float]) -> None:
        """Ask again for the links that end at the instants `ends`; the others of the chain still do."""
        if flights.known_failure(key) is not None or flights.is_under_way(key):
            return
        self._running[key] = min(ends)
        begun = flights.begin(key, qname, PREFETCH, renew=max(ends))
        if isinstance(begun, Failed) and begun.cause is Cause.OVERLOAD:
            self._running.pop(key, None)
            return
        self.missed(key)  # the one before it, if nobody needed it
        self._count("started")

    def _due_at(self, entry: Entry) -> float:
        return prefetch_at(entry.subject, entry.lifetime, self._policy)

    def _is_due(self, entry: Entry, now: float) -> bool:
        return now >= self._due_at(entry) and freshness(entry.lifetime, now) is Freshness.FRESH

    def _count(self, result: str) -> None:
        self._counters.prefetch[result] += 1
