# SPDX-License-Identifier: ISC
"""What a reply means: RFC 1034 section 5.3.3, RFC 2308 section 2, RFC 6672, and the ways of being lame."""

from __future__ import annotations

import pytest

from resolver.engine.classify import (
    Answer,
    Meaning,
    Referral,
    Truncated,
    Unusable,
    classify,
    moves_other_names,
)
from resolver.events import Verdict
from resolver.wire import Message, Question, Record, Rtype, from_text
from resolver.wire.codes import AA, QR, TC, type_from_text
from tests.engine.scripted import rrs, soa

ZONE = from_text("leaf.shop0.")
NAME = "www.leaf.shop0."


def meaning(
    answer: tuple[str, ...] = (),
    authority: tuple[str, ...] = (),
    additional: tuple[str, ...] = (),
    *,
    name: str = NAME,
    kind: str = "A",
    rcode: int = 0,
    aa: bool = True,
    tc: bool = False,
    forwarded: bool = False,
    zone: bytes = ZONE,
) -> Meaning:
    rtype = type_from_text(kind)
    message = Message(
        flags=QR | (AA if aa else 0) | (TC if tc else 0),
        rcode=rcode,
        question=Question(from_text(name), rtype),
        answer=rrs(*answer),
        authority=rrs(*authority),
        additional=rrs(*additional),
    )
    return classify(message, from_text(name), rtype, zone, forwarded=forwarded)


def an_answer(thing: Meaning) -> Answer:
    assert isinstance(thing, Answer)
    return thing


def test_data_at_the_name() -> None:
    got = an_answer(meaning((f"{NAME} 60 A 192.0.2.9", f"{NAME} 60 A 192.0.2.10")))
    assert [len(link.records) for link in got.links] == [2]
    assert got.denial is None
    assert got.next_name is None


def test_rfc2181_5_4_1_an_answer_without_aa_is_used() -> None:
    assert not an_answer(meaning((f"{NAME} 60 A 192.0.2.9",), aa=False)).authoritative


def test_chain_within_the_zone_is_followed_and_ranked() -> None:
    got = an_answer(meaning((f"{NAME} 60 CNAME a.leaf.shop0.", "a.leaf.shop0. 30 A 192.0.2.9")))
    assert [link.first for link in got.links] == [True, False]
    assert got.next_name is None


def test_f21_data_of_a_target_outside_the_zone_is_not_taken() -> None:
    got = an_answer(meaning((f"{NAME} 60 CNAME www.bank.net0.", "www.bank.net0. 60 A 203.0.113.66")))
    assert len(got.links) == 1
    assert got.next_name == from_text("www.bank.net0.")


def test_b4_records_that_the_chain_does_not_reach_are_not_taken() -> None:
    got = an_answer(meaning((f"{NAME} 60 A 192.0.2.9", "mail.leaf.shop0. 60 A 203.0.113.66")))
    assert [link.records[0].owner for link in got.links] == [from_text(NAME)]


def test_an_alias_loop_inside_one_answer_ends() -> None:
    got = an_answer(meaning((f"{NAME} 60 CNAME a.leaf.shop0.", f"a.leaf.shop0. 60 CNAME {NAME}")))
    assert got.next_name == from_text(NAME)


def test_asking_for_the_cname_itself_follows_nothing() -> None:
    got = an_answer(meaning((f"{NAME} 60 CNAME a.leaf.shop0.",), kind="CNAME"))
    assert got.next_name is None


def test_rfc6672_dname_above_the_name_makes_the_target() -> None:
    got = an_answer(meaning(("leaf.shop0. 60 DNAME other.shop0.",)))
    assert got.links[0].records[0].rtype == Rtype.DNAME
    assert got.next_name == from_text("www.other.shop0.")


def test_rfc6672_3_1_a_cname_below_a_dname_is_made_of_it() -> None:
    """Asked for by its type it is no data of its own: kept as that, it would answer without its DNAME."""
    both = ("leaf.shop0. 60 DNAME other.shop0.", f"{NAME} 60 CNAME www.other.shop0.")
    got = an_answer(meaning(both, kind="CNAME"))
    assert [link.records[0].rtype for link in got.links] == [Rtype.DNAME]
    assert (got.next_name, got.denial) == (None, None)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("leaf.shop0. 60 DNAME other.shop0.", "A"),
        ("www.leaf.shop0. 60 DNAME other.shop0.", "DNAME"),
        ("www.leaf.shop0. 60 DNAME other.shop0.", "ANY"),
        (f"leaf.shop0. 60 DNAME {'.'.join(['x' * 61] * 4)}.", "A"),
    ],
    ids=["above", "asked for", "any", "too long"],
)
def test_cve_2025_40778_a_dname_moves_more_names_than_the_one_asked(answer: str, kind: str) -> None:
    assert moves_other_names(an_answer(meaning((answer,), kind=kind)))


def test_a_cname_moves_its_owner_alone() -> None:
    assert not moves_other_names(an_answer(meaning((f"{NAME} 60 CNAME www.other.shop0.",))))


def test_rfc6672_2_2_a_dname_that_makes_the_name_too_long_has_no_target() -> None:
    long = ".".join(["x" * 60] * 4) + "."
    got = an_answer(meaning((f"leaf.shop0. 60 DNAME {long}",), name="a" * 30 + ".leaf.shop0."))
    assert got.links[0].target is None


def test_rfc2308_2_2_nodata_with_soa() -> None:
    got = an_answer(meaning(authority=(soa("leaf.shop0."),)))
    assert got.denial is not None
    assert not got.denial.nxdomain
    assert got.denial.soa is not None


def test_rfc2308_2_2_nodata_type_3_has_aa_and_nothing_else() -> None:
    got = an_answer(meaning())
    assert got.denial is not None
    assert got.denial.soa is None


