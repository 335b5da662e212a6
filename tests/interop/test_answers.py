# SPDX-License-Identifier: ISC
"""Every common type from real authorities: what dig hears from us is what it hears from them, over UDP and TCP."""

from __future__ import annotations

import pytest

from tests.interop import zones
from tests.interop.dig import Dig, Response
from tests.interop.hierarchy import Hierarchy

TRANSPORTS = pytest.mark.parametrize("transport", ["+notcp", "+tcp"])

# (name, type, whose zone it is in)
DIRECT = [
    (".", "NS", zones.ROOT_AT),
    (".", "SOA", zones.ROOT_AT),
    (".", "DNSKEY", zones.ROOT_AT),
    ("elm", "SOA", zones.ELM_AT),
    ("elm", "DS", zones.ROOT_AT),
    ("oak", "NS", zones.OAK_AT),
    ("oak", "DNSKEY", zones.OAK_AT),
    ("oak", "DS", zones.ROOT_AT),
    ("txt.oak", "TXT", zones.OAK_AT),
    ("example.elm", "A", zones.LEAVES_AT),
    ("example.elm", "AAAA", zones.LEAVES_AT),
    ("example.elm", "NS", zones.LEAVES_AT),
    ("example.elm", "SOA", zones.LEAVES_AT),
    ("example.elm", "MX", zones.LEAVES_AT),
    ("example.elm", "TXT", zones.LEAVES_AT),
    ("example.elm", "CAA", zones.LEAVES_AT),
    ("example.elm", "HTTPS", zones.LEAVES_AT),
    ("example.elm", "DNSKEY", zones.LEAVES_AT),
    ("example.elm", "NSEC3PARAM", zones.LEAVES_AT),
    ("example.elm", "DS", zones.ELM_AT),
    ("www.example.elm", "CNAME", zones.LEAVES_AT),
    ("www.example.elm", "A", zones.LEAVES_AT),
    ("many.example.elm", "A", zones.LEAVES_AT),
    ("a.b.c.example.elm", "A", zones.LEAVES_AT),
    ("any.thing.wild.example.elm", "TXT", zones.LEAVES_AT),
    ("_sip._tcp.example.elm", "SRV", zones.LEAVES_AT),
    ("naptr.example.elm", "NAPTR", zones.LEAVES_AT),
    ("_443._tcp.www.example.elm", "TLSA", zones.LEAVES_AT),
    ("ssh.example.elm", "SSHFP", zones.LEAVES_AT),
    ("_dns.example.elm", "SVCB", zones.LEAVES_AT),
    ("old.example.elm", "DNAME", zones.LEAVES_AT),
    ("rp.example.elm", "RP", zones.LEAVES_AT),
    ("hinfo.example.elm", "HINFO", zones.LEAVES_AT),
    ("loc.example.elm", "LOC", zones.LEAVES_AT),
    ("uri.example.elm", "URI", zones.LEAVES_AT),
    ("private.example.elm", "TYPE65280", zones.LEAVES_AT),
    ("1.0.18.198.in-addr.arpa", "PTR", zones.LEAVES_AT),
    ("www.plain.oak", "A", zones.LEAVES_AT),
    ("long.example.elm", "TXT", zones.LEAVES_AT),
]
DENIED = [
    ("nowhere.elm", "A", zones.ELM_AT),
    ("nowhere.oak", "A", zones.OAK_AT),
    ("nowhere", "A", zones.ROOT_AT),
    ("nowhere.example.elm", "A", zones.LEAVES_AT),
    ("below.www.plain.oak", "A", zones.LEAVES_AT),
    ("example.elm", "SRV", zones.LEAVES_AT),
    ("b.c.example.elm", "A", zones.LEAVES_AT),  # an empty non-terminal
    ("any.wild.example.elm", "A", zones.LEAVES_AT),
    ("plain.oak", "DS", zones.OAK_AT),
    ("wild.many.oak", "A", zones.LEAVES_AT),
]


def assert_ttls_fit(ours: Response, theirs: Response) -> None:
    """None of ours is above theirs."""
    published = {row.said: row.ttl for row in theirs.answer}
    assert all(0 <= row.ttl <= published[row.said] for row in ours.answer), ours.text


