# SPDX-License-Identifier: ISC
"""One zone, one name, one type: which of the six findings."""

from __future__ import annotations

import pytest

from resolver.lab.lookup import Alias, Data, NoData, NoName, Redirect, Referral, look_up
from resolver.wire import from_text, to_text
from resolver.wire.codes import type_from_text
from tests.lab.asking import zone

ZONE = zone(
    "shop0.",
    """
@       NS     ns
a       A      192.0.2.1
c       CNAME  a
d       DNAME  e.far0.
s       NS     ns.far0.
*.w     TXT    "x"
n.t.w   A      192.0.2.2
""",
)


@pytest.mark.parametrize(
    ("name", "rtype", "kind"),
    [
        ("a.shop0.", "A", Data),
        ("A.SHOP0.", "A", Data),
        ("a.shop0.", "TXT", NoData),
        ("shop0.", "NS", Data),
        ("c.shop0.", "A", Alias),
        ("c.shop0.", "CNAME", Data),
        ("c.shop0.", "RRSIG", NoData),
        ("x.d.shop0.", "A", Redirect),
        ("d.shop0.", "A", NoData),
        ("s.shop0.", "NS", Referral),
        ("x.s.shop0.", "A", Referral),
        ("s.shop0.", "DS", NoData),
        ("x.s.shop0.", "DS", Referral),
        ("y.w.shop0.", "TXT", Data),
        ("y.w.shop0.", "A", NoData),
        ("w.shop0.", "TXT", NoData),
        ("t.w.shop0.", "TXT", NoData),
        ("y.t.w.shop0.", "TXT", NoName),
        ("y.shop0.", "A", NoName),
    ],
)
def test_finding(name: str, rtype: str, kind: type) -> None:
    assert type(look_up(ZONE, from_text(name), type_from_text(rtype))) is kind


def test_rfc_4592_3_3_1_the_closest_encloser_is_told() -> None:
    found = look_up(ZONE, from_text("p.q.t.w.shop0."), 1)
    assert isinstance(found, NoName)
    assert to_text(found.encloser) == "t.w.shop0."


def test_an_expansion_keeps_the_spelling_asked_and_names_its_star() -> None:
    found = look_up(ZONE, from_text("Y.w.shop0."), 16)
    assert isinstance(found, Data)
    assert found.sets[0].owner == from_text("Y.w.shop0.")
    assert found.wildcard == from_text("*.w.shop0.")


def test_rfc_6672_the_part_in_front_keeps_its_spelling() -> None:
    found = look_up(ZONE, from_text("X.Y.d.shop0."), 1)
    assert isinstance(found, Redirect)
    assert found.target == from_text("X.Y.e.far0.")
