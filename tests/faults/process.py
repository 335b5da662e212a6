# SPDX-License-Identifier: ISC
"""What a row reads of the running process from outside: its metrics, its processor time, how late its loop was."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

from resolver.cli.control_client import ControlClient
from tests.live.serving import PATIENCE, Serving

HTTP = ("--http", "127.0.0.1:0")  # arguments of a process whose metrics are read


def metrics(serving: Serving) -> dict[str, float]:
    """What `/metrics` says, by name and labels."""
    base = ControlClient(serving.control).get("/api/v1/status")["http"]
    with urllib.request.urlopen(base + "metrics", timeout=PATIENCE) as reply:
        lines = reply.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def lag(serving: Serving) -> dict[str, float]:
    """How many readings of the loop's lateness were at most so many seconds, by the text of the bound."""
    start = 'resolver_event_loop_lag_seconds_bucket{le="'
    return {key[len(start) : -2]: value for key, value in metrics(serving).items() if key.startswith(start)}


def processor_s(pid: int) -> float:
    """The seconds of processor time that a process has used, all threads of it, in hundredths."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
