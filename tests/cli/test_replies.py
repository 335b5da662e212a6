# SPDX-License-Identifier: ISC
"""Layouts of a reply. (The usual ones, end to end: test_query.)"""

from __future__ import annotations

from resolver.cli.replies import as_dig, short, tabular, view
from resolver.cli.stub import Answered
from resolver.wire import Edns, Message, Question, Record, ede_option, from_text
from resolver.wire.codes import CD, QR, RA, RD, TC

NAME = from_text("A\\.b.alpha.")
SOA = Record(from_text("alpha."), 6, 1, 60, from_text("ns.") + from_text("host.") + bytes(20))


def answered(**changes):
    values = {
        "id": 7,
        "flags": QR | RD | RA,
        "rcode": 0,
        "question": Question(NAME, 28),
        "answer": (),
        "authority": (),
    }
    message = Message(**({**values, "additional": (), "edns": None} | changes))
    return Answered(message, 77, "tcp", ("::1", 5300), 0.0123)


def test_no_data_shows_the_soa_and_says_so():
    status, soa = tabular(answered(authority=(SOA,))).splitlines()
    assert status.startswith(
        "NOERROR (no data)  A\\.b.alpha. AAAA  12 ms, 77 bytes, tcp [::1]:5300  qr rd ra"
    )
    assert soa.split()[:3] == ["alpha.", "60", "SOA"]


def test_a_reply_without_a_question_is_shown_all_the_same():
    broken = answered(question=None, rcode=1)
    assert "FORMERR" in tabular(broken)
    assert "QUERY: 0" in as_dig(broken)
    assert (view(broken)["name"], view(broken)["rcode"]) == (None, "FORMERR")


def test_dig_shows_edns_flags_extended_errors_and_all_sections():
    edns = Edns(do=True, options=(ede_option(22, "nobody"),))
    text = as_dig(answered(flags=QR | TC | CD, edns=edns, authority=(SOA,), additional=(SOA,)))
    assert "; EDNS: version: 0, flags: do; udp: 1232" in text
    assert "; EDE: 22 (No reachable authority): (nobody)" in text
    assert ";; flags: qr tc cd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2" in text
    assert ";; ADDITIONAL SECTION:" in text
    assert ";; SERVER: ::1#5300(::1) (TCP)" in text


def test_short_of_nothing_is_nothing():
    assert short(answered().message) == ""