@TRANSPORTS
@pytest.mark.parametrize(("name", "rtype", "authority"), DIRECT, ids=lambda value: value)
def test_an_answer_is_the_authoritys(
    dig: Dig, internet: Hierarchy, name: str, rtype: str, authority: str, transport: str
) -> None:
    theirs = dig.at(authority, internet.port)(name, rtype, "+norec", "+tcp")
    ours = dig(name, rtype, transport)
    assert (ours.status, theirs.status) == ("NOERROR", "NOERROR")
    assert ours.said() == theirs.said() != []
    assert {"qr", "rd", "ra"} <= ours.flags
    assert "aa" not in ours.flags
    assert "tc" not in ours.flags  # dig came back over TCP where the answer was too large
    assert_ttls_fit(ours, theirs)


@TRANSPORTS
@pytest.mark.parametrize(("name", "rtype", "authority"), DENIED, ids=lambda value: value)
def test_a_denial_is_the_authoritys(
    dig: Dig, internet: Hierarchy, name: str, rtype: str, authority: str, transport: str
) -> None:
    theirs = dig.at(authority, internet.port)(name, rtype, "+norec")
    ours = dig(name, rtype, transport)
    assert ours.status == theirs.status
    assert ours.answer == ()
    assert [row.said for row in ours.authority] == [row.said for row in theirs.authority]
    assert [row.rtype for row in ours.authority] == ["SOA"]
    assert ours.authority[0].ttl <= 300  # min(SOA MINIMUM, SOA TTL), RFC 2308 section 5


# (name, type, rcode, owners of the chain with the place that says so)
CHAINS = [
    ("far.example.elm", "A", "NOERROR", ["far.example.elm", "www.plain.oak"]),
    (
        "farther.example.elm",
        "AAAA",
        "NOERROR",
        ["farther.example.elm", "back.plain.oak", "www.example.elm", "example.elm"],
    ),
    ("gone.example.elm", "A", "NXDOMAIN", ["gone.example.elm"]),
    ("mail.old.example.elm", "A", "NOERROR", ["old.example.elm", "mail.old.example.elm", "mail.plain.oak"]),
    ("x.y.old.example.elm", "A", "NXDOMAIN", ["old.example.elm", "x.y.old.example.elm"]),
    ("sip.old.example.elm", "A", "NOERROR", ["old.example.elm", "sip.old.example.elm"]),
]


@TRANSPORTS
@pytest.mark.parametrize(("name", "rtype", "status", "owners"), CHAINS, ids=str)
def test_a_chain_crosses_zones_and_servers(
    dig: Dig, internet: Hierarchy, name: str, rtype: str, status: str, owners: list[str], transport: str
) -> None:
    """RFC 1034 section 3.6.2, RFC 6672: all links in order, then what is at the end."""
    ours = dig(name, rtype, transport)
    assert ours.status == status
    assert [row.owner.rstrip(".") for row in ours.answer] == owners
    ask = dig.at(zones.LEAVES_AT, internet.port)
    said = {row.said for owner in owners for row in ask(owner, rtype, "+norec").answer}
    assert set(ours.said()) <= said


def test_a_cname_loop_is_a_servfail_with_its_reason(dig: Dig) -> None:
    ours = dig("loop1.plain.oak")
    assert ours.status == "SERVFAIL"
    assert "EDE" in ours.text


def test_a_large_answer_is_truncated_over_udp(dig: Dig) -> None:
    """RFC 7766: the TC bit, and the whole over TCP; the authority truncated towards us as well."""
    short = dig("long.example.elm", "TXT", "+ignore")
    assert "tc" in short.flags
    whole = dig("long.example.elm", "TXT")
    assert "tc" not in whole.flags
    assert len(whole.answer[0].rdata) > 2500


def test_without_edns_512_octets_is_the_limit(dig: Dig) -> None:
    short = dig("example.elm", "DNSKEY", "+noedns", "+ignore", "+dnssec")
    small = dig("many.example.elm", "A", "+noedns", "+ignore")
    assert int(_size(short)) <= 1232
    assert len(small.answer) == 3
    assert "OPT PSEUDOSECTION" not in small.text


def _size(response: Response) -> str:
    return response.text.rpartition("MSG SIZE  rcvd: ")[2].strip()


@TRANSPORTS
def test_any_gets_one_rrset_of_those_there_are(dig: Dig, internet: Hierarchy, transport: str) -> None:
    """RFC 8482 section 4.1."""
    ours = dig("example.elm", "ANY", transport)
    assert ours.status == "NOERROR"
    (rtype,) = ours.types()
    theirs = dig.at(zones.LEAVES_AT, internet.port)("example.elm", rtype, "+norec")
    assert ours.said() == theirs.said() != []


def test_the_spelling_asked_is_the_spelling_answered(dig: Dig) -> None:
    """RFC 4343 and 0x20 of the client."""
    assert "wWw.ExAmPlE.eLm." in dig("wWw.ExAmPlE.eLm").text
