# SPDX-License-Identifier: ISC
"""The live world keeps the contract of worlds, on every event loop that is installed."""

from __future__ import annotations

import asyncio
import importlib.util

import pytest

from resolver.events import Tell
from resolver.runtime.aio_world import AioWorld
from tests.loopback.scripted import Loopback, Respond, ScriptedNetwork
from tests.loopback.world_contract import Scenario, WorldContract


def new_loop(kind: str) -> asyncio.AbstractEventLoop:
    if kind == "asyncio":
        return asyncio.new_event_loop()
    if importlib.util.find_spec("uvloop") is None:
        pytest.skip("uvloop is not installed")
    import uvloop

    return uvloop.new_event_loop()


class OnLoop(WorldContract):
    kind = "asyncio"

    def run(self, scenario: Scenario, respond: Respond, *, tell: Tell, max_jobs: int) -> None:
        async def main() -> None:
            async with Loopback(ScriptedNetwork(respond)) as servers:
                loop = asyncio.get_running_loop()
                world = AioWorld(loop, tell=tell, max_jobs=max_jobs, address_map=servers.address_map)
                await scenario(world)
                assert world.waiting == 0

        with asyncio.Runner(loop_factory=lambda: new_loop(self.kind)) as runner:
            runner.run(asyncio.wait_for(main(), 10))


class TestAsyncio(OnLoop):
    kind = "asyncio"


class TestUvloop(OnLoop):
    kind = "uvloop"
