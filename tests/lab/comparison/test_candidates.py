# SPDX-License-Identifier: ISC
"""Candidates: presets, files and sweeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.errors import ResolverError
from resolver.lab.comparison.candidates import SETTINGS, CandidateError, read_candidates
from resolver.policy.presets import load_policy, preset_names


def test_all_is_every_preset() -> None:
    found = read_candidates(["all"])
    assert [each.label for each in found] == list(preset_names())
    assert [each.policy for each in found] == [load_policy(name) for name in preset_names()]


def test_a_sweep_changes_one_setting_of_the_default() -> None:
    found = read_candidates(["min=0,30,1h"])
    assert [each.label for each in found] == ["min=0", "min=30", "min=1h"]
    assert [float(each.policy.positive.min) for each in found] == [0.0, 30.0, 3600.0]
    assert {each.policy.stale for each in found} == {load_policy("default").stale}


def test_sweeps_multiply_and_begin_from_any_policy() -> None:
    found = read_candidates(["bind:min=0,60+stale=0,1d"])
    assert [each.label for each in found] == [
        "bind min=0 stale=0", "bind min=0 stale=1d", "bind min=60 stale=0", "bind min=60 stale=1d",
    ]  # fmt: skip
    assert [each.policy.stale.enabled for each in found] == [False, True, False, True]
    assert {each.policy.prefetch for each in found} == {load_policy("bind").prefetch}


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[policy]\nname = "mine"\n[positive]\nmin = "60s"\n')
    (found,) = read_candidates([str(file)])
    assert float(found.policy.positive.min) == 60.0


@pytest.mark.parametrize("key", SETTINGS)
def test_every_setting_takes_effect(key: str) -> None:
    value = "0.3" if key == "prefetch" else "77"
    (found,) = read_candidates([f"{key}={value}"])
    assert found.policy != load_policy("default")


@pytest.mark.parametrize("word", ["least=1", "min=x", "prefetch=2", "min="])
def test_a_bad_sweep_is_told_in_one_line(word: str) -> None:
    with pytest.raises(CandidateError, match=" - "):
        read_candidates([word])


def test_an_unknown_policy_is_told_in_one_line() -> None:
    with pytest.raises(ResolverError, match=" - "):
        read_candidates(["nobodys"])
