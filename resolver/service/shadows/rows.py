# SPDX-License-Identifier: ISC
"""What the shadows remember of a name and type: what was last fetched, and until when each policy would hold it.

No data is kept, only four bytes that tell one answer from another. Values and their weights; nothing is decided here.
"""

from __future__ import annotations

from math import inf
from typing import Final, NamedTuple
from zlib import crc32

from resolver.cache.budget import LRU_ITEM, NUMBER, OBJECT, bytes_weight
from resolver.cache.entry import Entry, Kind
from resolver.policy import Lifetime, Subject
from resolver.wire.records import soa_fields

Key = tuple[bytes, int]  # folded name, type

ENFORCED: Final = 0  # where the policy in force stands among those compared
SUPERSEDED: Final = -1  # the tag of data that is no more: something else is at its name

_TUPLE: Final = 56  # without its items
_SEEN: Final = 2 * _TUPLE + 16 * 8 + 6 * NUMBER
_HELD: Final = _TUPLE + 6 * (8 + NUMBER) + 16  # and its places in the lists of a row
_ROW: Final = 3 * OBJECT + LRU_ITEM + 2 * _TUPLE
# What the engine gives no life whatever a policy says: too many records, a denial without an SOA.
_NEVER_KEPT: Final = ("limits.", "rfc2308.")


class Seen(NamedTuple):
    """What the last fetch of a link brought: the facts a policy judges by, and a tag of the data.

    `owner_ttl` is the TTL its owner gave it, in seconds; `lifetime` what the policy in force made of it. `changed_at`
    is when the data was first seen to be what it is. Not `kept` is what no policy would keep.
    """

    subject: Subject
    soa_minimum: int | None
    signed_until: float | None
    proof_ttl: int | None
    lease_until: float | None
    owner_ttl: int
    tag: int
    changed_at: float
    lifetime: Lifetime
    kept: bool


class Held(NamedTuple):
    """What one policy would hold: since when, until when fresh and stale, from when a hit starts a prefetch.

    `owner_until` is the end of the owner's own TTL, `tag` stands for the data it would serve.
    """

    stored_at: float
    fresh_until: float
    stale_until: float
    prefetch_at: float
    owner_until: float
    tag: int


class Row:
    """One name and type: by policy what is held, and of which links the answer is made (none: of itself).

    `weight` is its bytes in memory, all policies holding something. `changes` counts the changes to what is seen or
    held. Up to `alike_until` all policies give the same answer, a true one within the owner's TTL, as long as there are
    no more than `alike_changes` to `alike_links`, its links.
    """

    __slots__ = (
        "alike_changes",
        "alike_links",
        "alike_until",
        "chains",
        "changes",
        "held",
        "key",
        "seen",
        "weight",
    )

    def __init__(self, key: Key, policies: int) -> None:
        self.key = key
        self.weight = _ROW + bytes_weight(len(key[0])) + _SEEN + policies * _HELD
        self.changes = 0
        self.alike_until = -inf
        self.alike_changes = 0
        self.alike_links: tuple[Row, ...] = ()
        self.seen: Seen | None = None
        self.held: list[Held | None] = [None] * policies
        self.chains: list[tuple[Key, ...]] = [()] * policies


def seen_of(entry: Entry, before: Seen | None, *, held: bool) -> Seen:
    """What `entry`, just fetched, says. `before` is what was seen of it last; `held`: the cache took it in.

    Ceilings are known from the audit of its lifetime: one that did not bind the enforced policy is not known.
    """
    lifetime = entry.lifetime
    minimum = None if entry.soa is None else soa_fields(entry.soa.rdata).minimum
    published = lifetime.published_ttl
    ends = {r.rule: r.after for r in lifetime.reasons if r.rule.startswith("ceiling.")}
    signed = ends.get("ceiling.rrsig")
    proof, lease = ends.get("ceiling.wildcard_proof"), ends.get("ceiling.lease")
    tag = tag_of(entry)
    since = before.changed_at if before is not None and before.tag == tag else lifetime.stored_at
    return Seen(
        entry.subject,
        minimum,
        lifetime.stored_at if "ceiling.rrsig_expired" in ends else _after(lifetime, signed),
        None if proof is None else int(proof),
        _after(lifetime, lease),
        published if minimum is None else min(published, minimum),
        tag,
        since,
        lifetime,
        held and not any(reason.rule.startswith(_NEVER_KEPT) for reason in lifetime.reasons),
    )


def tag_of(entry: Entry) -> int:
    """Four bytes that differ when the data does. The order of records is no difference, nor is the SOA of a denial."""
    if entry.kind is not Kind.POSITIVE:
        return crc32(entry.kind.value.encode())
    return crc32(
        b"".join(len(rdata).to_bytes(2, "big") + rdata for rdata in sorted(r.rdata for r in entry.records))
    )


def _after(lifetime: Lifetime, seconds: float | None) -> float | None:
    return None if seconds is None else lifetime.stored_at + seconds
