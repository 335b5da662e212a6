# SPDX-License-Identifier: ISC
"""The story of a question: what is said of each link, of what is missing, and by each of several workers."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from resolver.cache import Delegation
from resolver.control.commands import CacheExplain
from resolver.control.parameters import BadRequest
from resolver.policy import Lifetime
from resolver.policy.presets import preset_names
from resolver.wire import ROOT, Record, from_text
from tests.control.commands.inside import NOW, POLICY, WALL, entry, inside_of, some_entries


def explained(inside, name, rtype=1, **more):
    view = asyncio.run(CacheExplain(from_text(name), rtype, **more).run(inside))
    (story,) = view["caches"]
    return story


def alias(name, target):
    made = entry(name, 5)
    return replace(made, records=(Record(made.owner, 5, 1, 60, from_text(target)),))


@pytest.mark.parametrize(("name", "withheld"), [("router.alpha.", True), ("router.home.", False)])
def test_what_clients_are_not_told_is_said_to_be_withheld(name, withheld):
    made = entry(name)
    private = replace(made, records=(Record(made.owner, 1, 1, 60, bytes([192, 168, 0, 1])),))
    story = explained(inside_of(private), name, others=False)
    assert story["withheld"] is withheld
    assert story["links"][0]["records"] == ["192.168.0.1"]


def test_each_link_is_told_with_its_instants_use_and_origin():
    inside = inside_of(alias("www.alpha.", "host.beta."), entry("host.beta."))
    records = inside.caches.records
    records.tallies.hit(records.slot(from_text("host.beta."), 1), 7)
    lease = Lifetime(NOW - 100, NOW + 500, NOW + 500, 600)
    inside.caches.delegations.store(
        Delegation(ROOT, (from_text("a.root."),), ((from_text("a.root."), "192.0.2.53"),), lease, ROOT), NOW
    )
    story = explained(inside, "www.alpha.")
    assert (story["state"], story["fresh_for"]) == ("fresh", 60.0)
    first, last = story["links"]
    assert (first["type"], first["records"], last["name"]) == ("CNAME", ["host.beta."], "host.beta.")
    assert (last["stored_at"], last["fresh_until"], last["stale_until"]) == (
        WALL - 100,
        WALL + 60,
        WALL + 600,
    )
    assert last["use"] == {
        "since": WALL - 100,
        "hits": 7,
        "refreshes": 0,
        "stale_answers": 0,
        "stale_periods": 0,
    }
    assert (last["server"], last["rank"]) == ("192.0.2.53", "authoritative_answer")
    assert last["delegation"]["lease_until"] == WALL + 500
    assert last["delegation"]["addresses"] == 1
    assert last["prefetch"]["in"] == pytest.approx(60 - 160 * POLICY.prefetch.fraction)
    assert last["images"] == 0


def test_every_preset_says_what_it_would_have_made_of_it():
    others = explained(some_entries(), "www.alpha.")["links"][0]["policies"]
    assert [other["policy"] for other in others] == list(preset_names())
    assert all(other["kept_ttl"] > 0 for other in others)
    assert explained(some_entries(), "www.alpha.", others=False)["links"][0]["policies"] == []


def test_explaining_is_not_a_use():
    inside = some_entries()
    for _ in range(3):
        explained(inside, "www.alpha.")
    assert all(held.tally.hits == 0 for held in inside.caches.records.walk(0, inside.caches.records.slots))


def test_a_stale_answer_says_since_when():
    story = explained(some_entries(), "old.alpha.")
    assert (story["state"], story["fresh_for"]) == ("stale", -1.0)
    assert "prefetch" not in story["links"][0]


@pytest.mark.parametrize(
    ("name", "why"),
    [("dead.alpha.", "expired"), ("never.example.", "never_asked"), ("flushed.alpha.", "flushed")],
)
def test_what_is_not_cached_says_why(name, why):
    inside = some_entries()
    inside.caches.records.store(entry("flushed.alpha."), NOW - 100)
    inside.caches.flush(from_text("flushed.alpha."), now=NOW - 30)
    story = explained(inside, name)
    assert (story["state"], story["missing"]["why"]) == ("missing", why)
    if why == "flushed":
        assert (story["missing"]["ended"], story["missing"]["lived"]) == (30.0, 70.0)


def test_a_chain_that_breaks_off_says_where():
    story = explained(inside_of(alias("www.alpha.", "gone.beta.")), "www.alpha.")
    assert len(story["links"]) == 1
    assert (story["missing"]["name"], story["missing"]["why"]) == ("gone.beta.", "never_asked")
    loop = inside_of(alias("a.alpha.", "b.alpha."), alias("b.alpha.", "a.alpha."))
    assert explained(loop, "a.alpha.")["missing"] == {
        "name": "a.alpha.",
        "type": "A",
        "why": "stopped",
        "stop": "loop",
    }


def test_a_denial_above_speaks_for_the_name():
    story = explained(some_entries(), "x.no.alpha.")
    assert (story["state"], story["links"][0]["kind"], story["links"][0]["name"]) == (
        "fresh",
        "nxdomain",
        "no.alpha.",
    )


def test_failures_and_timers_are_told():
    inside = some_entries()
    failures = inside.caches.failures
    failures.record(
        from_text("bad.alpha."), 1, False, NOW, structural=False, unreachable=True, ede=22,
        text="nobody answers", zone=from_text("alpha."), policy=POLICY,
    )  # fmt: skip
    failures.set_recheck(from_text("old.alpha."), 1, from_text("alpha."), NOW + 20)
    failed = explained(inside, "bad.alpha.")["failure"]
    assert (failed["count"], failed["ede_name"], failed["text"]) == (
        1,
        "No reachable authority",
        "nobody answers",
    )
    assert explained(inside, "old.alpha.")["recheck"] == {"until": WALL + 20, "for": 20.0}


def test_workers_tell_a_story_each_and_nothing_is_nothing():
    command = CacheExplain.read({"name": "www.alpha", "type": "aaaa", "others": "0"})
    assert (command.rtype, command.others) == (28, False)
    stories = [(1, {"state": "fresh"}), (2, {"state": "missing"})]
    told = command.combine([(worker, {"policy": "p", "caches": [story]}) for worker, story in stories])
    assert told == {
        "policy": "p",
        "caches": [{"worker": 1, "state": "fresh"}, {"worker": 2, "state": "missing"}],
    }
    with pytest.raises(BadRequest):
        CacheExplain.read({})
