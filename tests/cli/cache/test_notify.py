# SPDX-License-Identifier: ISC
"""`resolver cache notify`: what a NOTIFY says, over the control socket."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("arguments", "body"),
    [(["alpha"], {"name": "alpha."}), (["alpha", "--serial", "7"], {"name": "alpha.", "serial": 7})],
)
def test_it_names_the_zone_and_its_serial(command, control, arguments, body):
    control.replies["/api/v1/cache/notify"] = (
        200,
        {"schema": 1, "zone": "alpha.", "serial": None, "done": "acted"},
    )
    code, out, _ = command("cache", "notify", *arguments)
    assert (code, out) == (0, "alpha. forgotten; older answers are not kept for long\n")
    assert control.asked[-1][2] == body


def test_workers_that_did_not_do_the_same_are_told_apart(command, control):
    reply = {"schema": 1, "zone": "alpha.", "serial": 7, "done": {"1": "known", "2": "deferred"}}
    control.replies["/api/v1/cache/notify"] = (200, reply)
    out = command("cache", "notify", "alpha", "--serial", "7")[1]
    assert [line.partition(":")[0] for line in out.splitlines()] == ["worker 1", "worker 2"]


def test_what_is_no_serial_is_a_mistake_of_usage(command, control):
    assert command("cache", "notify", "alpha", "--serial", "4294967296")[0] == 2
    assert control.asked == []
