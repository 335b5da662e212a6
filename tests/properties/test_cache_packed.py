# SPDX-License-Identifier: ISC
"""Laws of the packed form: nothing is lost, and what is read without unpacking is what unpacking says."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from resolver.cache import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.cache.budget import entry_bytes
from resolver.cache.packed import (
    instants_of,
    kind_of,
    pack,
    place,
    place_of,
    rank_of,
    rtype_of,
    slot_of,
    unpack,
)
from resolver.policy import Freshness, Lifetime, Reason, freshness
from resolver.wire import Record, from_text

NAMES = [from_text(text) for text in (".", "a.", "B.a.", "www.b.A.", "x" * 63 + "." + "y" * 63 + ".b.a.")]
OWNERS = st.sampled_from(NAMES)
NUMBERS_16 = st.integers(0, 0xFFFF)
NUMBERS_32 = st.integers(0, 0xFFFFFFFF)
INSTANTS = st.floats(allow_nan=False)
RDATAS = st.binary(max_size=300) | st.just(bytes(65535))
REASONS = st.builds(Reason, st.sampled_from(["policy.max_ttl", "ceiling.rrsig"]), INSTANTS, INSTANTS)
LIFETIMES = st.builds(
    Lifetime, INSTANTS, INSTANTS, INSTANTS, NUMBERS_32, st.lists(REASONS, max_size=4).map(tuple)
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    owner, rtype, lifetime = draw(OWNERS), draw(NUMBERS_16), draw(LIFETIMES)
    kind = draw(st.sampled_from(Kind))
    any_records = st.lists(
        st.builds(Record, OWNERS, NUMBERS_16, NUMBERS_16, NUMBERS_32, RDATAS), max_size=3
    ).map(tuple)
    # Most are as the engine makes them: they share all but their rdata.
    alike = st.builds(
        Record, st.just(owner), st.just(rtype), st.just(1), st.just(lifetime.published_ttl), RDATAS
    )
    records = draw(st.lists(alike, max_size=4).map(tuple) | any_records)
    others = st.just(()) | any_records
    return Entry(
        kind,
        owner,
        NXDOMAIN_TYPE if kind is Kind.NXDOMAIN else rtype,
        records,
        draw(others),
        draw(st.none() | st.builds(Record, OWNERS, NUMBERS_16, NUMBERS_16, NUMBERS_32, RDATAS)),
        draw(others),
        draw(st.sampled_from(Rank)),
        lifetime,
        draw(OWNERS.map(bytes.lower) | st.just(owner.lower())),
        draw(st.sampled_from(["", "192.0.2.53", "2001:db8::53", "fe80::1%eth0"])),
        draw(st.booleans()),
        draw(st.booleans()),
    )


@given(entries(), st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 64) - 1))
def test_unpack_of_pack_is_the_entry(entry: Entry, slot: int, generation: int) -> None:
    packed = place(pack(entry, entry.key), slot, generation)
    again = unpack(packed, entry.key)
    assert again == entry
    assert hash(again) == hash(entry)
    assert repr(again) == repr(entry)  # the same types throughout, which equality alone does not say
    assert (slot_of(packed), place_of(packed)) == (slot, (slot, generation))


@given(entries(), st.floats(allow_nan=False))
def test_what_is_read_in_place_is_what_the_entry_says(entry: Entry, now: float) -> None:
    packed = place(pack(entry, entry.key), 1, 1)
    assert (rtype_of(packed), kind_of(packed)) == (entry.rtype, entry.kind)
    assert rank_of(packed) == entry.rank
    assert freshness(instants_of(packed), now) is freshness(entry.lifetime, now)
    # The store takes the later of the two ends for the instant of death.
    end = max(entry.lifetime.fresh_until, entry.lifetime.stale_until)
    assert (freshness(entry.lifetime, now) is Freshness.DEAD) is (end <= now)


@given(entries())
def test_what_comes_out_is_a_true_entry(entry: Entry) -> None:
    again = unpack(place(pack(entry, entry.key), 1, 1), entry.key)
    assert type(again) is Entry
    assert type(again.lifetime) is Lifetime
    assert dataclasses.replace(again, server="") == dataclasses.replace(entry, server="")
    try:
        again.rtype = 1  # type: ignore[misc]
    except dataclasses.FrozenInstanceError:
        return
    raise AssertionError("it can be changed")


@given(entries())
def test_the_weight_is_no_less_than_the_content(entry: Entry) -> None:
    content = sum(len(record.rdata) for record in (*entry.records, *entry.signatures, *entry.proofs))
    assert entry_bytes(entry) >= content + len(entry.owner)
