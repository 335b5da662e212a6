# SPDX-License-Identifier: ISC
"""Who leads by which measure, and sums by label: each entry counted in all names above it, once."""

from __future__ import annotations

import asyncio

import pytest

from resolver.control.commands import CacheTop, CacheTree
from resolver.control.parameters import BadRequest
from resolver.wire import from_text
from tests.control.commands.inside import NOW, entry, inside_of, some_entries


def top(inside, by, limit=20):
    return asyncio.run(CacheTop(by, limit).run(inside))["entries"]


def tree(inside, *arguments):
    view = asyncio.run(CacheTree(*arguments).run(inside))
    return {node["name"]: (node["depth"], node["entries"]) for node in view["nodes"]}


def test_the_most_asked_lead():
    inside = some_entries()
    records = inside.caches.records
    for name, hits in (("www.beta.", 9), ("www.alpha.", 4), ("dead.alpha.", 99)):
        records.tallies.hit(records.slot(from_text(name), 1), hits)
    assert [(e["name"], e["value"]) for e in top(inside, "hits", 2)] == [("www.beta.", 9), ("www.alpha.", 4)]
    assert len(top(inside, "hits")) == 5
    assert top(inside, "hits", 0) == []


def test_the_longest_lives_the_largest_and_the_most_fetched_lead():
    inside = inside_of(
        entry("short.alpha.", fresh_until=NOW + 1),
        entry("long.alpha.", fresh_until=NOW + 500),
        entry("a-name-that-takes-more-room-than-any-other-name-here.alpha."),
    )
    inside.caches.records.store(entry("short.alpha.", fresh_until=NOW + 2), NOW)
    assert top(inside, "ttl")[0]["name"] == "long.alpha."
    assert top(inside, "bytes")[0]["name"].startswith("a-name")
    assert [(e["name"], e["value"]) for e in top(inside, "misses", 1)] == [("short.alpha.", 2)]


def test_a_cache_is_looked_through_in_turns():
    inside = inside_of(*(entry(f"n{number}.alpha.") for number in range(1500)))
    assert len(top(inside, "hits", 7)) == 7
    assert inside.world.turns >= 3


def test_workers_leaders_are_the_leaders_of_all():
    one, two = ([{"value": value, "name": str(value)} for value in values] for values in ((9, 2), (5, 1)))
    both = CacheTop("hits", 3).combine([(1, {"entries": one}), (2, {"entries": two})])
    assert [(e["value"], e["worker"]) for e in both["entries"]] == [(9, 1), (5, 2), (2, 1)]


def test_unknown_measures_are_refused():
    with pytest.raises(BadRequest, match="hits, bytes, ttl, misses"):
        CacheTop.read({"by": "beauty"})
    assert CacheTop.read({"by": "ttl", "limit": "5"}) == CacheTop("ttl", 5)


def test_the_tree_sums_up_what_is_at_and_below_each_name():
    assert tree(some_entries()) == {
        ".": (0, 5),
        "alpha.": (1, 4),
        "no.alpha.": (2, 1),
        "old.alpha.": (2, 1),
        "www.alpha.": (2, 1),
        "beta.": (1, 1),
        "www.beta.": (2, 1),
    }
    assert tree(some_entries(), from_text("Alpha."), 0) == {"alpha.": (0, 4)}
    assert tree(inside_of()) == {".": (0, 0)}


def test_workers_trees_are_one():
    one = asyncio.run(CacheTree().run(some_entries()))
    both = CacheTree().combine([(1, one), (2, one)])
    assert [node["name"] for node in both["nodes"]] == [node["name"] for node in one["nodes"]]
    assert both["nodes"][0]["entries"] == 10
    assert CacheTree.read({"name": "alpha", "depth": "3"}) == CacheTree(from_text("alpha."), 3)
