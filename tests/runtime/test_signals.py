# SPDX-License-Identifier: ISC
"""Signals as the interface page has them."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from resolver.runtime.loop import loop_maker
from resolver.runtime.signals import Reactions, Signals


@pytest.mark.parametrize("make", [asyncio.new_event_loop, loop_maker()[0]], ids=["asyncio", "fastest"])
@pytest.mark.parametrize("stopping", [signal.SIGTERM, signal.SIGINT])
def test_each_signal_has_its_reaction_and_a_second_stop_is_at_once(
    make: type[asyncio.AbstractEventLoop], stopping: signal.Signals
) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def main() -> None:
        reactions = Reactions(
            reload=lambda: heard.put_nowait("reload"),
            statistics=lambda: heard.put_nowait("statistics"),
            stop=lambda: heard.put_nowait("stop"),
            stop_now=lambda: heard.put_nowait("stop now"),
        )
        signals = Signals(asyncio.get_running_loop(), reactions)
        signals.install()
        sent = [signal.SIGHUP, signal.SIGUSR1, signal.SIGHUP, stopping, signal.SIGUSR1, signal.SIGTERM]
        expected = ["reload", "statistics", "reload", "stop", "statistics", "stop now"]
        for number, reaction in zip(sent, expected, strict=True):
            os.kill(os.getpid(), number)
            assert await asyncio.wait_for(heard.get(), 5) == reaction
        signals.remove()

    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(main())
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
