# SPDX-License-Identifier: ISC
"""Forms are lossless; what no reply could have said is refused; no line makes a life longer."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.cache import Entry, Kind, Rank
from resolver.persistence.form import BadForm, EntryForm, RecordForm, entry_of, form_of, shifted
from resolver.policy import Lifetime, Reason
from resolver.policy.rules import CEILING_S
from resolver.wire import Record, Rtype
from tests.cache.making import alias, denial, entry, n

NOW = 1000.0


def through_json(form: EntryForm) -> EntryForm:
    return msgspec.json.decode(msgspec.json.encode(form), type=EntryForm)


def signed() -> Entry:
    """An RRset with all that an entry can have."""
    plain = entry("WWW.Example.", Rtype.A, b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02", now=NOW)
    rrsig = b"\x00\x01\x08\x02" + bytes(14) + n("example.") + bytes(20)
    proof = Record(n("a.example."), int(Rtype.NSEC), 1, 60, n("z.example.") + b"\x00\x01\x40")
    life = replace(
        plain.lifetime, reasons=(Reason("policy.max_ttl", 300.0, 60.0), Reason('rule 1 "é"', 60.0, 59.5))
    )
    return replace(
        plain,
        signatures=(Record(plain.owner, int(Rtype.RRSIG), 1, 300, rrsig),),
        proofs=(proof,),
        wildcard=True,
        lifetime=life,
        rank=Rank.ALIAS_TARGET,
    )


@pytest.mark.parametrize(
    "one",
    [
        entry("a.example.", now=NOW),
        signed(),
        alias("Alias.example.", "Target.Other.", now=NOW),
        denial("no.example.", now=NOW),
        denial("none.example.", 28, now=NOW),
        entry("t.example.", 65280, bytes(range(256)), now=NOW),
    ],
)
def test_a_form_is_lossless(one: Entry) -> None:
    assert entry_of(through_json(form_of(one, NOW)), NOW, 0.0) == one


@given(st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0, 1e5))
def test_age_is_subtracted_and_no_life_grows(elapsed: float, fresh: float, stale: float) -> None:
    life = Lifetime(NOW - 10, NOW + fresh, NOW + fresh + stale, 300)
    form = through_json(form_of(entry("a.example.", lifetime=life), NOW))
    read = entry_of(form, NOW, elapsed).lifetime
    assert read.fresh_until == pytest.approx(life.fresh_until - elapsed)
    assert read.stale_until == pytest.approx(life.stale_until - elapsed)
    assert read.kept_ttl <= life.kept_ttl + 1e-6


def test_a_clock_that_was_set_back_makes_nothing_younger() -> None:
    form = form_of(entry("a.example.", now=NOW), NOW)
    assert entry_of(form, NOW, -5000.0) == entry_of(form, NOW, 0.0)


def test_a_line_may_not_promise_more_than_a_week() -> None:
    form = msgspec.structs.replace(form_of(entry("a.example.", now=NOW), NOW), fresh_for=1e9, stale_for=2e9)
    life = entry_of(form, NOW, 0.0).lifetime
    assert life.kept_ttl == CEILING_S
    assert life.stale_until - life.fresh_until == CEILING_S


def test_what_was_written_earlier_is_older() -> None:
    form = shifted(form_of(entry("a.example.", now=NOW - 20), NOW), 5.0)
    assert (form.age, form.fresh_for) == (15.0, 285.0)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "a..example."}, "name, zone or type"),
        ({"zone": "other."}, "not in the zone"),
        ({"type": "NOPE"}, "name, zone or type"),
        ({"type": "*"}, "NXDOMAIN"),
        ({"kind": "rumour"}, "no such kind"),
        ({"rank": "oracle"}, "no such kind or rank"),
        ({"age": -1.0}, "age"),
        ({"fresh_for": float("inf")}, "seconds"),
        ({"ttl": 1 << 32}, "TTL"),
        ({"ttl": -1}, "TTL"),
        ({"records": ()}, "has records"),
        ({"server": "x" * 200}, "120 octets"),
        ({"rules": (("r", 0.0, 0.0),) * 40}, "too many rules"),
        ({"signatures": (RecordForm(bytes(65536), type="RRSIG"),)}, "65536 octets"),
    ],
)
def test_what_no_cache_holds_is_refused(changes: dict[str, object], says: str) -> None:
    form = form_of(entry("a.example.", now=NOW), NOW)
    with pytest.raises(BadForm, match=says):
        entry_of(msgspec.structs.replace(form, **changes), NOW, 0.0)


@pytest.mark.parametrize(
    "broken",
    [
        entry("a.example.", Rtype.A, b"\x01\x02\x03"),
        entry("a.example.", Rtype.CNAME, b"\x05short"),
        entry("a.example.", Rtype.CNAME, n("b.example."), n("c.example.")),
        entry("a.example.", Rtype.NS, n("b.example.") + b"\x00"),
        replace(denial("a.example."), soa=None),
        replace(
            denial("a.example."),
            kind=Kind.NODATA,
            rtype=1,
            soa=Record(n("a.example."), 6, 1, 60, b"\x00\x00"),
        ),
    ],
)
def test_malformed_rdata_is_refused(broken: Entry) -> None:
    with pytest.raises(BadForm):
        entry_of(form_of(broken, NOW), NOW, 0.0)
