# SPDX-License-Identifier: ISC
"""Placeholder signatures are well-formed: dnspython reads every record, and the chain closes."""

from __future__ import annotations

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdatatype
import pytest

from resolver.lab.signing import EXPIRATION, INCEPTION, delegation_signer, sign
from resolver.lab.zones import Zone
from resolver.wire import RRset, Rtype, from_text, to_text
from resolver.wire.records import first_name, rrsig_fields
from tests.lab.asking import zone

ORIGIN = from_text("s0.")
TEXT = "@ NS ns\nns A 192.0.2.1\n*.w TXT x\na.b A 192.0.2.2\nsub NS ns.sub\nns.sub A 192.0.2.3\n"


@pytest.fixture
def signed() -> Zone:
    return Zone.build(ORIGIN, sign(ORIGIN, zone("s0.", TEXT).rrsets()))


def decode(rrset: RRset) -> list[dns.rdata.Rdata]:
    return [dns.rdata.from_wire(1, rrset.rtype, rdata, 0, len(rdata)) for rdata in rrset.rdatas]


def test_dnspython_reads_every_record(signed: Zone) -> None:
    for rrset in signed.rrsets():
        assert [rdata.to_wire() for rdata in decode(rrset)] == list(rrset.rdatas)


def test_rfc_4035_2_2_authoritative_sets_are_signed_and_no_others(signed: Zone) -> None:
    names = {to_text(key): set(node.signatures) for key, node in signed.nodes.items()}
    assert names["s0."] == {Rtype.SOA, Rtype.NS, Rtype.DNSKEY, Rtype.NSEC}
    assert names["sub.s0."] == {Rtype.NSEC}
    assert names["ns.sub.s0."] == set()
    assert names["b.s0."] == set()


def test_rfc_4034_4_the_nsec_chain_closes_over_all_authoritative_names(signed: Zone) -> None:
    seen = []
    owner = ORIGIN
    while owner not in seen:
        seen.append(owner)
        owner = first_name(signed.nodes[owner].sets[Rtype.NSEC].rdatas[0])
    assert [to_text(name) for name in seen] == ["s0.", "a.b.s0.", "ns.s0.", "sub.s0.", "*.w.s0."]


def test_rfc_4034_4_1_2_the_bitmap_is_what_is_there(signed: Zone) -> None:
    (nsec,) = decode(signed.nodes[from_text("sub.s0.")].sets[Rtype.NSEC])
    assert nsec.to_text().split()[1:] == ["NS", "RRSIG", "NSEC"]


def test_rfc_4034_3_1_3_the_star_is_no_label(signed: Zone) -> None:
    fields = rrsig_fields(signed.nodes[from_text("*.w.s0.")].signatures[Rtype.TXT].rdatas[0])
    assert (fields.labels, fields.signer, fields.original_ttl) == (2, ORIGIN, 3600)


def test_the_ds_is_that_of_the_key(signed: Zone) -> None:
    (key,) = decode(signed.nodes[ORIGIN].sets[Rtype.DNSKEY])
    (ds,) = decode(delegation_signer(ORIGIN, 60))
    assert ds == dns.dnssec.make_ds(dns.name.from_text("s0."), key, "SHA256")
    assert rrsig_fields(signed.nodes[ORIGIN].signatures[Rtype.SOA].rdatas[0]).key_tag == dns.dnssec.key_id(
        key
    )


def test_signing_again_changes_nothing(signed: Zone) -> None:
    assert Zone.build(ORIGIN, sign(ORIGIN, signed.rrsets())).nodes == signed.nodes


@pytest.mark.parametrize("wall", [INCEPTION, 1_800_000_000, EXPIRATION - 1])
def test_rfc4034_3_1_5_signatures_are_valid_by_serial_arithmetic(wall: int) -> None:
    """Clocks from 2020 on see a signature that has begun and not ended."""
    assert 0 < (EXPIRATION - wall) % 2**32 < 2**31
    assert (wall - INCEPTION) % 2**32 < 2**31
