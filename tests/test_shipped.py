# SPDX-License-Identifier: ISC
"""Shipped files are found in a checkout and in an installed wheel alike."""

from pathlib import Path

import pytest

from resolver import shipped as module
from resolver.shipped import shipped


@pytest.mark.parametrize(
    "name", ["resolver.toml", "root.hints", "deploy/container.toml", "deploy/resolver.service"]
)
def test_what_ships_is_there(name: str) -> None:
    assert shipped(name).is_file()


def test_an_installed_wheel_has_its_own_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_config").mkdir()
    monkeypatch.setattr(module, "_PACKAGE", tmp_path)
    assert shipped("root.hints") == tmp_path / "_config" / "root.hints"


def test_the_folder_itself() -> None:
    assert shipped().is_dir()