def test_rfc2308_2_1_nxdomain_with_soa() -> None:
    got = an_answer(meaning(authority=(soa("leaf.shop0."),), rcode=3))
    assert got.denial is not None
    assert got.denial.nxdomain


def test_rfc2308_2_1_nxdomain_after_an_alias_denies_its_target() -> None:
    got = an_answer(meaning((f"{NAME} 60 CNAME gone.leaf.shop0.",), authority=(soa("leaf.shop0."),), rcode=3))
    assert got.denial is not None
    assert got.denial.name == from_text("gone.leaf.shop0.")


def test_nxdomain_after_an_alias_out_of_the_zone_is_asked_again() -> None:
    got = an_answer(meaning((f"{NAME} 60 CNAME gone.net0.",), authority=(soa("leaf.shop0."),), rcode=3))
    assert got.denial is None
    assert got.next_name == from_text("gone.net0.")


def test_b7_a_foreign_soa_denies_nothing_for_longer() -> None:
    got = an_answer(meaning(authority=(soa("other.leaf.shop0."),), rcode=3))
    assert got.denial is not None
    assert got.denial.soa is None


def test_referral_below_the_zone() -> None:
    got = meaning(
        authority=("www.leaf.shop0. 60 NS ns.www.leaf.shop0.",),
        additional=("ns.www.leaf.shop0. 60 A 192.0.2.7", "extra.leaf.shop0. 60 A 203.0.113.66"),
        aa=False,
    )
    assert isinstance(got, Referral)
    assert got.zone == from_text("www.leaf.shop0.")
    assert [record.owner for record in got.glue] == [from_text("ns.www.leaf.shop0.")]


@pytest.mark.parametrize(
    ("authority", "why"),
    [
        ((), "empty answer without AA and SOA"),
        (("leaf.shop0. 60 NS ns.leaf.shop0.",), "referral to the zone itself"),
        (("shop0. 60 NS ns.shop0.",), "referral upwards"),
        (("mail.leaf.shop0. 60 NS ns.leaf.shop0.",), "referral to a zone that does not hold the name"),
    ],
)
def test_e7_lame_servers_never_make_nodata(authority: tuple[str, ...], why: str) -> None:
    assert meaning(authority=authority, aa=False) == Unusable(Verdict.LAME, why)


def test_a_nodata_without_aa_but_with_soa_is_used() -> None:
    assert isinstance(meaning(authority=(soa("leaf.shop0."),), aa=False), Answer)


def test_nxdomain_without_aa_and_soa_is_lame() -> None:
    assert isinstance(meaning(rcode=3, aa=False), Unusable)


@pytest.mark.parametrize(
    ("rcode", "verdict"),
    [
        (1, Verdict.FORMERR),
        (2, Verdict.SERVFAIL),
        (4, Verdict.NOTIMP),
        (5, Verdict.REFUSED),
        (16, Verdict.BADVERS),
        (9, Verdict.BAD_RCODE),
    ],
)
def test_error_rcodes(rcode: int, verdict: Verdict) -> None:
    got = meaning((f"{NAME} 60 A 192.0.2.9",), rcode=rcode)
    assert isinstance(got, Unusable)
    assert got.verdict is verdict


def test_rfc2181_9_a_truncated_reply_counts_for_nothing() -> None:
    assert meaning((f"{NAME} 60 A 192.0.2.9",), tc=True) == Truncated()


def test_signatures_stay_with_their_rrset() -> None:
    signature = "A 8 3 60 20300101000000 20200101000000 1 leaf.shop0. AAAA"
    got = an_answer(meaning((f"{NAME} 60 A 192.0.2.9", f"{NAME} 60 RRSIG {signature}")))
    assert [record.rtype for record in got.links[0].signatures] == [Rtype.RRSIG]


def test_rfc4035_3_1_4_1_a_child_cannot_deny_its_own_ds() -> None:
    got = an_answer(
        meaning(authority=(soa("leaf.shop0."),), name="leaf.shop0.", kind="DS", zone=from_text("shop0."))
    )
    assert got.denial is not None
    assert got.denial.soa is None


def test_a_forwarder_needs_no_aa() -> None:
    got = an_answer(meaning(rcode=3, aa=False, forwarded=True))
    assert got.denial is not None


def test_any_takes_one_rrset_rfc8482() -> None:
    got = an_answer(meaning((f"{NAME} 60 A 192.0.2.9", f"{NAME} 60 TXT x"), kind="ANY"))
    assert [record.rtype for record in got.links[0].records] == [Rtype.A]


@pytest.mark.parametrize("rdata", [b"", b"\xff\xff", b"\x03abc", from_text("other.shop0.") + b"junk"])
@pytest.mark.parametrize("kind", ["A", "DNAME"])
def test_a_dname_whose_rdata_is_no_name_is_incoherent(rdata: bytes, kind: str) -> None:
    rtype = type_from_text(kind)
    name = ZONE if kind == "DNAME" else from_text(NAME)
    answer = (Record(ZONE, int(Rtype.DNAME), 1, 60, rdata),)
    message = Message(flags=QR | AA, question=Question(name, rtype), answer=answer)
    got = classify(message, name, rtype, ZONE)
    assert isinstance(got, Unusable)
    assert got.verdict is Verdict.INCOHERENT


def test_d4_a_reply_full_of_aliases_is_read_no_further_than_any_limit_allows() -> None:
    chain = tuple(f"c{i}.leaf.shop0. 60 CNAME c{i + 1}.leaf.shop0." for i in range(1000))
    got = an_answer(meaning(chain, name="c0.leaf.shop0."))
    assert len(got.links) == 65
    assert got.next_name == from_text("c65.leaf.shop0.")
