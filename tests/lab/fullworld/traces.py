# SPDX-License-Identifier: ISC
"""Questions for the tests of full-world replay: from specs, and written by hand."""

from __future__ import annotations

from math import inf

from resolver.lab.fullworld.questions import Asked, asked
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.traces.opening import open_trace
from resolver.policy import AnswerClass, Subject
from resolver.wire import Rtype, from_text

RRSETS: dict[tuple[str, int], int] = {}


def questions_of(spec: str, world: World | None = None, seed: int = 1) -> list[Asked]:
    """All questions of a generated trace."""
    return list(asked(Preparation(open_trace(spec, seed=seed), world or World())))


def ask(
    at: float,
    name: str,
    *,
    ttl: int = 100,
    answer: AnswerClass = AnswerClass.POSITIVE,
    changes_at: float = inf,
    rtype: int = int(Rtype.A),
    client: str = "10.0.0.1",
    down: bool = False,
) -> Asked:
    """One question."""
    down = down or answer is AnswerClass.FAILURE
    rrset = RRSETS.setdefault((name, 0 if answer is AnswerClass.NXDOMAIN else rtype), len(RRSETS))
    said = Subject(b"\0", 0 if answer is AnswerClass.NXDOMAIN else rtype, answer, ttl)
    return Asked(at, client, from_text(name), rtype, rrset, said, changes_at, down)
