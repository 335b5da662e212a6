# SPDX-License-Identifier: ISC
"""The wheel alone is enough: code, shipped configuration, licence and the `resolver` command are in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_every_shipped_file_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    folder = ROOT / "config"
    shipped = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    prefix = "resolver/_config/"
    packed = {name.removeprefix(prefix) for name in wheel.namelist() if name.startswith(prefix)}
    assert packed == shipped
    assert {"resolver.toml", "root.hints", "deploy/container.toml"} <= packed


def test_every_module_is_in_the_wheel_and_no_test(wheel: zipfile.ZipFile) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "resolver").rglob("*.py")}
    assert modules <= set(wheel.namelist())
    assert not [name for name in wheel.namelist() if name.startswith(("tests/", "benchmarks/"))]


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    (folder,) = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    metadata = wheel.read(f"{folder}/METADATA").decode()
    assert "License-Expression: ISC" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert (
        wheel.read(f"{folder}/entry_points.txt")
        .decode()
        .strip()
        .endswith("resolver = resolver.__main__:main")
    )
    assert Path(f"{folder}/licenses/LICENSE").as_posix() in wheel.namelist()
