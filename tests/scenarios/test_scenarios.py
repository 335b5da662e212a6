# SPDX-License-Identifier: ISC
"""Every `.rpl` file below this folder is one test, named folder/file; `resolver.lab.rpl_parse` describes the format."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.lab.rpl import run_scenario
from resolver.lab.rpl_parse import load_scenario
from tests.scenarios.building import build

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.rpl"))


def name_of(path: Path) -> str:
    return path.relative_to(HERE).with_suffix("").as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_scenario(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.title
    assert scenario.about, "the first comment names the RFC section or the attack"
    run_scenario(scenario, build)
