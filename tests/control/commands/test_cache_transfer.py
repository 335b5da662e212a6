# SPDX-License-Identifier: ISC
"""Pages out and pages in: each entry once, aged, never over anything newer; bad ones cost nothing else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from resolver.cache import Kind
from resolver.control.commands import CacheDump, CacheLoad, Spread
from resolver.control.commands.cache_transfer import PAGE
from resolver.control.parameters import BadRequest
from resolver.policy import Subject, judge
from resolver.wire import ROOT, Record, from_text
from tests.control.commands.inside import NOW, POLICY, WALL, entry, inside_of


def judged(name, rtype=1, *, kind=Kind.POSITIVE, age=10.0):
    """An entry with the lifetime that the policy gives it."""
    owner = from_text(name)
    denies = kind is not Kind.POSITIVE
    soa = Record(ROOT, 6, 1, 60, bytes(18) + (60).to_bytes(4, "big")) if denies else None
    held = replace(entry(name, rtype, kind=kind), soa=soa)
    return replace(held, lifetime=judge(Subject(owner, rtype, held.subject.answer, 60), NOW - age, POLICY))


def some_entries():
    """Fresh, stale, dead and denied names."""
    return inside_of(
        judged("www.alpha."),
        judged("alpha.", 15),
        judged("old.alpha.", age=61.0),
        judged("dead.alpha.", age=1e6),
        judged("no.alpha.", 0, kind=Kind.NXDOMAIN),
        judged("www.beta."),
    )


def pages(inside):
    start, found = 0, []
    while start is not None:
        page = asyncio.run(CacheDump(start).run(inside))
        found.append(json.loads(json.dumps(page)))
        start = page["next"]
    return found


def load(inside, entries, wall=WALL):
    return asyncio.run(CacheLoad.read({"wall": wall, "entries": entries}).run(inside))


def test_what_is_dumped_loads_into_another_cache_as_it_was():
    inside, other = some_entries(), inside_of()
    (page,) = pages(inside)
    assert len(page["entries"]) == 5  # the dead stay where they are
    assert load(other, page["entries"]) == {"loaded": 5, "died": 0, "older": 0, "no_room": 0, "bad": []}
    for name, rtype in (("www.alpha.", 1), ("no.alpha.", 0), ("old.alpha.", 1)):
        key = from_text(name)
        assert other.caches.records.peek(key, rtype) == inside.caches.records.peek(key, rtype)


def test_a_large_cache_is_many_pages_with_each_entry_once():
    inside = inside_of(*(entry(f"n{number}.alpha.") for number in range(2 * PAGE + 10)))
    found = pages(inside)
    assert len(found) == 3
    names = [entry["name"] for page in found for entry in page["entries"]]
    assert len(names) == len(set(names)) == 2 * PAGE + 10


def test_time_between_dump_and_load_is_subtracted():
    other = inside_of()
    (page,) = pages(some_entries())
    said = load(other, page["entries"], wall=WALL - 30)
    assert said["loaded"] == 5
    assert other.caches.records.peek(from_text("www.beta."), 1).lifetime.fresh_until == NOW + 20
    assert load(inside_of(), page["entries"], wall=WALL - 90000)["died"] == 5


def test_what_was_written_in_the_future_is_of_unknown_age():
    (page,) = pages(some_entries())
    said = load(inside_of(), page["entries"], wall=WALL + 3600)
    assert said["loaded"] == 0
    assert len([why for _, why in said["bad"] if "ahead of this machine's clock" in why]) == 5


def test_a_page_comes_in_in_turns():
    (page,) = pages(inside_of(*(judged(f"n{number}.alpha.") for number in range(100))))
    other = inside_of()
    assert load(other, page["entries"])["loaded"] == 100
    assert other.world.turns >= 5


def test_live_data_wins_over_a_dump():
    inside = some_entries()
    (page,) = pages(inside)
    newer = entry("www.alpha.")
    newer = replace(newer, server="192.0.2.99", lifetime=replace(newer.lifetime, stored_at=NOW - 1))
    inside.caches.records.store(newer, NOW)
    assert load(inside, page["entries"])["older"] == 5
    assert inside.caches.records.peek(from_text("www.alpha."), 1).server == "192.0.2.99"


def test_bad_entries_are_told_by_line_and_the_others_come_in():
    (page,) = pages(some_entries())
    good = page["entries"][0]
    said = load(
        inside_of(),
        [{**good, "zone": "other.", "line": 7}, good, {"line": 3}, 5, {**good, "ttl": "x", "line": 4}],
    )
    assert said["loaded"] == 1
    assert [line for line, _ in said["bad"]] == [0, 3, 4, 7]


@pytest.mark.parametrize(
    "given", [{}, {"wall": 1}, {"wall": "x", "entries": []}, {"wall": 1, "entries": [{}] * 1001}]
)
def test_nonsense_is_refused(given):
    with pytest.raises(BadRequest):
        CacheLoad.read(given)


def test_each_worker_gives_its_page_and_all_take_all():
    one = {"wall": WALL, "entries": [{"name": "a."}], "next": 512}
    two = {"wall": WALL, "entries": [{"name": "a."}], "next": None}
    assert CacheDump().combine([(1, one), (2, two)]) == {
        "wall": WALL,
        "entries": [{"name": "a.", "worker": 1}, {"name": "a.", "worker": 2}],
        "next": 512,
    }
    command = CacheLoad(WALL, ())
    assert command.spread is Spread.ALL
    few = {"loaded": 1, "died": 0, "older": 1, "no_room": 0, "bad": [(3, "why")]}
    assert command.combine([(1, few), (2, {**few, "loaded": 2, "older": 0})]) == {
        "loaded": 2,
        "died": 0,
        "older": 0,
        "no_room": 0,
        "bad": [(3, "why")],
        "workers": 2,
    }
