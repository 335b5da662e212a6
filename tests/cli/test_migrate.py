# SPDX-License-Identifier: ISC
"""The group `resolver migrate`: its list, and that it imports no command before it is run."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_the_list_imports_no_command(command):
    code, out, _ = command("migrate", "--help")
    assert code == 0
    assert [line.split()[0] for line in out.split("Commands:\n")[1].splitlines()] == [
        "plan",
        "simulate",
        "outage",
    ]
    look = "import sys, resolver.cli.migrate; print([m for m in sys.modules if m.startswith('resolver.lab')])"
    assert (
        subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


@pytest.mark.parametrize("name", ["plan", "simulate", "outage"])
def test_every_command_has_examples_in_its_help(command, name):
    code, out, _ = command("migrate", name, "--help")
    assert code == 0
    assert f"resolver migrate {name} " in out


def test_an_unknown_command_is_one_line_and_code_2(command):
    code, _, err = command("migrate", "home")
    assert code == 2
    assert err.count("\n") == 1
