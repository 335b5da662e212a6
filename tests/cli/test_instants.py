# SPDX-License-Identifier: ISC
"""Instants as people write them: UTC, relative, ISO 8601."""

from __future__ import annotations

import pytest

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import read_duration, read_instant, spell_clock, spell_duration, spell_instant

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", NOW),
        ("+1h30m", NOW + 5400),
        ("+90", NOW + 90),
        ("2027-01-15T08:00", NOW),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T09:00+01:00", NOW),
    ],
)
def test_instants_are_read(text, at):
    assert read_instant(text, NOW) == at


@pytest.mark.parametrize("text", ["tomorrow", "", "+soon", "2027-13-01"])
def test_what_is_no_instant_is_a_usage_error_with_the_remedy(text):
    with pytest.raises(CommandFailed, match=" - write it like ") as raised:
        read_instant(text, NOW)
    assert raised.value.code is Exit.USAGE


def test_what_is_printed_is_read_again():
    assert spell_instant(NOW) == "2027-01-15T08:00:00Z"
    assert read_instant(spell_instant(NOW), 0.0) == NOW
    assert spell_clock(NOW + 0.9) == "08:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (90, "1m30s"), (86460, "1d1m"), (3600.4, "1h"), (604800, "7d")]
)
def test_durations_are_spelled_in_parts_and_read_again(seconds, text):
    assert spell_duration(seconds) == text
    assert read_duration(text, "it") == round(seconds)


def test_a_bad_duration_names_its_option():
    with pytest.raises(CommandFailed, match=r"^--interval 'x': not a quantity - write it like 30s"):
        read_duration("x", "--interval")


@pytest.mark.parametrize(
    "words",
    [
        ["query", "x", "--interval"],
        ["stop", "--timeout"],
        ["healthcheck", "--timeout"],
        ["load", "--zipf", "1,1", "--duration"],
        ["load", "--zipf", "1,1", "--timeout"],
        ["watch", "x", "--interval"],
        ["migrate", "simulate", "--old-ttl"],
        ["policy", "compare", "--warm-up"],
    ],
)
def test_every_command_reads_durations_alike(command, words):
    code, out, err = command(*words, "soon")
    assert (code, out) == (2, "")
    assert err == f"error: {words[-1]} 'soon': not a quantity - write it like 30s, 1800ms, 1h30m or 1d\n"


def test_a_duration_out_of_bounds_says_which_they_are(command):
    code, _, err = command("healthcheck", "--timeout", "10ms")
    assert (code, err) == (2, "error: --timeout 10ms: out of bounds - give 100ms to 365d\n")
