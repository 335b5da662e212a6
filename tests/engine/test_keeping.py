# SPDX-License-Identifier: ISC
"""From reply to entry: ranks, lifetimes, signatures, wildcards, leases."""

from __future__ import annotations

import pytest

from resolver.cache.entry import Entry, Kind, Rank
from resolver.engine.keeping import expire_in
from resolver.engine.limits import Limits
from resolver.engine.outcome import Resolved
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy.lifetime import Freshness, freshness
from resolver.wire import from_text
from tests.engine.scripted import Asked, Bench, Sent, reply, rr, soa, tree


def kept(bench: Bench, name: str, kind: str = "A") -> Entry:
    outcome = bench.resolve(name, kind)
    assert isinstance(outcome, Resolved)
    return outcome.chain[-1]


def serving(*answer: str, authority: tuple[str, ...] = (), rcode: int = 0, aa: bool = True) -> Bench:
    return Bench(tree(lambda asked: reply(asked, answer, authority, rcode=rcode, aa=aa)))


def test_rfc2181_5_4_1_rank_by_aa() -> None:
    data = "www.leaf.shop0. 60 A 192.0.2.9"
    assert kept(serving(data), "www.leaf.shop0.").rank is Rank.AUTHORITATIVE_ANSWER
    assert kept(serving(data, aa=False), "www.leaf.shop0.").rank is Rank.NON_AUTHORITATIVE_ANSWER


def test_rfc2181_5_4_1_what_an_alias_leads_to_is_trusted_less() -> None:
    bench = serving("www.leaf.shop0. 60 CNAME a.leaf.shop0.", "a.leaf.shop0. 60 A 192.0.2.9")
    assert kept(bench, "www.leaf.shop0.").rank is Rank.ALIAS_TARGET


def test_rfc2181_5_2_one_ttl_for_the_set() -> None:
    bench = serving("www.leaf.shop0. 60 A 192.0.2.9", "www.leaf.shop0. 30 A 192.0.2.10")
    assert kept(bench, "www.leaf.shop0.").lifetime.kept_ttl == 30


@pytest.mark.parametrize(("ttl", "minimum", "expected"), [(60, 30, 30), (30, 60, 30), (86400, 86400, 10800)])
def test_rfc2308_5_negative_ttl(ttl: int, minimum: int, expected: int) -> None:
    bench = serving(authority=(soa("leaf.shop0.", minimum, ttl),), rcode=3)
    entry = kept(bench, "gone.leaf.shop0.")
    assert entry.kind is Kind.NXDOMAIN
    assert entry.lifetime.kept_ttl == expected


def test_rfc2308_5_a_denial_without_soa_is_not_cached() -> None:
    bench = serving(rcode=3)
    assert kept(bench, "gone.leaf.shop0.").lifetime.kept_ttl == 0
    bench.sent()
    bench.resolve("gone.leaf.shop0.")
    assert bench.sent() > 0


@pytest.mark.parametrize("ttl", [86400, 2**31 - 1, 2**31, 2**32 - 1])
def test_rfc8767_4_large_ttls_are_large_and_capped(ttl: int) -> None:
    assert kept(serving(f"www.leaf.shop0. {ttl} A 192.0.2.9"), "www.leaf.shop0.").lifetime.kept_ttl == 86400


def signature(world: VirtualWorld, *, ends_in: int, labels: int) -> str:
    from datetime import UTC, datetime

    end = datetime.fromtimestamp(world.wall() + ends_in, UTC).strftime("%Y%m%d%H%M%S")
    return f"A 8 {labels} 3600 {end} 20200101000000 1 leaf.shop0. AAAA"


def signed(owner: str, *, ends_in: int, labels: int, authority: tuple[str, ...] = ()) -> Bench:
    bench = Bench(tree(lambda asked: []))
    text = signature(bench.world, ends_in=ends_in, labels=labels)
    bench.network.servers["192.0.2.3"] = lambda asked: reply(
        asked, [f"{owner} 3600 A 192.0.2.9", f"{owner} 3600 RRSIG {text}"], authority
    )
    return bench


def test_rfc4035_5_3_3_the_signature_bounds_the_ttl() -> None:
    entry = kept(signed("www.leaf.shop0.", ends_in=100, labels=3), "www.leaf.shop0.")
    assert 99 <= entry.lifetime.kept_ttl <= 100
    assert len(entry.signatures) == 1
    assert not entry.wildcard


def test_rfc4034_3_1_5_a_signature_ends_at_its_instant_and_not_a_second_later() -> None:
    ends_at = 1_800_000_000
    record = rr(f"leaf.shop0. 300 RRSIG A 13 2 300 {ends_at} {ends_at - 60} 1 leaf.shop0. AAAA")
    assert expire_in((record,), ends_at - 9.25) == 9.25
    assert expire_in((record,), ends_at + 0.5) == -0.5


def test_rfc4035_5_3_4_fewer_labels_signed_means_a_wildcard() -> None:
    assert kept(signed("a.wild.leaf.shop0.", ends_in=9999, labels=3), "a.wild.leaf.shop0.").wildcard


PROOF = (
    "leaf.shop0. 3600 NS ns.leaf.shop0.",
    "wild.leaf.shop0. 300 NSEC www.leaf.shop0. A RRSIG NSEC",
    "wild.leaf.shop0. 300 RRSIG NSEC 8 3 300 20380101000000 20200101000000 1 leaf.shop0. AAAA",
)


def test_rfc4035_3_1_3_3_an_expansion_is_kept_with_the_proof_that_no_closer_name_exists() -> None:
    entry = kept(signed("a.wild.leaf.shop0.", ends_in=9999, labels=3, authority=PROOF), "a.wild.leaf.shop0.")
    assert [record.rtype for record in entry.proofs] == [47, 46]  # the NSEC and its RRSIG, not the NS set
    assert entry.lifetime.kept_ttl == 300
    assert entry.lifetime.reasons[-1].rule == "ceiling.wildcard_proof"


def test_a_name_that_is_there_needs_no_proof() -> None:
    entry = kept(signed("www.leaf.shop0.", ends_in=9999, labels=3, authority=PROOF), "www.leaf.shop0.")
    assert entry.proofs == ()
    assert entry.lifetime.kept_ttl == 3600


def test_the_zones_own_ns_set_dies_with_the_lease() -> None:
    """Neither fresh nor stale past what the parent granted (1 h here)."""
    bench = serving("leaf.shop0. 86400 NS ns.leaf.shop0.")
    entry = kept(bench, "leaf.shop0.", "NS")
    assert freshness(entry.lifetime, bench.world.now() + 3601) is Freshness.DEAD
    assert entry.lifetime.reasons[-1].rule == "ceiling.lease"


def test_o12_a_set_of_more_than_256_records_is_not_kept() -> None:
    def leaf(asked: Asked) -> Sent:
        return reply(asked, [f"www.leaf.shop0. 60 A 10.0.{index >> 8}.{index & 255}" for index in range(300)])

    bench = Bench(tree(leaf), limits=Limits())
    outcome = bench.resolve("www.leaf.shop0.")
    if isinstance(outcome, Resolved):  # the UDP reply is over 1232 octets, so TCP brings it
        assert outcome.chain[-1].lifetime.kept_ttl == 0
    assert bench.caches.records.peek(from_text("www.leaf.shop0."), 1) is None
