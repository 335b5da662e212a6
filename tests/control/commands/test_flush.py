# SPDX-License-Identifier: ISC
"""A flush takes what it names, everywhere; to count is not to flush."""

from __future__ import annotations

import asyncio

from resolver.control.commands import CacheEntries, Flush, Spread
from resolver.wire import from_text
from tests.control.commands.inside import some_entries


def test_flushes_take_what_they_name():
    inside = some_entries()

    def flushed(*what, **more):
        return asyncio.run(Flush(*what, **more).run(inside))["flushed"]

    assert flushed(from_text("WWW.alpha."), 1, subtree=False, dry_run=True) == 1
    assert flushed(from_text("www.alpha."), 1, subtree=False) == 1
    assert flushed(negative=True) == 1
    assert flushed(failures=True) == 0
    left = asyncio.run(CacheEntries().run(inside))["entries"]
    assert sorted(entry["name"] for entry in left) == ["alpha.", "old.alpha.", "www.beta."]
    flushed()
    assert len(inside.caches.records) == 0


def test_a_flush_takes_the_subtree_and_really_flushes_unless_told_otherwise():
    flush = Flush(b"\x01a\x00")
    assert (flush.subtree, flush.dry_run, flush.negative, flush.rtype) == (True, False, False, None)


def test_all_workers_have_to_have_flushed_but_counting_is_a_question():
    assert Flush().spread is Spread.ALL
    assert Flush(dry_run=True).spread is Spread.EACH
    answers = [(1, {"flushed": 4}), (2, {"flushed": 1})]
    assert Flush().combine(answers) == {"flushed": 5, "dry_run": False}
