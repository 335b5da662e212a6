# SPDX-License-Identifier: ISC
"""What the service counts: plain integers in dicts, read by telemetry at scrape time.

No names, no clients, no formatting.
"""

from __future__ import annotations

from bisect import bisect_left
from enum import StrEnum
from typing import Final, NamedTuple

from resolver.cache.entry import Entry, Kind
from resolver.service.shadows.tallies import Judged
from resolver.wire.codes import type_to_text

# Upper bounds in seconds, inclusive; the last bucket is open.
DURATION_EDGES: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0,
)  # fmt: skip
# Seconds: what a timer of the event loop was late. Row O16 allows 20 ms for all but one in a thousand, 100 ms for any.
LAG_EDGES: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
# Seconds. The steps at which zone owners publish TTLs, from none to the default cap of a day, and beyond.
TTL_EDGES: Final = (
    0, 5, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 604800,
)  # fmt: skip
# The difference of two instants may be a rounding error above what it was made from.
_TTL_EDGES: Final = tuple(edge + 1e-3 for edge in TTL_EDGES)
# Record types that may be a label; all others count as "other", or a client could invent 65,536 series.
_TYPES: Final = {
    number: type_to_text(number)
    for number in (1, 2, 5, 6, 12, 15, 16, 28, 33, 35, 43, 46, 48, 52, 64, 65, 255, 257)
}  # fmt: skip


class Source(StrEnum):
    """Where an answer came from; the label of responses and durations."""

    HIT = "hit"
    NEGATIVE = "negative"
    STALE = "stale"
    FAILURE = "failure"
    JOINED = "joined"
    MISS = "miss"
    LOCAL = "local"
    REFUSED = "refused"


class ImageKind(NamedTuple):
    """What one hit on an image counts as."""

    transport: str
    family: str
    rtype: int
    rcode: int
    kind: str
    source: Source


class Histogram:
    """Counts of observations by bucket, with their sum."""

    __slots__ = ("counts", "edges", "total")

    def __init__(self, edges: tuple[float, ...] = DURATION_EDGES) -> None:
        self.edges = edges
        self.counts = [0] * (len(edges) + 1)
        self.total = 0.0

    def observe(self, value: float, count: int = 1) -> None:
        """Count one observation, or several of the same value."""
        self.counts[bisect_left(self.edges, value)] += count
        self.total += value * count


class ImageAccount:
    """Hits on images of one kind: see `ServiceCounters.account`. `hits` are those not counted elsewhere yet."""

    __slots__ = ("_ages", "_lefts", "hits")

    def __init__(self, at_hit: Histogram, age_at_hit: Histogram) -> None:
        self._lefts = at_hit
        self._ages = age_at_hit
        self.hits = 0

    def add(self, hits: int, left: float, age: float) -> None:
        """Count hits on an answer with `left` seconds to live whose oldest record was stored `age` seconds ago.

        This is done once a second for each image that is hit, so nothing is called that need not be.
        """
        self.hits += hits
        lefts, ages = self._lefts, self._ages
        lefts.counts[bisect_left(_TTL_EDGES, left)] += hits
        lefts.total += left * hits
        ages.counts[bisect_left(_TTL_EDGES, age)] += hits
        ages.total += age * hits


class ServiceCounters:
    """Everything counted about questions and answers; attribute names follow the metrics of the interface page.

    An answer given within the call that brought its question counts as taking no time: it is a hit, fast or slow.
    """

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str, str], int] = {}  # proto, family, type
        self.responses: dict[tuple[int, str], int] = {}  # rcode, source
        self.durations: dict[str, Histogram] = {source.value: Histogram() for source in Source}
        self.dropped: dict[str, int] = {}  # reason
        self.notifies: dict[str, int] = {}  # what was done about NOTIFYs
        self.cookies: dict[str, int] = {}  # of clients, by what they are worth
        self.cache_requests = 0
        self.cache_hits: dict[tuple[str, str], int] = {}  # success|denial|failure, fresh|stale
        self.cache_misses: dict[str, int] = {}  # cause
        self.prefetch: dict[str, int] = {"started": 0, "used": 0, "wasted": 0, "failed": 0}
        self.served_stale = 0
        self.withheld: dict[str, int] = {}  # type, of RRsets that `[rebinding]` filters
        self.at_hit = Histogram(TTL_EDGES)
        self.age_at_hit = Histogram(TTL_EDGES)
        self.judged: tuple[Judged, ...] = ()  # by policy; empty when there are no shadows
        self._accounts: dict[ImageKind, ImageAccount] = {}

    def account(self, kind: ImageKind) -> ImageAccount:
        """Where hits on images of one kind are brought; `settle` counts them with all others."""
        account = self._accounts.get(kind)
        if account is None:
            account = self._accounts[kind] = ImageAccount(self.at_hit, self.age_at_hit)
        return account

    def settle(self) -> None:
        """Count what was brought to account, as what it is."""
        for kind, account in self._accounts.items():
            if account.hits:
                self._image_hits(account.hits, kind)
                account.hits = 0

    def asked(self, transport: str, family: str, rtype: int) -> None:
        """A question came."""
        key = transport, family, type_label(rtype)
        self.requests[key] = self.requests.get(key, 0) + 1

    def answered(self, rcode: int, source: Source, seconds: float) -> None:
        """A response goes out `seconds` after its question came."""
        key = rcode, source
        self.responses[key] = self.responses.get(key, 0) + 1
        self.durations[source].observe(seconds)
        if source is Source.STALE:
            self.served_stale += 1

    def _image_hits(self, count: int, image: ImageKind) -> None:
        """So many questions of one kind came, were fresh hits, and were answered within the call that brought them."""
        asked = image.transport, image.family, type_label(image.rtype)
        self.requests[asked] = self.requests.get(asked, 0) + count
        self.cache_requests += count
        hit = image.kind, "fresh"
        self.cache_hits[hit] = self.cache_hits.get(hit, 0) + count
        said = image.rcode, image.source
        self.responses[said] = self.responses.get(said, 0) + count
        self.durations[image.source].observe(0.0, count)

    def drop(self, reason: str) -> None:
        """A datagram gets no response."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1

    def withhold(self, rtype: int) -> None:
        """A client is not told an RRset of that type."""
        label = type_label(rtype)
        self.withheld[label] = self.withheld.get(label, 0) + 1

    def hit(self, kind: str, state: str) -> None:
        """The cache answered: kind success, denial or failure; state fresh or stale."""
        self.cache_requests += 1
        key = kind, state
        self.cache_hits[key] = self.cache_hits.get(key, 0) + 1

    def fresh(self, left: float, age: float) -> None:
        """The answer of a fresh hit had `left` seconds to live; its oldest record was stored `age` seconds ago."""
        self.at_hit.observe(left)
        self.age_at_hit.observe(age)

    def miss(self, cause: str) -> None:
        """The cache could not answer."""
        self.cache_requests += 1
        self.cache_misses[cause] = self.cache_misses.get(cause, 0) + 1


def type_label(rtype: int) -> str:
    """The name of a type that clients really ask for; `other` for those that somebody may invent."""
    return _TYPES.get(rtype, "other")


def kind_of(chain: tuple[Entry, ...]) -> str:
    """The label of a hit: what the last link says."""
    return "success" if chain[-1].kind is Kind.POSITIVE else "denial"
