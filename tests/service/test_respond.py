# SPDX-License-Identifier: ISC
"""What goes out: sections, TTLs, flags, EDNS, extended errors and truncation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.cache.entry import Entry
from resolver.policy import Policy
from resolver.service.request import Refusal, Request
from resolver.service.respond import Answer, Shown, compose_refusal, compose_response, from_chain
from resolver.wire import Ede, Edns, Message, Rcode, Record, Rtype, codes, from_text, read_ede
from tests.service.fakes import cname, negative, positive, read, request

NOW = 1_000_000.0
WWW = "www.example.com"
RRSIG = Record(from_text(WWW), int(Rtype.RRSIG), 1, 300, bytes(18) + from_text("example.com") + b"sig")
NSEC = Record(from_text(WWW), int(Rtype.NSEC), 1, 60, from_text("a.example.com") + b"\x00\x01\x40")


def respond(
    asked: Request, *chain: Entry, now: float = NOW, stale: bool = False, resolved: bool = False
) -> Message:
    answer = from_chain(asked, chain, Shown(now, Policy(), just_resolved=resolved), stale=stale)
    return read(compose_response(asked, answer, edns_udp_size=1232))


def test_rfc1035_header_ra_set_rd_echoed_aa_ad_clear() -> None:
    message = respond(request(flags=codes.RD | codes.AD), positive(WWW))
    assert (message.ra, message.rd, message.aa, message.ad, message.tc, message.cd) == (
        True,
        True,
        *[False] * 4,
    )
    assert message.id == 0x1234


def test_rfc4035_section_3_2_2_cd_is_copied() -> None:
    assert respond(request(flags=codes.RD | codes.CD), positive(WWW)).cd


def test_rfc4343_the_client_sees_its_own_spelling() -> None:
    message = respond(request("wWw.ExAmPlE.com"), positive(WWW))
    assert message.question is not None
    assert message.question.name == from_text("wWw.ExAmPlE.com") == message.answer[0].owner


def test_ttl_counts_down_and_each_link_has_its_own() -> None:
    chain = cname(WWW, "b.example.net", ttl=60), positive("b.example.net", ttl=300)
    assert [record.ttl for record in respond(request(), *chain, now=NOW + 10.5).answer] == [49, 289]


def test_rfc8767_section_4_stale_links_show_30_with_ede_3() -> None:
    chain = cname(WWW, "b.example.net", ttl=60), positive("b.example.net", ttl=300)
    message = respond(request(edns=Edns()), *chain, now=NOW + 100, stale=True)
    assert [record.ttl for record in message.answer] == [30, 200]
    assert read_ede(message.edns) == [(Ede.STALE_ANSWER, "")]


def test_rfc8914_section_4_20_stale_nxdomain() -> None:
    message = respond(request(edns=Edns()), negative(WWW), now=NOW + 100, stale=True)
    assert read_ede(message.edns) == [(Ede.STALE_NXDOMAIN_ANSWER, "")]
    assert message.rcode == Rcode.NXDOMAIN


def test_rfc1123_section_6_1_2_1_ttl_0_is_shown_as_0() -> None:
    assert respond(request(), positive(WWW, ttl=0), resolved=True).answer[0].ttl == 0


def test_a_link_that_expired_while_the_chain_was_resolved_shows_0_not_the_stale_ttl() -> None:
    chain = cname(WWW, "b.example.net", ttl=1), positive("b.example.net", at=NOW + 2)
    message = respond(request(), *chain, now=NOW + 2, resolved=True)
    assert [record.ttl for record in message.answer] == [0, 300]


def test_rfc2308_section_6_the_soa_of_a_denial_counts_down() -> None:
    message = respond(request(), negative(WWW), now=NOW + 20)
    assert (message.rcode, message.answer) == (Rcode.NXDOMAIN, ())
    assert [(record.rtype, record.ttl) for record in message.authority] == [(Rtype.SOA, 40)]


def test_rfc6604_the_rcode_is_that_of_the_last_link() -> None:
    message = respond(request(), cname(WWW, "gone.example.net"), negative("gone.example.net"))
    assert message.rcode == Rcode.NXDOMAIN
    assert [record.rtype for record in message.answer] == [Rtype.CNAME]


def test_rfc4035_section_3_2_1_signatures_and_proofs_only_with_do() -> None:
    signed = positive(WWW, signatures=(RRSIG,))
    denied = negative(WWW, Rtype.A, proofs=(NSEC,))
    without, with_do = request(edns=Edns()), request(edns=Edns(do=True))
    assert [record.rtype for record in respond(without, signed).answer] == [Rtype.A]
    assert [record.rtype for record in respond(with_do, signed).answer] == [Rtype.A, Rtype.RRSIG]
    assert [record.rtype for record in respond(without, denied).authority] == [Rtype.SOA]
    assert [record.rtype for record in respond(with_do, denied).authority] == [Rtype.SOA, Rtype.NSEC]


def test_rfc4035_section_3_2_1_nsec_asked_by_type_is_given_without_do() -> None:
    asked = request(rtype=Rtype.NSEC)
    assert [r.rtype for r in respond(asked, positive(WWW, Rtype.NSEC, NSEC.rdata)).answer] == [Rtype.NSEC]


def test_rfc6672_a_dname_brings_its_cname() -> None:
    chain = (
        positive("example.com", Rtype.DNAME, from_text("example.net")),
        cname(WWW, "www.example.net", synthesized=True),
        positive("www.example.net"),
    )
    assert [r.rtype for r in respond(request(), *chain).answer] == [Rtype.DNAME, Rtype.CNAME, Rtype.A]


def test_rfc8482_any_is_one_rrset() -> None:
    asked = request(rtype=Rtype.ANY)
    assert [
        r.rtype for r in respond(asked, cname(WWW, "b.example.net"), positive("b.example.net")).answer
    ] == [Rtype.CNAME]
    assert [r.rtype for r in respond(asked, positive(WWW)).answer] == [Rtype.A]
    assert [r.rtype for r in respond(asked, negative(WWW, Rtype.A)).answer] == [Rtype.HINFO]
    assert respond(asked, negative(WWW)).rcode == Rcode.NXDOMAIN


def test_rfc6891_section_7_no_opt_without_opt_and_opt_with() -> None:
    assert respond(request(), positive(WWW)).edns is None
    edns = respond(request(edns=Edns(do=True)), positive(WWW)).edns
    assert edns is not None
    assert (edns.udp_size, edns.version, edns.do) == (1232, 0, True)


def test_rfc8914_no_extended_error_without_edns() -> None:
    message = respond(request(), positive(WWW), now=NOW + 1000, stale=True)
    assert message.edns is None
    assert message.answer


def big(records: int) -> Entry:
    return positive(WWW, Rtype.A, *(b"\x0a\x00" + n.to_bytes(2, "big") for n in range(records)))


def test_rfc2181_section_9_over_512_without_edns_is_tc_without_opt_and_records() -> None:
    octets = compose_response(
        request(), from_chain(request(), (big(40),), Shown(NOW, Policy())), edns_udp_size=1232
    )
    message = read(octets)
    assert (message.tc, message.answer, message.edns) == (True, (), None)
    assert len(octets) == 12 + len(from_text(WWW)) + 4


def test_rfc6891_tc_keeps_opt() -> None:
    message = respond(request(edns=Edns(udp_size=4096)), big(100))
    assert message.tc
    assert message.edns is not None


def test_tcp_is_not_truncated() -> None:
    assert len(respond(request(tcp=True), big(1000)).answer) == 1000


def test_rfc8914_section_3_extended_errors_are_the_first_to_go() -> None:
    asked = request(edns=Edns(udp_size=512))
    answer = from_chain(asked, (big(27),), Shown(NOW, Policy()))
    noted = Answer(answer.rcode, answer.answer, notes=((Ede.STALE_ANSWER, "x" * 100),))
    message = read(compose_response(asked, noted, edns_udp_size=1232))
    assert not message.tc
    assert len(message.answer) == 27
    assert read_ede(message.edns) == []


def test_an_extended_error_with_a_long_text_is_cut_between_characters() -> None:
    asked = request(edns=Edns())
    answer = Answer(Rcode.SERVFAIL, notes=((Ede.OTHER, "ä" * 200),))
    ((_, text),) = read_ede(read(compose_response(asked, answer, edns_udp_size=1232)).edns)
    assert text == "ä" * 64


@given(st.integers(0, 400), st.integers(0, 65535), st.booleans())
def test_no_response_over_udp_is_longer_than_the_client_takes(
    records: int, size: int, with_edns: bool
) -> None:
    asked = request(edns=Edns(udp_size=size) if with_edns else None)
    answer = from_chain(asked, (big(max(1, records)),), Shown(NOW, Policy()))
    octets = compose_response(asked, answer, edns_udp_size=1232)
    assert len(octets) <= min(1232, max(512, size if with_edns else 0))


def test_a_refusal_is_a_header_and_what_it_was_asked() -> None:
    assert (
        compose_refusal(Refusal(7, 0, Rcode.NOTIMP), edns_udp_size=1232, recursion=False).hex() == "0007"
        "8004" + "00" * 8
    )


def test_badvers_has_opt_with_our_version() -> None:
    message = read(
        compose_refusal(Refusal(7, 0, Rcode.BADVERS, edns=True), edns_udp_size=1232, recursion=True)
    )
    assert message.rcode == Rcode.BADVERS
    assert message.edns is not None
    assert message.edns.version == 0
