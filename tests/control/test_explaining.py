# SPDX-License-Identifier: ISC
"""Ceilings hold for other policies too; glue is told from an answer."""

from __future__ import annotations

from dataclasses import replace

from resolver.cache import CacheSettings, Delegation, Rank, build, build_images
from resolver.control.explaining import Explaining, Present
from resolver.events import nobody
from resolver.policy import Lifetime, Policy, PositiveBounds
from resolver.service.rebinding import Rebinding, RebindingSettings
from resolver.units import Seconds
from resolver.wire import ROOT, from_text
from tests.cache.making import entry

NOW, WALL = 50.0, 1_800_000_000.0


def explaining(caches, *others):
    images = build_images(CacheSettings(), caches.records)
    rebinding = Rebinding(RebindingSettings())
    return Explaining(caches, images, Policy(), others, rebinding, Present(NOW, WALL))


def test_no_policy_outlives_the_lease_of_a_zone():
    caches = build(CacheSettings(), nobody)
    zone = from_text("example.")
    caches.records.store(replace(entry("example.", 2, from_text("ns.example.")), zone=zone), 0.0)
    cut = Delegation(zone, (from_text("ns.example."),), (), Lifetime(0.0, 120.0, 120.0, 120), ROOT)
    caches.delegations.store(cut, 0.0)
    longer = Policy(positive=PositiveBounds(min=Seconds(3600)), name="longer")
    (other,) = explaining(caches, longer).story(from_text("example."), 2)["links"][0]["policies"]
    assert (other["policy"], other["kept_ttl"], other["stale"]) == ("longer", 120.0, 0.0)
    assert "ceiling.lease" in other["rules"]


def test_glue_answers_nobody():
    caches = build(CacheSettings(), nobody)
    caches.records.store(entry("ns.example.", rank=Rank.GLUE), 0.0)
    missing = explaining(caches).story(from_text("ns.example."), 1)["missing"]
    assert (missing["why"], missing["entry"]["rank"]) == ("glue", "glue")


def test_instants_are_unix_time():
    assert Present(NOW, WALL).wall_of(40.0) == WALL - 10
