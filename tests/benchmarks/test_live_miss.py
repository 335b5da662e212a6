# SPDX-License-Identifier: ISC
"""The benchmark of a live miss still runs, and every question of its load is answered. No times are judged."""

from __future__ import annotations

import re
import subprocess
import sys

from benchmarks.micro.live_miss import names


def test_every_question_is_answered() -> None:
    command = [sys.executable, "-m", "benchmarks.micro.live_miss", "--count=60", "--rounds=1", "--window=10"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"us CPU per miss .* 60 answered\)", ended.stdout), ended.stdout


def test_names_are_spread_over_zones_and_each_is_asked_once() -> None:
    asked = names(6, 2, 0)
    assert len(set(asked)) == 6
    assert len({name[3:] for name in asked}) == 3  # without "h0", "h1"
