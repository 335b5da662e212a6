# SPDX-License-Identifier: ISC
"""Full-world replay and the running server: the same trace, one under a virtual clock, one with its clock in a file.

Of every question the response must be the same (code, kind, TTL, version of the data, stale or not), and so must the
number of queries that it cost. The server is a process with real sockets; only the clock of lifetimes is scripted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from resolver.cache import Caches, ImageCache
from resolver.composition import Hints, ServerUnder, make_service
from resolver.engine.ports import World
from resolver.events import Tell
from resolver.lab.fullworld.questions import Asked
from resolver.lab.fullworld.replaying import Answered, Replay
from resolver.lab.replay.outcome import KIND_BITS, Kind
from resolver.lab.replay.questions import World as TraceWorld
from resolver.policy.presets import load_policy
from resolver.service import Service
from tests.lab.fullworld.traces import questions_of
from tests.loopback.live_world import LiveWorld

MIXED = "zipf:n=40,alpha=0.9,rate=0.5,duration=15m,ttl=mix,nxdomain=0.15,nodata=0.2,pairs=0.3,once=0.05"
CHANGES = TraceWorld(change_s=600.0)


def replayed(policy: str, questions: Sequence[Asked]) -> list[tuple[Answered, int]]:
    """Each question's answer under the virtual clock, and the queries it cost."""

    def make(world: World, caches: Caches, images: ImageCache, hints: Hints, tell: Tell) -> Service:
        configuration = ServerUnder(load_policy(policy)).configuration
        upstream = msgspec.structs.replace(configuration.upstream, priming=False)
        configuration = msgspec.structs.replace(configuration, upstream=upstream)
        return make_service(configuration, world, caches, images, hints, tell)[0]

    replay, found = Replay(make), []
    for question in questions:
        before = replay.sent
        (answered,) = replay.ask([question])
        found.append((answered, replay.sent - before))
    return found


@pytest.mark.parametrize("policy", ["default", "rfc", "technitium"])
def test_replay_and_live_server_agree_question_by_question(policy: str, tmp_path: Path) -> None:
    questions = questions_of(MIXED, CHANGES, seed=len(policy))
    assert len(questions) > 400
    expected = replayed(policy, questions)
    with LiveWorld(tmp_path, f'[policy]\nname = "{policy}"\n') as live:
        for (answered, queries), heard in zip(expected, live.ask(questions), strict=True):
            arrived = heard.queries
            if answered.queried and kind_of(answered) is not Kind.ANSWERED:
                arrived = live.rest()  # a prefetch, or a refresh: it comes after the response
            assert (heard.reply, len(arrived)) == (answered.reply, queries), answered
    assert len({kind_of(answered) for answered, _ in expected}) >= 3


def kind_of(answered: Answered) -> Kind:
    assert answered.outcome is not None
    return Kind(answered.outcome & KIND_BITS)
