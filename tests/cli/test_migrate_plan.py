# SPDX-License-Identifier: ISC
"""`resolver migrate plan` as a person and a script see it: from numbers, from a cache, and its errors."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from resolver.wire import Record, Rtype, compose, from_text, parse
from resolver.wire.codes import AA, QR, RA


def planned(command, *arguments):
    code, out, err = command("migrate", "plan", *arguments, "--format", "json")
    assert (code, err) == (0, "")
    return json.loads(out)


def spans(view):
    """Each step's name with its seconds after the change."""
    change = next(step["at"] for step in view["steps"] if step["step"] == "change")
    return [
        (step["step"], round(step["at"] - change), round(step["until"] - change), step["ttl"])
        for step in view["steps"]
    ]


def test_a_plan_from_numbers_asks_nobody(command):
    view = planned(command, "--old-ttl", "1h", "--lower-to", "300", "--new-ttl", "2h", "--presets", "rfc")
    assert spans(view) == [
        ("lower", -3600, -3600, 300),
        ("wait", -3600, 0, 300),
        ("change", 0, 0, 300),
        ("verify", 0, 360, 300),
        ("raise", 360, 360, 7200),
        ("retire", 360, 360, 7200),
    ]
    assert view["caches"] == [{"preset": "rfc", "old": 3600.0, "lowered": 300.0, "stale": 0.0}]


def test_the_change_is_when_it_was_wished_for(command):
    view = planned(command, "--old-ttl", "1h", "--at", "2099-01-01T00:00Z")
    assert [step["when"] for step in view["steps"] if step["step"] in ("lower", "change")] == [
        "2098-12-31T23:00:00Z",
        "2099-01-01T00:00:00Z",
    ]


def test_too_soon_is_refused_with_the_earliest_instant(command):
    code, _, err = command("migrate", "plan", "--old-ttl", "1d", "--at", "+1h")
    assert code == 1
    assert err.count("\n") == 1
    assert " is too soon: the old TTL is not over before " in err


def entry(**more):
    return {
        "name": "www.alpha.",
        "type": "A",
        "published_ttl": 3600,
        "kept_ttl": 3600.0,
        "age": 600.0,
        "fresh_for": 3000.0,
        "stale_for": 89400.0,
        "rules": [],
        "records": ["192.0.2.1"],
    } | more


def test_a_running_cache_tells_the_published_ttl_and_when_its_own_copy_is_over(command, control):
    below = entry(name="x.www.alpha.", published_ttl=9)
    control.replies["/api/v1/cache/entries"] = (200, {"entries": [entry(), below]})
    before = int(1000 * time.time()) / 1000  # the view shows instants to the millisecond
    view = planned(command, "www.alpha", "--from-cache", "--to", "192.0.2.2")
    assert (view["ttl"], view["from"], view["to"]) == (3600, ["192.0.2.1"], ["192.0.2.2"])
    held = view["cached"][0]
    assert 3000 <= round(held["fresh_until"] - before, 3) < 3060
    assert 89400 <= round(held["stale_until"] - before, 3) < 89460
    assert len(view["cached"]) == 1


def test_an_absence_in_the_cache_is_a_creation_by_the_lesser_of_two_ttls(command, control):
    denial = entry(
        type="*",
        records=[],
        published_ttl=900,
        rules=[{"rule": "soa.minimum", "before": 900.0, "after": 300.0}],
    )
    control.replies["/api/v1/cache/entries"] = (200, {"entries": [denial]})
    view = planned(command, "www.alpha", "--from-cache", "--to", "192.0.2.2")
    assert (view["move"], view["ttl"]) == ("creation", 300)


def test_what_the_cache_has_not_is_one_line(command, control):
    control.replies["/api/v1/cache/entries"] = (200, {"entries": []})
    code, _, err = command("migrate", "plan", "www.alpha", "--from-cache")
    assert code == 1
    assert err.startswith("error: the cache has no www.alpha. A - ")


def test_asked_of_authorities_through_the_resolver_under_use(command, control, dns, monkeypatch):
    """One server plays the resolver and, where the lab's map leads, the authority of alpha. and of its parent."""
    soa = from_text("ns.alpha.") * 2 + b"".join(n.to_bytes(4, "big") for n in (1, 7200, 2, 3, 300))
    answers = {
        Rtype.SOA: Record(from_text("alpha."), int(Rtype.SOA), 1, 900, soa),
        Rtype.NS: Record(from_text("alpha."), int(Rtype.NS), 1, 86400, from_text("ns.alpha.")),
        Rtype.A: Record(b"", int(Rtype.A), 1, 1800, bytes([192, 0, 2, 1])),
    }

    def answer(request, transport):
        asked = parse(request)
        record = answers.get(asked.question.rtype)
        owner = asked.question.name if record and not record.owner else record.owner if record else b""
        found = (record._replace(owner=owner),) if record else ()
        return compose(replace(asked, flags=asked.flags | QR | RA | AA, answer=found))

    address, port = dns(answer)
    monkeypatch.setenv("RESOLVER_SERVER__LISTEN", f"{address}:{port}")
    control.replies["/api/v1/lab/map"] = (200, {"map": {"192.0.2.1": f"{address}#{port}"}})
    view = planned(command, "www.alpha", "--to", "192.0.2.2", "--presets", "rfc")
    assert (view["ttl"], view["from"], view["zone"]["name"]) == (1800, ["192.0.2.1"], "alpha.")
    assert (view["zone"]["negative_ttl"], view["zone"]["soa_refresh"]) == (300, 7200)
    assert view["steps"][2]["commands"][0] == "resolver lab set www.alpha. A 60 192.0.2.2"


def test_usage_errors_are_one_line_and_code_2(command):
    for arguments in (
        (),
        ("www.alpha", "@192.0.2.1"),
        ("www.alpha", "--old-ttl", "soon"),
        ("www.alpha", "--old-ttl", "1h", "--at", "tomorrow"),
        ("www.alpha", "--old-ttl", "1h", "--to", "not-an-address"),
    ):
        code, _, err = command("migrate", "plan", *arguments)
        assert code == 2, arguments
        assert err.count("\n") == 1


def test_an_unknown_preset_is_one_line_with_a_suggestion(command):
    code, _, err = command("migrate", "plan", "--old-ttl", "1h", "--presets", "unbond")
    assert code == 1
    assert "unbound" in err
