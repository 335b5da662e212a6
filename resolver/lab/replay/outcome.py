# SPDX-License-Identifier: ISC
"""What became of one question, in one octet: how it was answered, and what else is true of it. No logic of caching.

    bits 0-2  Kind      3  QUERIED      4  OUTDATED      5  BEYOND      6  OUTAGE      7  PREFETCH_USED

A replay is then 256 counters, and two replays agree when their octets do.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Kind(IntEnum):
    """How a question was answered."""

    FRESH = 0  # from the cache, positive
    NEGATIVE = 1  # from the cache, NXDOMAIN or NODATA
    FAILURE = 2  # SERVFAIL, remembered (RFC 9520)
    STALE = 3  # from the cache past its TTL, at once (RFC 8767)
    STALE_WAITED = 4  # the same, after servers were tried for as long as `stale.client_timeout`
    ANSWERED = 5  # a miss: by the servers
    FAILED = 6  # a miss: SERVFAIL


KIND_BITS: Final = 7
QUERIED: Final = 8  # a query went upstream; with a hit it is a prefetch, or the refresh behind a stale answer
OUTDATED: Final = 16  # the owner had changed the data since they were fetched
BEYOND: Final = 32  # the data were older than the TTL that their owner published
OUTAGE: Final = 64  # the servers answered nothing at that instant
PREFETCH_USED: Final = 128  # the first answer that a prefetch made a hit: the life before it had ended
OUTCOMES: Final = 256

HITS: Final = (Kind.FRESH, Kind.NEGATIVE, Kind.FAILURE, Kind.STALE, Kind.STALE_WAITED)


def describe(outcome: int) -> str:
    """Return an outcome in words: `fresh`, `stale outdated outage` …"""
    words = [Kind(outcome & KIND_BITS).name.lower()]
    for bit, word in (
        (QUERIED, "queried"),
        (OUTDATED, "outdated"),
        (BEYOND, "beyond"),
        (OUTAGE, "outage"),
        (PREFETCH_USED, "prefetch-used"),
    ):
        if outcome & bit:
            words.append(word)
    return " ".join(words)
