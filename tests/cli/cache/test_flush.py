# SPDX-License-Identifier: ISC
"""`resolver cache flush`: it says exactly what to flush, and asks nobody when that is nothing."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("arguments", "body", "says"),
    [
        (["alpha"], {"name": "alpha"}, "flushed 1 entry\n"),
        (
            ["alpha", "--exact", "--type", "AAAA"],
            {"name": "alpha", "exact": True, "type": "AAAA"},
            "flushed 1 entry\n",
        ),
        (["--all", "--dry-run"], {"all": True, "dry_run": True}, "would flush 1 entry\n"),
        (["--negative"], {"negative": True}, "flushed 1 entry\n"),
        (["--failures"], {"failures": True}, "flushed 1 entry\n"),
    ],
)
def test_flush_says_exactly_what_to_flush(command, control, arguments, body, says):
    control.replies["/api/v1/cache/flush"] = (200, {"schema": 1, "flushed": 1, "dry_run": False})
    assert command("cache", "flush", *arguments) == (0, says, "")
    assert control.asked[-1][2] == body


def test_flush_of_nothing_or_of_two_things_asks_nobody(command, control):
    assert command("cache", "flush")[0] == 2
    assert command("cache", "flush", "alpha", "--all")[0] == 2
    assert control.asked == []
