# SPDX-License-Identifier: ISC
"""The operations over real caches: what is shown, what a flush takes. (The whole process: tests/test_app.py.)"""

from __future__ import annotations

import asyncio

import pytest

from resolver.cache import CacheSettings, Entry, Kind, Rank, build, build_images
from resolver.control.live import LiveOperations, Process
from resolver.control.operations import FlushSpec
from resolver.engine.outcome import Cause, Failed
from resolver.events import LimitHit, nobody
from resolver.policy import Lifetime
from resolver.wire import ROOT, Ede, Record, from_text

NOW = 1000.0


class FakeWorld:
    def now(self):
        return NOW

    def ticks(self):
        return 5.0


def entry(name, rtype=1, *, kind=Kind.POSITIVE, fresh_until=NOW + 60, stale_until=NOW + 600):
    owner = from_text(name)
    records = (Record(owner, rtype, 1, 60, bytes([192, 0, 2, 1])),) if kind is Kind.POSITIVE else ()
    lifetime = Lifetime(NOW - 100, fresh_until, stale_until, 60)
    return Entry(
        kind, owner, rtype, records, (), None, (), Rank.AUTHORITATIVE_ANSWER, lifetime, ROOT, "192.0.2.53"
    )


@pytest.fixture
def operations():
    caches = build(CacheSettings(), nobody)
    for stored in (
        entry("www.alpha."),
        entry("alpha.", 15),
        entry("old.alpha.", fresh_until=NOW - 1),
        entry("dead.alpha.", fresh_until=NOW - 9, stale_until=NOW - 1),
        entry("no.alpha.", 0, kind=Kind.NXDOMAIN),
        entry("www.beta."),
    ):
        caches.records.store(stored, NOW - 100)

    async def resolve(name, rtype, tell):
        tell(LimitHit(5.5, "limits.sends"))
        return Failed(Cause.LIMIT, Ede.OTHER, "too much", ROOT, 50)

    process = Process(lambda: {"version": "0"}, lambda: True, resolve, dict, lambda: None)
    return LiveOperations(
        process, FakeWorld(), caches, build_images(CacheSettings(), caches.records), lambda: []
    )


def now(ask):
    """What is asked of a process is awaited: another one may have to be asked. Here, none has."""
    return lambda *how, **more: asyncio.run(ask(*how, **more))


def names(view):
    return sorted(entry["name"] for entry in view["entries"])


def test_entries_at_or_below_a_name_without_the_dead(operations):
    view = now(operations.cache_entries)(from_text("ALPHA."), None, stale=False, limit=100)
    assert names(view) == ["alpha.", "no.alpha.", "old.alpha.", "www.alpha."]
    assert not view["truncated"]


def test_stale_entries_alone_and_one_type_alone(operations):
    assert names(now(operations.cache_entries)(None, None, stale=True, limit=100)) == ["old.alpha."]
    assert names(now(operations.cache_entries)(None, 15, stale=False, limit=100)) == ["alpha.", "no.alpha."]


def test_more_than_the_limit_is_truncated_and_says_so(operations):
    view = now(operations.cache_entries)(None, None, stale=False, limit=2)
    assert (len(view["entries"]), view["truncated"]) == (2, True)


def test_flushes_take_what_they_name(operations):
    assert now(operations.flush)(FlushSpec(from_text("WWW.alpha."), 1, subtree=False, dry_run=True)) == 1
    assert now(operations.flush)(FlushSpec(from_text("www.alpha."), 1, subtree=False)) == 1
    assert now(operations.flush)(FlushSpec(negative=True)) == 1
    assert now(operations.flush)(FlushSpec(failures=True)) == 0
    assert names(now(operations.cache_entries)(None, None, stale=False, limit=9)) == [
        "alpha.",
        "old.alpha.",
        "www.beta.",
    ]
    now(operations.flush)(FlushSpec())
    assert now(operations.cache_statistics)()["records"]["entries"] == 0


def test_a_trace_holds_steps_outcome_and_time(operations):
    view = asyncio.run(operations.trace(from_text("www.alpha."), 1))
    assert view["steps"] == [{"step": "limit", "at": 0.5, "limit": "limits.sends"}]
    assert view["outcome"]["failed"]["text"] == "too much"
    assert (view["name"], view["type"], view["seconds"]) == ("www.alpha.", "A", 0.0)
