# SPDX-License-Identifier: ISC
"""The packed form by example: what it costs, and each of its shapes. Its laws are in properties/test_cache_packed."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from resolver.cache import Entry, Kind, Rank
from resolver.cache.budget import entry_bytes
from resolver.cache.packed import pack, place, unpack
from resolver.policy import Lifetime, Reason
from resolver.wire import Record, Rtype
from tests.cache.making import alias, denial, entry, k, n

PLAIN = entry("www.example.")
SIGNATURE = Record(n("www.example."), Rtype.RRSIG, 1, 300, bytes(96))

SHAPES = {
    "one address": PLAIN,
    "several addresses": entry("www.example.", 1, *[bytes([i] * 4) for i in range(13)]),
    "no octets": entry("www.example.", 65280, b""),
    "no octets twice": entry("www.example.", 65280, b"", b"", b"x"),
    "spelled": entry("WwW.Example."),
    "zone apart": replace(PLAIN, zone=k("elsewhere.test.")),
    "root zone": replace(PLAIN, zone=k(".")),
    "root": entry("."),
    "alias": alias("www.example.", "Target.Elsewhere.TEST."),
    "nodata": denial("www.example.", Rtype.AAAA),
    "nxdomain": denial("www.example."),
    "signed": replace(PLAIN, signatures=(SIGNATURE,), wildcard=True, proofs=(SIGNATURE, SIGNATURE)),
    "another class": replace(PLAIN, records=(PLAIN.records[0]._replace(rclass=3),)),
    "another TTL": replace(PLAIN, records=(PLAIN.records[0]._replace(ttl=1),)),
    "another owner": replace(PLAIN, records=(PLAIN.records[0]._replace(owner=n("other.")),)),
    "a made CNAME": replace(alias("www.example.", "t."), synthesized=True),
    "glue": entry("ns.example.", rank=Rank.GLUE),
    "audited": replace(
        PLAIN, lifetime=Lifetime(0.5, 60.5, 3660.5, 300, (Reason("policy.max_ttl", 300.0, 60.0),) * 3)
    ),
    "for ever": replace(PLAIN, lifetime=Lifetime(0.0, float("inf"), float("inf"), (1 << 32) - 1)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_comes_back(shape: str) -> None:
    one = SHAPES[shape]
    assert unpack(place(pack(one, one.key), 7, 9), one.key) == one


def test_a_single_address_takes_a_hundred_octets_and_its_name() -> None:
    owner = k("h123456.zone1234567.net.")
    one = replace(entry("h123456.zone1234567.net."), zone=owner[8:])
    assert len(owner) == 25
    assert len(place(pack(one, owner), 1, 1)) <= 64
    assert entry_bytes(one) == 64 + 96


def test_a_zone_that_is_the_owners_costs_nothing() -> None:
    apart = replace(PLAIN, zone=k("elsewhere.test."))
    assert len(pack(apart, apart.key)) == len(pack(PLAIN, PLAIN.key)) + len(apart.zone)


def test_numbers_no_message_has_are_refused() -> None:
    with pytest.raises(struct.error):
        pack(replace(PLAIN, rtype=1 << 16), PLAIN.key)


def test_what_comes_out_does_not_share_what_went_in() -> None:
    packed = place(pack(PLAIN, PLAIN.key), 1, 1)
    first, second = unpack(packed, PLAIN.key), unpack(packed, PLAIN.key)
    assert first == second
    assert first is not second
    assert isinstance(first, Entry)
    assert first.kind is Kind.POSITIVE
