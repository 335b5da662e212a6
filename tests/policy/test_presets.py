# SPDX-License-Identifier: ISC
"""Policy files: presets by name, files by path, and what is said of one that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.policy import Policy
from resolver.policy.presets import PolicyError, faults, load_policy, preset_names


def test_default_is_what_the_code_says() -> None:
    assert load_policy("default") == Policy()


def test_default_is_named_first() -> None:
    assert preset_names()[0] == "default"


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_loads_under_its_own_name(name: str) -> None:
    assert load_policy(name).name == name


def test_a_name_that_is_none_is_told_the_nearest() -> None:
    with pytest.raises(PolicyError, match="no such preset; did you mean 'default'"):
        load_policy("defalt")


def test_a_file_is_read_by_its_path_and_named_after_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[positive]\nmin = '30s'\n")
    policy = load_policy(str(file))
    assert (policy.name, policy.positive.min, policy.positive.max) == ("mine", 30, 86400)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[positve]\nmin=1", "positve = {'min': 1} - no such key; did you mean 'positive'?"),
        ("[positive]\nmni=1", "positive.mni = 1 - no such key; did you mean 'min'?"),
        ("[positive]\nmin='2d'", "positive.min = '2d' - min (2d) must not be above max (1d)"),
        ("[positive]\nmax='8d'", "must be at most 7d"),
        ("[[rule]]\nclasses=['bad']", "rule[0].classes[0] = 'bad' - must be one of 'positive', 'nxdomain'"),
        ("[[rule]]\nsuffix='a'", "rule[0].suffix = 'a' - must be a list"),
        ("[[rule]]\nmin=1\n[[rule]]\nsuffix=['a..b']", "rule[1].suffix = ['a..b'] - suffix: 'a..b' is not a"),
        ("positive", "not TOML"),
    ],
)
def test_a_bad_file_names_itself_key_value_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(PolicyError) as refused:
        load_policy(str(file))
    assert str(refused.value).startswith(str(file))
    assert says in str(refused.value)


def test_the_example_in_the_documentation_is_good(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "policies.md").read_text("utf-8")
    file = tmp_path / "example.toml"
    file.write_text(text.partition("```toml\n")[2].partition("```")[0])
    policy = load_policy(str(file))
    assert (policy.name, len(policy.rules), policy.by_name) == ("mine", 3, True)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("rule = 3", ["rule"]),
        ("[rule]\nmin = '1m'", ["rule"]),
        ("rule = [3]", ["rule[0]"]),
        ("[[rule]]\nmin = '1x'\n[[rule]]\n[[rule]]\nmin = '1x'", ["rule[0].min", "rule[2].min"]),
        ("positive = 3\nrule = 3", ["positive", "rule"]),
        ("[positive]\nmax = '9d'\n[stale]\nmax_ago = 1", ["positive.max", "stale.max_ago"]),
    ],
)
def test_every_fault_of_a_file_is_told_with_its_place(tmp_path: Path, text: str, keys: list[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    assert [fault.key for fault in faults(str(path))] == keys
