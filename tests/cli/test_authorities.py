# SPDX-License-Identifier: ISC
"""Finding the servers of a name through a resolver: zone, name servers, addresses, aliases."""

from __future__ import annotations

import pytest

from resolver.cli.authorities import Finder, lab_map, read_servers
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.stub import Answered
from resolver.wire import Message, Question, Record, Rtype, from_text
from resolver.wire.codes import QR, RA

VIA = ("192.0.2.53", 53)
SOA_RDATA = from_text("ns1.alpha.") * 2 + bytes(20)


def record(owner, rtype, rdata, ttl=300):
    return Record(from_text(owner), int(rtype), 1, ttl, rdata)


SOA = record("alpha.", Rtype.SOA, SOA_RDATA)
WORLD = {
    ("www.alpha.", Rtype.SOA): ((), (SOA,)),
    ("alias.beta.", Rtype.SOA): ((record("alias.beta.", Rtype.CNAME, from_text("www.alpha.")),), (SOA,)),
    ("beta.", Rtype.SOA): ((record("beta.", Rtype.SOA, SOA_RDATA),), ()),
    ("alias.beta.", Rtype.A): (
        (
            record("alias.beta.", Rtype.CNAME, from_text("WWW.alpha.")),
            record("www.alpha.", Rtype.A, bytes([192, 0, 2, 9])),
        ),
        (),
    ),
    ("alpha.", Rtype.NS): (
        (
            record("alpha.", Rtype.NS, from_text("ns2.alpha.")),
            record("alpha.", Rtype.NS, from_text("ns1.alpha.")),
        ),
        (),
    ),
    ("ns1.alpha.", Rtype.A): ((record("ns1.alpha.", Rtype.A, bytes([192, 0, 2, 1])),), ()),
    ("ns2.alpha.", Rtype.AAAA): ((record("ns2.alpha.", Rtype.AAAA, bytes(15) + b"\x01"),), ()),
}


_BY_KEY = {(from_text(name), int(rtype)): reply for (name, rtype), reply in WORLD.items()}


def ask(asked, server):
    assert server == VIA
    assert asked.rd
    answer, authority = _BY_KEY.get((asked.name.lower(), asked.rtype), ((), ()))
    message = Message(
        flags=QR | RA, question=Question(asked.name, asked.rtype), answer=answer, authority=authority
    )
    return Answered(message, 100, "udp", server, 0.0)


def finder(**more):
    return Finder(VIA, ask=ask, **more)


def test_the_zone_is_who_owns_the_soa():
    assert finder().zone_of(from_text("www.alpha.")) == from_text("alpha.")


def test_the_soa_at_the_end_of_an_alias_is_not_the_zone_of_the_alias():
    assert finder().zone_of(from_text("alias.beta.")) == from_text("beta.")


def test_every_address_of_every_name_server_is_an_authority():
    found = finder().find(from_text("www.alpha."))
    assert [(s.name, s.address, s.endpoint) for s in found.servers] == [
        ("ns1.alpha.", "192.0.2.1", ("192.0.2.1", 53)),
        ("ns2.alpha.", "::1", ("::1", 53)),
    ]


def test_addresses_of_a_lab_are_reached_where_its_map_says():
    found = finder(reach={"192.0.2.1": ("127.53.0.1", 5399)}).find(from_text("www.alpha."))
    assert found.servers[0].endpoint == ("127.53.0.1", 5399)
    assert found.servers[0].label == "ns1.alpha. 192.0.2.1"


def test_the_end_of_an_alias_is_followed_whatever_its_letters():
    assert finder().end_of_alias(from_text("alias.beta."), 1).lower() == from_text("www.alpha.")
    assert finder().end_of_alias(from_text("alias.beta."), int(Rtype.CNAME)) == from_text("alias.beta.")


def test_a_zone_nobody_names_is_one_line_with_the_remedy():
    with pytest.raises(CommandFailed, match=" - give its servers: --authorities @ADDR"):
        finder().zone_of(from_text("nowhere."))


def test_a_resolver_that_fails_is_named_with_its_rcode():
    def servfail(asked, server):
        return Answered(Message(flags=QR, rcode=2), 12, "udp", server, 0.0)

    with pytest.raises(CommandFailed, match=r"192\.0\.2\.53:53 answers SERVFAIL for alpha\. - try another"):
        Finder(VIA, ask=servfail).find(from_text("alpha."))


def test_a_resolver_without_a_lab_has_no_map(control):
    assert lab_map(str(control.path), None) == {}
    control.replies["/api/v1/lab/map"] = (200, {"map": {"192.0.2.1": "127.53.0.1#5399"}})
    assert lab_map(str(control.path), None) == {"192.0.2.1": ("127.53.0.1", 5399)}


def test_server_words_are_read_with_and_without_their_sign():
    assert read_servers(["@192.0.2.1,@192.0.2.2", "[::1]:53"], "--servers") == [
        "192.0.2.1",
        "192.0.2.2",
        "[::1]:53",
    ]
    with pytest.raises(CommandFailed) as raised:
        read_servers(["@"], "--servers")
    assert raised.value.code is Exit.USAGE
