# SPDX-License-Identifier: ISC
"""What a reply says of one RRset, and the one spelling values are compared by."""

from __future__ import annotations

import pytest

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.polling import Poll, Target, read, read_value, spell
from resolver.cli.stub import Answered
from resolver.lab.watching import Role, Watched
from resolver.wire import Edns, Message, Question, Record, Rtype, ede_option, from_text
from resolver.wire.codes import AA, QR, RD

NAME = from_text("www.alpha.")
SOA = Record(
    from_text("alpha."),
    6,
    1,
    900,
    from_text("ns.alpha.") * 2 + b"".join(n.to_bytes(4, "big") for n in (1, 2, 3, 4, 60)),
)


def message(*answer, rcode=0, authority=(), flags=QR | RD, edns=None):
    return Message(
        id=1,
        flags=flags,
        rcode=rcode,
        question=Question(NAME, 1),
        answer=answer,
        authority=authority,
        edns=edns,
    )


def a(last, ttl=60):
    return Record(NAME, 1, 1, ttl, bytes([192, 0, 2, last]))


def test_values_are_sorted_and_the_chain_lives_as_long_as_its_shortest_link():
    alias = Record(NAME, 5, 1, 10, from_text("pool.alpha."))
    reading = read(message(alias, a(2), a(1)), 1, 5.0, is_authority=False)
    assert (reading.values, reading.ttl, reading.at) == (("192.0.2.1", "192.0.2.2"), 10, 5.0)


@pytest.mark.parametrize(("rcode", "word"), [(3, "NXDOMAIN"), (0, "NODATA")])
def test_a_denial_is_a_value_with_the_ttl_of_rfc_2308_section_5(rcode, word):
    reading = read(message(rcode=rcode, authority=(SOA,)), 1, 0.0, is_authority=False)
    assert (reading.values, reading.ttl) == ((word,), 60)


def test_errors_and_silence_are_problems_not_values():
    assert read(message(rcode=2), 1, 0.0, is_authority=False).problem == "SERVFAIL"
    assert read(message(a(1)), 1, 0.0, is_authority=True).problem == "not authoritative"
    assert read(message(a(1), flags=QR | AA), 1, 0.0, is_authority=True).values == ("192.0.2.1",)
    assert read(message(flags=QR), 1, 0.0, is_authority=False).problem == "nothing cached"


def test_extended_error_3_marks_stale_data():
    stale = message(a(1, ttl=30), edns=Edns(options=(ede_option(3),)))
    assert read(stale, 1, 0.0, is_authority=False).stale


def test_resolvers_are_asked_to_recurse_and_authorities_and_snooped_ones_are_not():
    asked = []

    def ask(question, server):
        asked.append((server[1], question.rd))
        return Answered(message(a(1), flags=QR | AA | RD), 50, "udp", server, 0.0)

    targets = (
        Target(Watched("ns", Role.AUTHORITY), ("192.0.2.1", 1), NAME),
        Target(Watched("@r", Role.RESOLVER), ("192.0.2.1", 2), NAME),
    )
    assert [r.ttl for r in Poll(1, lambda: 0.0, ask=ask).round(targets).values()] == [60, 60]
    Poll(1, lambda: 0.0, snoop=True, ask=ask).round(targets)
    assert sorted(asked) == [(1, False), (1, False), (2, False), (2, True)]


def test_one_silent_server_is_one_problem():
    def ask(question, server):
        raise CommandFailed("no reply", Exit.NO_REPLY)

    target = Target(Watched("@r", Role.RESOLVER), ("192.0.2.1", 2), NAME)
    assert Poll(1, lambda: 3.0, ask=ask).round((target,))[target.watched].problem == "no reply"


@pytest.mark.parametrize(
    ("text", "rtype", "value"),
    [
        ("192.0.2.1", 1, "192.0.2.1"),
        ("2001:DB8:0::1", 28, "2001:db8::1"),
        ("NS1.Example", Rtype.NS, "ns1.example."),
        ("10 mail.example.", 15, "10 mail.example."),
        ("nxdomain", 1, "NXDOMAIN"),
    ],
)
def test_a_value_is_read_as_rdata_of_the_type(text, rtype, value):
    assert read_value(text, int(rtype)) == value


def test_what_is_no_value_of_the_type_is_a_usage_error():
    with pytest.raises(CommandFailed, match="is not a value of type A ") as raised:
        read_value("www.example.com", 1)
    assert raised.value.code is Exit.USAGE


def test_letter_case_does_not_make_another_name():
    assert spell(int(Rtype.CNAME), from_text("WWW.Alpha.")) == "www.alpha."
