# SPDX-License-Identifier: ISC
"""The policy that a configuration names is in it: it travels whole, and what is given beside it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.policy.presets import load_policy, preset_names
from resolver.settings import Configuration, SettingsError, load
from resolver.settings.load import with_policy
from resolver.supervisor.messages import pack, unpack


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_by_name_is_that_policy_in_the_server_too(name: str) -> None:
    assert load(flags=[f"policy.name={name}"]).configuration.rules == load_policy(name)


def test_without_a_name_it_is_the_default_and_nothing_is_filled_in() -> None:
    loaded = load()
    assert loaded.configuration == loaded.given == Configuration()
    assert loaded.configuration.rules == load_policy("default")


def test_what_is_given_beside_a_name_wins_and_the_rest_is_the_policys() -> None:
    loaded = load(flags=["policy.name=bind", "policy.max_ttl=1h", "stale.enabled=true"])
    rules = loaded.configuration.rules
    assert (rules.positive.max, rules.stale.enabled) == (3600, True)
    assert (rules.failure.max, rules.stale.client_timeout, rules.prefetch.left) == (1, 4.5, 2)
    assert loaded.origin("policy.max_ttl") == "--set policy.max_ttl"
    assert loaded.origin("prefetch.left") == "policy bind"


def test_negative_bounds_stand_for_both_kinds_of_denials_unless_one_is_given() -> None:
    rules = load(flags=["policy.negative_max_ttl=60", "policy.nodata_max_ttl=10"]).configuration.rules
    assert (rules.nxdomain.max, rules.nodata.max) == (60, 10)
    rules = load(flags=["policy.name=unbound", "policy.negative_min_ttl=5"]).configuration.rules
    assert (rules.nxdomain.min, rules.nodata.min, rules.nodata.max) == (5, 5, 3600)


def test_given_rules_come_before_those_of_the_policy(tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text("[[rule]]\ntitle = 'theirs'\nmin = 5\n")
    file = tmp_path / "resolver.toml"
    file.write_text(f"[policy]\nname = '{policy}'\n[[policy.rule]]\ntitle = 'ours'\nmin = 9\n")
    assert [rule.title for rule in load(file).configuration.rules.rules] == ["ours", "theirs"]


def test_a_configuration_travels_with_its_policy_and_needs_no_file(tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text("[positive]\nmax = '2h'\n[[rule]]\nsuffix = ['example']\njitter = 0.1\n")
    configuration = load(flags=[f"policy.name={policy}"]).configuration
    policy.unlink()
    assert unpack(pack(configuration)).rules == configuration.rules
    assert configuration.rules.by_name


def test_another_policy_at_run_time_keeps_what_was_given() -> None:
    loaded = load(flags=["policy.name=bind", "policy.max_ttl=1h"])
    fresh = with_policy(loaded, "technitium")
    assert fresh.configuration.rules.positive.max == 3600
    assert fresh.configuration.rules.stale == load_policy("technitium").stale
    back = with_policy(fresh, "bind")
    assert back.configuration == loaded.configuration
    assert back.origin("stale.max_age") == "policy bind"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["policy.name=unbund"], "policy.name = 'unbund' - no such preset; did you mean 'unbound'?"),
        (["policy.name=./none.toml"], "none.toml' - cannot be read: No such file or directory"),
        (["policy.name=browser", "policy.max_ttl=5"], "min_ttl (1m) must not be above max_ttl (5s)"),
        (["policy.rule=[{suffix=['a..b']}]"], "suffix: 'a..b' is not a domain name"),
        (["policy.rule=[{sufix=['a']}]"], "no such key; did you mean 'suffix'?"),
    ],
)
def test_what_cannot_be_filled_in_is_told_in_one_line(flags: list[str], says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(flags=flags)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_bad_policy_file_is_told_with_its_key(tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text("[positive]\nmni = 3\n")
    with pytest.raises(SettingsError, match=r"positive\.mni = 3 - no such key; did you mean 'min'"):
        load(flags=[f"policy.name={policy}"])
