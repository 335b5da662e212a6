# SPDX-License-Identifier: ISC
"""Libraries of the laboratory that are not installed: one line, and how to get them."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest

from resolver.cli.exits import CommandFailed
from resolver.cli.extras import LIBRARIES, missing
from tests.architecture.tree import ROOT


def test_the_libraries_are_those_of_the_extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [re.split(r"[>=]", each)[0] for each in project["optional-dependencies"]["lab"]] == list(LIBRARIES)


def test_a_missing_library_is_one_line_with_the_command_that_installs_it():
    told = missing(ModuleNotFoundError("No module named 'numpy'", name="numpy"))
    assert isinstance(told, CommandFailed)
    assert re.match(r"numpy is not installed - run: \S+ -m pip install .*numpy", str(told))


def test_a_module_of_ours_that_is_missing_is_a_bug():
    error = ModuleNotFoundError("No module named 'resolver.lab.nowhere'", name="resolver.lab.nowhere")
    assert missing(error) is error


@pytest.mark.parametrize(
    "words",
    [
        ["traces", "scenarios"],
        ["load", "@127.0.0.1:9", "--names", "nowhere.jsonl"],
        ["policy", "compare", "rfc"],
        ["replay", "scenario:home"],
        ["migrate", "outage"],
    ],
)
def test_every_command_of_the_laboratory_says_so(command, monkeypatch, words):
    for name in [name for name in sys.modules if name.startswith("resolver.lab")]:
        monkeypatch.delitem(sys.modules, name)
    for library in LIBRARIES:
        monkeypatch.setitem(sys.modules, library, None)
    code, out, err = command(*words)
    assert (code, out) == (1, "")
    assert re.match(r"error: \w+ is not installed - run: ", err)
    assert err.count("\n") == 1
