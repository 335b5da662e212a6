# SPDX-License-Identifier: ISC
"""What a whole question came to: a chain of cache entries, or a failure with its reason. No behaviour but reading."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from resolver.cache.entry import Entry, Kind
from resolver.wire import Ede, Rcode


class Cause(Enum):
    """Why a question failed; decides how long the failure is remembered (RFC 9520 section 3.2)."""

    UNREACHABLE = "unreachable"  # no server of the zone answered at all
    BROKEN = "broken"  # servers answered, none usably
    STRUCTURAL = "structural"  # cycle, CNAME loop, depth: asking again cannot help soon
    LIMIT = "limit"  # a work limit of ours
    OVERLOAD = "overload"  # no room to work; not remembered
    INTERNAL = "internal"  # our bug


class Resolved(NamedTuple):
    """An answer: the entries of the chain in order (aliases, then the positive or negative end).

    For a DNAME the chain holds the DNAME entry, then the synthesized CNAME entry. A chain that breaks off at an alias
    (the target failed) is never Resolved.
    """

    chain: tuple[Entry, ...]
    queries: int = 0  # upstream sends this work made, sub-questions included

    @property
    def rcode(self) -> int:
        """RCODE of the last link (RFC 6604 section 3)."""
        return Rcode.NXDOMAIN if self.chain[-1].kind is Kind.NXDOMAIN else Rcode.NOERROR


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer: `cause`, the Extended DNS Error to tell (RFC 8914), and the zone at which the work stood."""

    cause: Cause
    ede: Ede
    text: str
    zone: bytes
    queries: int = 0
    rcode: int = Rcode.SERVFAIL  # YXDOMAIN when a DNAME made a name too long (RFC 6672 section 2.2)


Outcome = Resolved | Failed
