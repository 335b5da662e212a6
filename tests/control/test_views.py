# SPDX-License-Identifier: ISC
"""Cache entries and outcomes as JSON: numbers as numbers, durations in seconds, the audit of each lifetime."""

from __future__ import annotations

import json

from resolver.cache.entry import Entry, Kind, Rank
from resolver.control.presentation import rdata_text, record_text
from resolver.control.views import entry_view, outcome_view
from resolver.engine.outcome import Cause, Failed, Resolved
from resolver.policy.lifetime import Lifetime, Reason
from resolver.wire import Ede, Record, from_text

OWNER = from_text("www.alpha.")


def entry(**changes):
    values = {
        "kind": Kind.POSITIVE,
        "owner": OWNER,
        "rtype": 1,
        "records": (Record(OWNER, 1, 1, 172800, bytes([192, 0, 2, 1])),),
        "signatures": (),
        "soa": None,
        "proofs": (),
        "rank": Rank.AUTHORITATIVE_ANSWER,
        "lifetime": Lifetime(100.0, 86500.0, 172900.0, 172800, (Reason("policy.max_ttl", 172800, 86400),)),
        "zone": from_text("alpha."),
        "server": "192.0.2.53",
    }
    return Entry(**(values | changes))


def test_an_entry_shows_what_is_left_of_it_and_why():
    view = json.loads(json.dumps(entry_view(entry(), 86400.0)))
    assert view["state"] == "fresh"
    assert (view["published_ttl"], view["kept_ttl"], view["fresh_for"], view["age"]) == (
        172800,
        86400.0,
        100.0,
        86300.0,
    )
    assert view["rules"] == [{"rule": "policy.max_ttl", "before": 172800, "after": 86400}]
    assert view["records"] == ["192.0.2.1"]
    assert entry_view(entry(), 86500.0)["state"] == "stale"


def test_an_nxdomain_denies_every_type():
    view = entry_view(entry(kind=Kind.NXDOMAIN, rtype=0, records=()), 200.0)
    assert (view["type"], view["kind"]) == ("*", "nxdomain")


def test_outcomes_answered_failed_and_out_of_time():
    answered = outcome_view(Resolved((entry(),), 3), 200.0)
    assert (answered["rcode"], answered["queries"], answered["answer"][0]["data"]) == (
        "NOERROR",
        3,
        "192.0.2.1",
    )
    failed = outcome_view(Failed(Cause.STRUCTURAL, Ede.OTHER, "loop", b"\x00", 9), 200.0)
    assert (failed["rcode"], failed["failed"]["cause"], failed["queries"]) == ("SERVFAIL", "structural", 9)
    assert outcome_view(None, 200.0)["failed"]["cause"] == "deadline"


def test_rdata_is_spelled_as_in_a_zone_file_and_nonsense_as_rfc_3597():
    assert rdata_text(15, b"\x00\x0a" + from_text("mx.alpha.")) == "10 mx.alpha."
    assert rdata_text(16, b"\x02hi") == '"hi"'
    assert rdata_text(28, b"\x01") == "\\# 1 01"
    assert rdata_text(65280, b"\xab\xcd") == "\\# 2 abcd"
    assert record_text(Record(OWNER, 1, 1, 60, bytes([192, 0, 2, 1]))) == "www.alpha.\t60\tIN\tA\t192.0.2.1"
