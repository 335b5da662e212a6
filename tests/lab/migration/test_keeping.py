# SPDX-License-Identifier: ISC
"""What caches make of a TTL is what the policy code says, clamps and stale windows included."""

from __future__ import annotations

from resolver.lab.migration.keeping import (
    Caches,
    in_short,
    longest,
    longest_answered,
    longest_stale,
    shipped_caches,
)
from resolver.policy import AnswerClass
from tests.lab.migration.making import BROWSER, DAY, NAME, PLAIN, policy

CACHES = Caches(
    {"plain": PLAIN, "at least": policy(least=300), "at most": policy(most=600), "stale": policy(stale=DAY)},
    BROWSER,
)


def kept(ttl, answer=AnswerClass.POSITIVE):
    return {k.preset: (k.fresh, k.stale) for k in CACHES.keepings(NAME, 1, answer, ttl)}


def test_minimum_and_maximum_clamps_and_the_stale_window_are_told_apart():
    assert kept(60) == {"plain": (60, 0), "at least": (300, 0), "at most": (60, 0), "stale": (60, DAY)}
    assert kept(3600) == {
        "plain": (3600, 0),
        "at least": (3600, 0),
        "at most": (600, 0),
        "stale": (3600, DAY),
    }


def test_a_minimum_stretches_neither_a_denial_nor_a_delegation():
    assert kept(60, AnswerClass.NXDOMAIN)["at least"][0] == 60
    assert kept(60, AnswerClass.DELEGATION)["at least"][0] == 60


def test_the_rule_at_work_is_named():
    rules = {k.preset: k.rules for k in CACHES.keepings(NAME, 1, AnswerClass.POSITIVE, 60)}
    assert rules["plain"] == ()
    assert len(rules["at least"]) == 1


def test_a_browser_adds_its_own_life_whatever_the_ttl():
    assert CACHES.front(NAME, 1, 5) == CACHES.front(NAME, 1, DAY) == 60
    assert Caches({}).front(NAME, 1, 5) == 0


def test_stale_first_is_told_from_stale_at_need():
    """RFC 8767 section 5: a client response timer of 0 answers first and asks afterwards."""
    caches = Caches({"first": policy(stale=600, client_timeout=0), "need": policy(stale=DAY)})
    first, need = caches.keepings(NAME, 1, AnswerClass.POSITIVE, 60)
    assert (first.answered, need.answered) == (660, 60)
    assert longest_answered([first, need]) == 660


def test_the_longest_of_none_is_nothing():
    keepings = CACHES.keepings(NAME, 1, AnswerClass.POSITIVE, 60)
    assert (longest(keepings), longest_stale(keepings)) == (300, 60 + DAY)
    assert (longest([]), longest_stale([])) == (0, 0)


def test_a_version_is_not_named_beside_its_own_name():
    assert in_short(["bind-9.18", "bind", "knot-resolver-5", "rfc"]) == "bind, knot-resolver-5, rfc"


def test_all_presets_stand_behind_a_browser_and_it_is_none_of_them():
    caches = shipped_caches()
    assert {"default", "rfc", "unbound"} <= set(caches.resolvers)
    assert "browser" not in caches.resolvers
    assert caches.front(NAME, 1, 300) == 60
    assert shipped_caches(["rfc"], browsers=False).front(NAME, 1, 300) == 0
