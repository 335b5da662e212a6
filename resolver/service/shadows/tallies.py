# SPDX-License-Identifier: ISC
"""What is counted of one policy, and the sample of names it is counted over. Plain numbers; nothing is judged here.

Names are in the sample or out of it for good, by a keyed hash, so that a name's whole history is seen or none of it:
ratios of the sample are those of all names, up to the error that `estimates` tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

# Names of the sample are dealt into so many groups; how far these differ says how far the sample may be off.
GROUPS: Final = 16
_HASHED: Final = 1 << 64


class Tally:
    """What one policy would have done with the questions of one group of names.

    `requests` splits into `fresh`, `negative`, `stale`, `failure` and what it would have missed. `upstream` are the
    resolutions it would have begun, of which `prefetches` before anybody had to wait. `outdated` answers differ from
    what was fetched by then, by `outdated_seconds` in all since that; `beyond_ttl` were older than the owner's TTL.
    """

    __slots__ = FIELDS = (
        "requests",
        "fresh",
        "negative",
        "stale",
        "failure",
        "upstream",
        "prefetches",
        "outdated",
        "outdated_seconds",
        "beyond_ttl",
    )

    requests: int
    fresh: int
    negative: int
    stale: int
    failure: int
    upstream: int
    prefetches: int
    outdated: int
    outdated_seconds: float
    beyond_ttl: int

    def __init__(self) -> None:
        self.requests = self.fresh = self.negative = self.stale = self.failure = 0
        self.upstream = self.prefetches = self.outdated = self.beyond_ttl = 0
        self.outdated_seconds = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One policy's tallies by group of names. `mode` is enforce or shadow; `part` is the share of names looked at.

    `common` is what all policies did alike.
    """

    name: str
    mode: str
    part: float
    tallies: tuple[Tally, ...]
    common: tuple[Tally, ...] = ()

    def total(self, field: str) -> float:
        """The sum over all groups, of the sample."""
        return float(sum(self.by_group(field)))

    def by_group(self, field: str) -> list[float]:
        """The sums of each group."""
        sums = [getattr(tally, field) for tally in self.tallies]
        for group, tally in enumerate(self.common):
            sums[group] += getattr(tally, field)
        return sums


class Sample:
    """Which names are looked at: a `part` of all, between 0 and 1, chosen by `key` (at most 64 bytes)."""

    __slots__ = ("_key", "_limit", "part")

    def __init__(self, part: float, key: bytes) -> None:
        self.part = part
        self._key = key
        self._limit = int(part * _HASHED)

    def group(self, name: bytes) -> int | None:
        """The group of a folded name, or None when it is not in the sample."""
        digest = int.from_bytes(blake2b(name, digest_size=8, key=self._key).digest(), "big")
        return digest % GROUPS if digest < self._limit else None
