# SPDX-License-Identifier: ISC
"""What a configuration comes to: the policy that rules, and those judged beside it."""

from __future__ import annotations

import pytest

from resolver.policy.presets import PolicyError, load_policy
from resolver.policy.settings import PolicySettings
from resolver.settings.model import Configuration
from resolver.units import Bytes


def shadowing(*names: str, **more: object):
    return Configuration(policy=PolicySettings(shadow=names, **more)).shadowing


def test_shadows_are_presets_under_their_names() -> None:
    found = shadowing("bind", "rfc", shadow_sample=0.5, shadow_size=Bytes(1 << 20))
    assert [candidate.name for candidate in found.candidates] == ["bind", "rfc"]
    assert [candidate.policy for candidate in found.candidates] == [load_policy("bind"), load_policy("rfc")]
    assert (found.part, found.max_bytes) == (0.5, 1 << 20)


def test_a_file_that_calls_itself_as_another_is_known_by_its_path(tmp_path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[policy]\nname = "bind"\n')
    assert [candidate.name for candidate in shadowing("bind", str(file)).candidates] == ["bind", str(file)]


def test_no_shadows_are_none() -> None:
    assert shadowing().candidates == ()


def test_a_policy_that_is_not_there_is_an_error() -> None:
    with pytest.raises(PolicyError, match="no such preset"):
        _ = shadowing("bnid")
