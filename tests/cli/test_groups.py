# SPDX-License-Identifier: ISC
"""Groups of commands: help as it was written, near misses, closed pipes."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("group", [[], ["cache"], ["lab"], ["policy"], ["traces"], ["config"], ["migrate"]])
def test_a_group_without_a_command_shows_its_help_as_it_was_written(command, group):
    code, out, err = command(*group)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: ")
    assert err.count("\n") > 10


@pytest.mark.parametrize(
    ("words", "meant"), [(["qury"], "query"), (["cache", "flsh"], "flush"), (["lab", "stauts"], "status")]
)
def test_a_near_miss_is_told_what_it_may_have_meant(command, words, meant):
    code, _, err = command(*words)
    assert code == 2
    assert f"did you mean '{meant}'?" in err


@pytest.mark.parametrize("group", ["lab", "traces", "policy", "config", "cache", "migrate"])
def test_a_list_of_commands_is_in_the_order_of_use_and_not_cut_off(command, group):
    _, out, _ = command(group, "--help")
    listed = out.partition("Commands:")[2]
    assert "..." not in listed
    names = [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "]
    assert names != sorted(names)


def test_output_into_a_closed_pipe_is_no_error():
    line = f"{sys.executable} -m resolver config init | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
