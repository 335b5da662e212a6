# SPDX-License-Identifier: ISC
"""One thing remembered: an RRset with its signatures, or the proof that there is none. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from resolver.policy.lifetime import Lifetime
from resolver.policy.subject import AnswerClass, Subject
from resolver.wire import Record


class Kind(Enum):
    """What an entry says about its owner and type."""

    POSITIVE = "positive"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"


class Rank(IntEnum):
    """Trustworthiness after RFC 2181 section 5.4.1; higher replaces lower, never the other way while it lives."""

    GLUE = 1  # additional section, or authority section of a referral: never answers a client
    NON_AUTHORITATIVE_ANSWER = 2  # answer section without AA
    ALIAS_TARGET = 3  # answer section with AA, but past the first owner of a chain
    AUTHORITATIVE_ANSWER = 4  # answer section with AA; negative answers with AA


# The type under which an NXDOMAIN is stored: it denies all types of its name (RFC 2308 section 5). Type 0 is reserved.
NXDOMAIN_TYPE = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """An RRset and its RRSIGs (one entry), or a negative answer with its SOA and proofs.

    `owner` is spelled as received, `rtype` is what was asked (NXDOMAIN_TYPE for an NXDOMAIN). `records` is empty and
    `soa` set for a negative; `proofs` are its NSEC/NSEC3 and all RRSIGs of the authority section, or for an RRset
    expanded from a wildcard the NSEC/NSEC3 that deny a closer name (RFC 4035 section 3.1.3.3). TTLs inside records are
    those published. `zone` is the key of the zone whose server `server` said so. `wildcard` marks an RRset expanded
    from one (RRSIG labels fewer than the owner's, RFC 4035 section 5.3.4). `synthesized` marks a CNAME made
    from a DNAME.
    """

    kind: Kind
    owner: bytes
    rtype: int
    records: tuple[Record, ...]
    signatures: tuple[Record, ...]
    soa: Record | None
    proofs: tuple[Record, ...]
    rank: Rank
    lifetime: Lifetime
    zone: bytes
    server: str
    wildcard: bool = False
    synthesized: bool = False

    @property
    def key(self) -> bytes:
        """The folded owner name."""
        return self.owner.lower()

    @property
    def subject(self) -> Subject:
        """The entry as policies see it."""
        return Subject(self.owner.lower(), self.rtype, _CLASSES[self.kind], self.lifetime.published_ttl)


_CLASSES: Final = {
    Kind.POSITIVE: AnswerClass.POSITIVE,
    Kind.NODATA: AnswerClass.NODATA,
    Kind.NXDOMAIN: AnswerClass.NXDOMAIN,
}
