# SPDX-License-Identifier: ISC
"""What is shown of the cache, and of the caches of several workers."""

from __future__ import annotations

import asyncio

from resolver.control.commands import CacheEntries
from resolver.wire import from_text
from tests.control.commands.inside import entry, inside_of, some_entries


def shown(command):
    view = asyncio.run(command.run(some_entries()))
    return sorted(entry["name"] for entry in view["entries"]), view["truncated"]


def test_entries_at_or_below_a_name_without_the_dead():
    expected = ["alpha.", "no.alpha.", "old.alpha.", "www.alpha."]
    assert shown(CacheEntries(from_text("ALPHA."))) == (expected, False)


def test_stale_entries_alone_and_one_type_alone():
    assert shown(CacheEntries(stale=True)) == (["old.alpha."], False)
    assert shown(CacheEntries(rtype=15)) == (["alpha.", "no.alpha."], False)


def test_more_than_the_limit_is_truncated_and_says_so():
    names, truncated = shown(CacheEntries(limit=2))
    assert (len(names), truncated) == (2, True)


def test_a_large_cache_is_shown_in_turns_and_a_name_is_found_anywhere_in_it():
    inside = inside_of(*(entry(f"n{number}.alpha.") for number in range(1000)), entry("www.beta."))
    view = asyncio.run(CacheEntries(from_text("beta.")).run(inside))
    assert [shown["name"] for shown in view["entries"]] == ["www.beta."]
    assert inside.world.turns >= 7
    assert asyncio.run(CacheEntries(from_text("eta.")).run(inside))["entries"] == []


def test_entries_of_several_workers_keep_the_limit_and_say_whose_they_are():
    answers = [(n, {"entries": [{"name": "a."}] * 2, "truncated": False}) for n in (1, 2)]
    view = CacheEntries(limit=3).combine(answers)
    assert [entry["worker"] for entry in view["entries"]] == [1, 1, 2]
    assert view["truncated"]
    assert not CacheEntries(limit=4).combine(answers)["truncated"]
