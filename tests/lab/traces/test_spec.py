# SPDX-License-Identifier: ISC
"""Specs of generated traces: read back from their own text, refused with the key and the remedy, scenarios by name."""

from __future__ import annotations

import pytest

from resolver.lab.traces.spec import Spec, SpecError, build_spec, load_scenario, read_spec, scenario_names


def test_a_spec_reads_units_and_big_numbers():
    spec = read_spec("zipf:n=1e5,alpha=0.9,rate=100,duration=1d,ttl=300")
    assert spec == Spec(n=100_000, alpha=0.9, rate=100.0, duration=86400, ttl="300")


@pytest.mark.parametrize(
    "text", ["zipf:", "zipf:n=5,ttl=mix-top,change=90s,once=0.25", "zipf:on=0.5,peak_at=13h"]
)
def test_a_spec_is_read_back_from_what_it_says_of_itself(text):
    assert read_spec(read_spec(text).about()) == read_spec(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gauss:n=3", "zipf:n=100000"),
        ("zipf:n=x", "n = 'x'"),
        ("zipf:names=3", "keys here are: n, alpha"),
        ("zipf:n", "has no value"),
        ("zipf:n=0", "at least 1"),
        ("zipf:ttl=long", "mix-uniform"),
        ("zipf:once=0.7,nxdomain=0.6", "over 1"),
        ("zipf:on=0", "nobody would ask"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(text, told):
    with pytest.raises(SpecError, match=r".+") as refused:
        read_spec(text)
    assert told in str(refused.value)
    assert " - " in str(refused.value)


def test_the_scenarios_of_the_issue_are_shipped():
    assert set(scenario_names()) == {
        "home", "office", "isp", "cdn-heavy", "random-subdomain", "outage", "migration",
    }  # fmt: skip


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_loads_and_can_be_changed(name):
    scenario = load_scenario(name)
    assert scenario.about
    changed = build_spec({"duration": "1h", "rate": 3.0}, name, scenario.spec)
    assert (changed.duration, changed.rate, changed.n) == (3600, 3.0, scenario.spec.n)


def test_an_unknown_scenario_names_those_there_are():
    with pytest.raises(SpecError, match="home"):
        load_scenario("moon")
