# SPDX-License-Identifier: ISC
"""The laboratory's world keeps the same contract as the live one."""

from __future__ import annotations

from resolver.events import Tell
from resolver.lab.virtual_world import VirtualWorld
from tests.loopback.scripted import Respond, ScriptedNetwork
from tests.loopback.world_contract import Scenario, WorldContract


class TestVirtualWorld(WorldContract):
    scenario_is_a_job = 1

    def run(self, scenario: Scenario, respond: Respond, *, tell: Tell, max_jobs: int) -> None:
        world = VirtualWorld(ScriptedNetwork(respond), seed=1, max_jobs=max_jobs, tell=tell)
        world.run(scenario(world))
