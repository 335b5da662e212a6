# SPDX-License-Identifier: ISC
"""What is published, asked of the authorities themselves: values, TTLs at parent and child, the SOA's numbers."""

from __future__ import annotations

import pytest

from resolver.cli.authorities import Finder
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.published import ask_published
from resolver.cli.stub import Answered
from resolver.wire import Message, Question, Record, Rtype, from_text
from resolver.wire.codes import AA, QR, RA

VIA, PARENT, CHILD, SECOND = "192.0.2.53", "192.0.2.1", "192.0.2.2", "192.0.2.3"
NUMBERS = (7, 7200, 900, 1209600, 300)
SOA_RDATA = from_text("ns.zone.") * 2 + b"".join(n.to_bytes(4, "big") for n in NUMBERS)


def record(owner, rtype, ttl, rdata):
    return Record(from_text(owner), int(rtype), 1, ttl, rdata)


def a(owner, ttl, last):
    return record(owner, Rtype.A, ttl, bytes([192, 0, 2, last]))


def ns(zone, ttl, *names):
    return tuple(record(zone, Rtype.NS, ttl, from_text(name)) for name in names)


SOA = record("alpha.zone.", Rtype.SOA, 900, SOA_RDATA)
PARENT_SOA = record("zone.", Rtype.SOA, 900, SOA_RDATA)
CACHED = 11  # a TTL that has counted down: nothing of it may be reported
WORLD = {
    # (server, name, type): (flags, rcode, answer, authority)
    (VIA, "www.alpha.zone.", Rtype.A): (0, 0, (a("www.alpha.zone.", CACHED, 9),), ()),
    (VIA, "www.alpha.zone.", Rtype.SOA): (0, 0, (), (SOA,)),
    (VIA, "new.alpha.zone.", Rtype.SOA): (0, 3, (), (SOA,)),
    (VIA, "alpha.zone.", Rtype.SOA): (0, 0, (SOA,), ()),
    (VIA, "zone.", Rtype.SOA): (0, 0, (PARENT_SOA,), ()),
    (VIA, "alpha.zone.", Rtype.NS): (0, 0, ns("alpha.zone.", CACHED, "ns1.zone.", "ns2.zone."), ()),
    (VIA, "zone.", Rtype.NS): (0, 0, ns("zone.", CACHED, "ns0.zone."), ()),
    (VIA, "ns0.zone.", Rtype.A): (0, 0, (a("ns0.zone.", CACHED, 1),), ()),
    (VIA, "ns1.zone.", Rtype.A): (0, 0, (a("ns1.zone.", CACHED, 2),), ()),
    (VIA, "ns2.zone.", Rtype.A): (0, 0, (a("ns2.zone.", CACHED, 3),), ()),
    (VIA, "alias.zone.", Rtype.A): (
        0, 0, (record("alias.zone.", Rtype.CNAME, 60, from_text("www.alpha.zone.")),), ()
    ),
    (CHILD, "www.alpha.zone.", Rtype.A): (AA, 0, (a("www.alpha.zone.", 3600, 9),), ()),
    (SECOND, "www.alpha.zone.", Rtype.A): (AA, 0, (a("www.alpha.zone.", 7200, 9),), ()),
    (CHILD, "new.alpha.zone.", Rtype.A): (AA, 3, (), (SOA,)),
    (CHILD, "alpha.zone.", Rtype.SOA): (AA, 0, (SOA,), ()),
    (CHILD, "alpha.zone.", Rtype.NS): (AA, 0, ns("alpha.zone.", 86400, "ns1.zone.", "ns2.zone."), ()),
    (PARENT, "alpha.zone.", Rtype.NS): (0, 0, (), ns("alpha.zone.", 172800, "ns1.zone.", "ns2.zone.")),
}  # fmt: skip
BY_KEY = {(server, from_text(name), int(rtype)): said for (server, name, rtype), said in WORLD.items()}


def ask(asked, server):
    if server[0] != VIA:
        assert not asked.rd
        if (server[0], asked.name.lower(), asked.rtype) not in BY_KEY:
            raise CommandFailed("no reply", Exit.NO_REPLY)
    flags, rcode, answer, authority = BY_KEY.get((server[0], asked.name.lower(), asked.rtype), (0, 0, (), ()))
    question = Question(asked.name, asked.rtype)
    message = Message(
        flags=QR | RA | flags, rcode=rcode, question=question, answer=answer, authority=authority
    )
    return Answered(message, 100, "udp", server, 0.0)


def published(name, rtype=Rtype.A):
    return ask_published(Finder((VIA, 53), ask=ask), from_text(name), int(rtype), 0.0, ask=ask)


def test_a_records_ttl_is_the_longest_any_authority_gives_and_never_a_caches():
    found = published("www.alpha.zone.")
    assert (found.values, found.ttl) == (("192.0.2.9",), 7200)
    assert (found.answering, found.agreeing, len(found.authorities)) == (2, 2, 2)


def test_the_zones_numbers_come_from_child_and_parent():
    found = published("www.alpha.zone.")
    assert (found.ns_ttl, found.parent_ttl) == (86400, 172800)
    assert (found.negative_ttl, found.refresh) == (300, 7200)


def test_what_does_not_exist_has_no_value_and_the_negative_ttl_of_rfc_2308():
    found = published("new.alpha.zone.")
    assert (found.values, found.ttl, found.negative_ttl) == ((), None, 300)


def test_an_alias_is_not_planned_but_named():
    with pytest.raises(CommandFailed, match=r"alias\.zone\. is an alias of www\.alpha\.zone\. - ") as raised:
        published("alias.zone.")
    assert raised.value.code is Exit.USAGE


def test_authorities_that_are_all_silent_are_exit_code_9_with_a_way_out():
    with pytest.raises(CommandFailed, match=r"none of the 2 authorities .* - give the numbers") as raised:
        published("www.alpha.zone.", Rtype.MX)
    assert raised.value.code is Exit.NO_REPLY
