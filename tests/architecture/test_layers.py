# SPDX-License-Identifier: ISC
"""An import may only go down. The contract itself stands in pyproject.toml; `lint-imports` alone shows it too."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from tests.architecture.tree import PACKAGE, ROOT


def test_imports_only_go_down() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
    ]
    run = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_room_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract for contract in contracts if contract["type"] == "layers")["layers"]
    placed = {room.strip(" ()") for layer in layers for room in layer.split("|")}
    rooms = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__"} == placed
