# SPDX-License-Identifier: ISC
"""A flush takes what it names, everywhere; to count is not to flush; what was asked for before stays out."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from resolver.cache.delegations import Delegation
from resolver.control.commands import CacheEntries, Flush, Spread
from resolver.control.parameters import BadRequest
from resolver.policy import Lifetime
from resolver.wire import ROOT, from_text
from tests.control.commands.inside import NOW, POLICY, entry, inside_of, some_entries


def flush(inside, **given):
    return asyncio.run(Flush.read(given).run(inside))


def left(inside):
    entries = asyncio.run(CacheEntries().run(inside))["entries"]
    return sorted(entry["name"] for entry in entries)


def test_flushes_take_what_they_name():
    inside = some_entries()
    assert flush(inside, name="WWW.alpha.", type="A", exact=True, dry_run=True)["flushed"] == 1
    assert flush(inside, name="www.alpha.", type="A", exact=True)["flushed"] == 1
    assert flush(inside, negative=True)["flushed"] == 1
    assert flush(inside, failures=True)["flushed"] == 0
    assert left(inside) == ["alpha.", "old.alpha.", "www.beta."]
    flush(inside, all=True)
    assert len(inside.caches.records) == 0


def test_patterns_kinds_servers_and_ages_narrow_each_other():
    inside = some_entries()
    elsewhere = replace(entry("new.alpha."), server="2001:db8::1")
    inside.caches.records.store(
        replace(elsewhere, lifetime=replace(elsewhere.lifetime, stored_at=NOW - 5)), NOW - 5
    )

    def would(**given):
        return flush(inside, dry_run=True, **given)["such_as"]

    assert would(glob="*w*.A?pha") == ["www.alpha. A", "new.alpha. A"]
    assert would(stale=True) == ["old.alpha. A", "dead.alpha. A"]
    assert would(server="2001:DB8:0::1") == ["new.alpha. A"]
    assert len(would(older_than="1m")) == 6
    assert would(older_than=60, glob="www.*", name="beta") == ["www.beta. A"]
    assert would(older_than=60, server="2001:db8::1") == []
    assert would(type="MX", name="alpha") == ["alpha. MX", "no.alpha. *"]
    assert len(inside.caches.records) == 7


@pytest.mark.parametrize(
    ("given", "stays_out"),
    [
        ({"name": "alpha"}, True),
        ({"glob": "late.*"}, True),
        ({"server": "192.0.2.53"}, True),
        ({"server": "192.0.2.99"}, False),
        ({"older_than": 60}, False),
        ({"stale": True}, False),
        ({"negative": True}, False),
        ({"name": "alpha", "dry_run": True}, False),
    ],
)
def test_an_answer_asked_for_before_a_flush_that_covers_it_is_not_kept(given, stays_out):
    inside = some_entries()
    epoch = inside.caches.epoch
    flush(inside, **given)
    late = entry("late.alpha.")
    late = replace(late, lifetime=replace(late.lifetime, stored_at=NOW))
    assert inside.caches.records.store(late, NOW, epoch) is not stays_out


def test_failures_go_by_name_and_type_and_with_their_name():
    inside = some_entries()
    for rtype in (1, 28):
        inside.caches.failures.record(
            from_text("bad.alpha."), rtype, False, NOW, structural=False, unreachable=False, ede=0, text="",
            zone=from_text("alpha."), policy=POLICY,
        )  # fmt: skip
    assert flush(inside, failures=True, type="AAAA", dry_run=True)["of"]["failures"] == 1
    assert flush(inside, name="alpha", older_than=60, dry_run=True)["of"]["failures"] == 0
    assert flush(inside, name="alpha")["of"] == {"records": 5, "delegations": 0, "failures": 2}


def test_a_large_cache_goes_in_turns():
    inside = inside_of(*(entry(f"n{number}.alpha.") for number in range(2000)))
    said = flush(inside, name="alpha")
    assert (said["flushed"], len(said["such_as"])) == (2000, 20)
    assert inside.world.turns >= 4


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({"name": "alpha"}, 2),
        ({"name": "www.alpha", "exact": True}, 1),
        ({"failures": True}, 1),
        ({"negative": True}, 2),
        ({"stale": True}, 0),
        ({"older_than": 60}, 0),
        ({"name": "alpha", "dry_run": True}, 0),
    ],
)
def test_who_asks_after_a_flush_joins_nobody_who_asked_before(given, lines):
    inside = some_entries()
    flush(inside, **given)
    assert inside.service().begun_anew == lines


def test_what_builds_on_data_that_is_about_to_go_is_not_kept():
    """Between two turns of a flush somebody asks servers that are not flushed yet; what they say comes in after it."""
    inside = inside_of(*(entry(f"n{number}.alpha.") for number in range(500)))
    caches = inside.caches
    lease = Lifetime(NOW, NOW + 60, NOW + 60, 60)
    caches.delegations.store(Delegation(from_text("alpha."), (), (), lease, ROOT), NOW)
    begun = []

    async def sleep_until(tick):
        begun.append((caches.epoch, caches.delegations.holds(from_text("alpha."))))

    inside.world.sleep_until = sleep_until
    assert flush(inside, name="alpha")["of"] == {"records": 500, "delegations": 1, "failures": 0}
    late = entry("late.alpha.")
    late = replace(late, lifetime=replace(late.lifetime, stored_at=NOW))
    assert not any(has_delegation for _, has_delegation in begun)
    assert [caches.records.store(late, NOW, epoch) for epoch, _ in begun] == [False] * len(begun)
    assert caches.records.store(late, NOW, caches.epoch)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "nothing to flush"),
        ({"exact": True}, "nothing to flush"),
        ({"all": True, "stale": True}, "contradicts"),
        ({"failures": True, "server": "192.0.2.1"}, "by themselves"),
        ({"server": "ns1.alpha"}, "IP address"),
        ({"older_than": "soon"}, "seconds"),
        ({"glob": ""}, "must be text"),
    ],
)
def test_nonsense_is_refused(given, says):
    with pytest.raises(BadRequest, match=says):
        Flush.read(given)


def test_a_flush_takes_the_subtree_and_really_flushes_unless_told_otherwise():
    command = Flush.read({"name": "a"})
    assert (command.subtree, command.dry_run, command.negative, command.rtype) == (True, False, False, None)


def test_all_workers_have_to_have_flushed_but_counting_is_a_question():
    assert Flush().spread is Spread.ALL
    assert Flush(dry_run=True).spread is Spread.EACH
    one = {"flushed": 3, "of": {"records": 2, "delegations": 1, "failures": 0}, "such_as": ["a. A"]}
    assert Flush().combine([(1, one), (2, one)]) == {
        "flushed": 6,
        "of": {"records": 4, "delegations": 2, "failures": 0},
        "such_as": ["a. A"],
        "dry_run": False,
    }
