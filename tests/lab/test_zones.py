# SPDX-License-Identifier: ISC
"""Zones as values: existence, cuts, canonical order, and what no server would load."""

from __future__ import annotations

import pytest

from resolver.lab.zones import Zone, ZoneError, canonical_order
from resolver.wire import RRset, Rtype, from_text
from tests.lab.asking import zone


def test_rfc_8020_names_between_exist() -> None:
    made = zone("shop0.", "@ NS ns\na.b.c A 192.0.2.1\n")
    assert made.nodes.keys() >= {from_text("b.c.shop0."), from_text("c.shop0.")}
    assert not made.nodes[from_text("c.shop0.")].sets


def test_the_highest_cut_counts() -> None:
    made = zone("shop0.", "@ NS ns\nsub NS ns.sub\nin.sub NS ns.in.sub\n")
    assert made.cut_above(from_text("x.in.sub.shop0.")) == from_text("sub.shop0.")
    assert made.cut_above(from_text("www.shop0.")) is None
    assert made.cut_above(from_text("shop0.")) is None


def test_rfc_4034_6_1_canonical_order() -> None:
    ordered = [
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "z.a.example.",
        "zabc.a.example.",
        "z.example.",
    ]
    keys = [from_text(name) for name in ordered]
    assert sorted(sorted(keys, key=len), key=canonical_order) == keys


def test_the_nsec_before_a_name_covers_it_and_the_first_name_has_the_last() -> None:
    made = zone("s0.", "@ NSEC b.s0. SOA\nb NSEC d.s0. A\nd NSEC s0. A\n")
    assert made.nsec_at_or_before(from_text("c.s0.")) == from_text("b.s0.")
    assert made.nsec_at_or_before(from_text("b.s0.")) == from_text("b.s0.")
    assert made.nsec_at_or_before(from_text("zz.s0.")) == from_text("d.s0.")
    assert zone("s0.", "").nsec_at_or_before(from_text("c.s0.")) is None


def test_a_zone_without_soa_is_refused() -> None:
    with pytest.raises(ZoneError, match="no SOA"):
        zone("shop0.", "@ NS ns\n", soa="")


def test_data_outside_is_refused() -> None:
    with pytest.raises(ZoneError, match="outside"):
        Zone.build(from_text("shop0."), [RRset(from_text("a.other0."), int(Rtype.A), 1, 60, (bytes(4),))])


def test_a_cname_beside_other_data_is_refused() -> None:
    owner = from_text("a.shop0.")
    sets = [*zone("shop0.", "a A 192.0.2.1\n").rrsets(), RRset(owner, int(Rtype.CNAME), 1, 60, (owner,))]
    with pytest.raises(ZoneError, match="CNAME and other data"):
        Zone.build(from_text("shop0."), sets)


def test_a_zone_is_its_rrsets() -> None:
    made = zone("shop0.", "@ NS ns\na A 192.0.2.1\n")
    again = Zone.build(made.origin, made.rrsets())
    assert again.nodes == made.nodes
