# SPDX-License-Identifier: ISC
"""The process of `resolver lab up`: a simulated internet on loopback with a control socket, and nothing else."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from resolver.control.lab_routes import lab_application
from resolver.control.listening import Listening
from resolver.lab.running import RunningLab
from resolver.lab.settings import LabSettings
from resolver.runtime.loop import run
from resolver.runtime.signals import Reactions, Signals


def run_lab(settings: LabSettings, socket_path: Path, say: Callable[[str], None]) -> None:
    """Run until stopped. Raises ResolverError, in one line with the remedy, when it cannot start."""
    run(_run(settings, socket_path, say))


async def _run(settings: LabSettings, socket_path: Path, say: Callable[[str], None]) -> None:
    lab, listening, stop = RunningLab(settings), Listening(), asyncio.Event()
    signals = Signals(asyncio.get_running_loop(), Reactions(_nothing, _nothing, stop.set, stop.set))
    try:
        await lab.start()
        await listening.open_unix(lab_application(lab.control, stop.set, _crashed), socket_path)
        signals.install()
        internet = lab.internet
        say(f"lab {settings.internet}: {len(internet.zones())} zones on {len(internet.hosts())} servers")
        say(f"  127.53.0.0/16 port {settings.port} (UDP and TCP) · control {socket_path}")
        await stop.wait()
    finally:
        signals.remove()
        await listening.close()
        await lab.close()


def _nothing() -> None:
    """There is nothing to reload or to count here."""


def _crashed(where: str, trace: str) -> None:
    sys.stderr.write(f"error: {where} - {trace}\n")
