# SPDX-License-Identifier: ISC
"""The curves of the three ways: against closed forms, against each other, and against their bounds."""

from __future__ import annotations

import pytest

from resolver.lab.migration.keeping import Caches, shipped_caches
from resolver.lab.migration.plan import Facts, Move, StepKind, Wishes, plan
from resolver.lab.migration.population import Population, PopulationError
from resolver.lab.migration.simulate import (
    SHARES_LEFT,
    Scenario,
    Way,
    estimate,
    runs_of,
    simulate,
    student,
    views,
)
from tests.lab.migration.making import BROWSER, DAY, NAME, PLAIN, policy

SCENARIO = Scenario(NAME, 1, 3600, 60)
CACHES = Caches({"plain": PLAIN, "least": policy(least=120), "stale": policy(stale=DAY)}, BROWSER)
MIX = Population({"plain": 2, "least": 1, "stale": 1}, resolvers=40, clients=400)


def outcomes(population=MIX, caches=CACHES, scenario=SCENARIO, seeds=20):
    return {o.way: o for o in simulate(scenario, population, caches, range(seeds))}


def test_even_resolvers_without_browsers_are_the_closed_form_of_the_mean():
    """Equal rates: the share is h·(1 − t/T) with the rate of a whole resolver, averaged over how many share one."""
    rate, clients, resolvers = 1 / 600, 1000, 10  # about 100 a resolver: h differs little between them
    population = Population(
        {"plain": 1}, resolvers=resolvers, clients=clients, browsers=0.0, mean_rate=rate, shape=0.0
    )
    curve = outcomes(population, Caches({"plain": PLAIN}), seeds=200)[Way.NO_PREPARATION].change
    h = (rate * clients / resolvers * 3600) / (1 + rate * clients / resolvers * 3600)
    for t, share in zip(curve.times, curve.shares, strict=True):
        assert share.mean == pytest.approx(h * (1 - t / 3600), abs=2.5 * share.half + 0.005)


def test_lowering_first_is_better_everywhere_and_the_others_do_not_differ_before_a_way_back():
    found = outcomes()
    assert found[Way.AT_ONCE].change == found[Way.NO_PREPARATION].change
    for first, at_once in zip(
        found[Way.LOWER_FIRST].change.until, found[Way.AT_ONCE].change.until, strict=True
    ):
        assert first.mean + first.half < at_once.mean - at_once.half


def test_the_way_back_is_short_wherever_the_new_ttl_is():
    found = outcomes()
    assert found[Way.AT_ONCE].back == found[Way.LOWER_FIRST].back
    assert found[Way.NO_PREPARATION].back.last.mean > 10 * found[Way.AT_ONCE].back.last.mean


def test_notice_lies_between_none_and_enough():
    some = outcomes(scenario=Scenario(NAME, 1, 3600, 60, notice=1800.0))[Way.AT_ONCE]
    none = outcomes()[Way.AT_ONCE]
    enough = outcomes(scenario=Scenario(NAME, 1, 3600, 60, notice=3600.0))
    assert some.worst == 1800 + 60
    assert some.change.shares[30].mean < none.change.shares[15].mean
    assert enough[Way.AT_ONCE].worst == enough[Way.LOWER_FIRST].worst


def test_curves_fall_from_all_who_have_it_to_nobody_at_the_worst():
    for outcome in outcomes().values():
        means = [share.mean for share in outcome.change.shares]
        assert means == sorted(means, reverse=True)
        assert means[-1] == 0.0
        assert outcome.change.times[-1] == outcome.worst
        assert outcome.change.last.mean <= outcome.worst <= outcome.worst_stale


def test_the_worst_case_names_clamps_browsers_and_stale_windows():
    found = outcomes()
    assert found[Way.LOWER_FIRST].worst == 120 + 60
    assert found[Way.NO_PREPARATION].worst == 3600 + 60
    assert found[Way.LOWER_FIRST].worst_stale == 60 + DAY + 60


def test_the_same_seeds_give_the_same_and_every_run_ticks():
    ticks = []
    first = simulate(SCENARIO, MIX, CACHES, range(3), tick=lambda: ticks.append(1))
    assert first == simulate(SCENARIO, MIX, CACHES, range(3))
    assert len(ticks) == runs_of(SCENARIO, 3) == 9


def test_no_interval_without_two_seeds_and_no_preset_without_a_policy():
    with pytest.raises(PopulationError, match="1 seed gives no interval - "):
        simulate(SCENARIO, MIX, CACHES, [1])
    with pytest.raises(PopulationError, match="no policy for other - "):
        simulate(SCENARIO, Population({"other": 1}), CACHES, range(2))


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(2, 4.303), (4, 2.776), (19, 2.093), (29, 2.045), (100, 1.984)]
)
def test_students_t_is_the_table(freedom, quantile):
    assert student(freedom) == pytest.approx(quantile, rel=0.03 if freedom < 4 else 0.001)


def test_an_interval_is_the_textbooks():
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (found.mean, found.half) == (3.0, pytest.approx(1.963, abs=0.005))


def test_views_have_numbers_and_every_share():
    view = views(outcomes(seeds=2).values())[0]
    assert view["way"] == "lower-first"
    assert [row["share"] for row in view["change"]["until"]] == list(SHARES_LEFT)
    assert view["change"]["curve"][0]["t"] == 0.0


@pytest.mark.parametrize("old_ttl", [300, 3600, 86400])
def test_the_plan_keeps_its_word_for_every_shipped_preset(old_ttl):
    """No client sees the old value longer than the timetable says, prepared or not."""
    caches = shipped_caches()
    facts = Facts(NAME, 1, Move.RECORD, old_ttl)
    promised = plan(facts, Wishes(60, old_ttl), caches, 0.0)
    population = Population(dict.fromkeys(caches.resolvers, 1.0), resolvers=60, clients=600)
    found = outcomes(population, caches, Scenario(NAME, 1, old_ttl, 60), seeds=5)
    change_at = promised.step(StepKind.CHANGE).at
    assert found[Way.LOWER_FIRST].worst == promised.once_until - change_at
    assert found[Way.LOWER_FIRST].change.shares[-1].mean == 0.0
    del caches.resolvers["adguard"]  # it answers stale first: without it the instants before that hold
    population = Population(dict.fromkeys(caches.resolvers, 1.0), resolvers=60, clients=600)
    found = outcomes(population, caches, Scenario(NAME, 1, old_ttl, 60), seeds=5)
    after = promised.over_at - change_at
    assert found[Way.LOWER_FIRST].worst == after
    assert 0.5 * after < found[Way.LOWER_FIRST].change.last.mean <= after
    assert found[Way.NO_PREPARATION].worst == promised.unprepared_for
    assert found[Way.NO_PREPARATION].change.last.mean <= promised.unprepared_for
