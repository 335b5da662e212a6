# SPDX-License-Identifier: ISC
"""A trace's questions one by one: who asks what, and what its owner says from then on. Nothing is answered here.

The same rows as cache-level replay prepares, so that both depths are asked alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from resolver.lab.replay.questions import Preparation
from resolver.policy import Subject


class Asked(NamedTuple):
    """One question of a trace. `time` is seconds since the first one; `name` is folded.

    `said` is what the owner publishes at that time (its owner field is blank), until `changes_at`; `down`: the servers
    are silent then, or fail. `rrset` numbers the RRset, as everywhere in a replay.
    """

    time: float
    client: str
    name: bytes
    rtype: int
    rrset: int
    said: Subject
    changes_at: float
    down: bool


def asked(preparation: Preparation) -> Iterator[Asked]:
    """The questions of a prepared trace, in order. Once, as `Preparation.blocks`."""
    trace, subjects = preparation.trace, preparation.subjects
    rows = (
        (trace.client(client), trace.names[name], rtype)
        for columns in trace.blocks()
        for client, name, rtype in zip(
            columns.client.tolist(), columns.name.tolist(), columns.rtype.tolist(), strict=True
        )
    )
    for block in preparation.blocks():
        facts = zip(
            block.time.tolist(),
            block.rrset.tolist(),
            block.subject.tolist(),
            block.changes_at.tolist(),
            block.down.tolist(),
            strict=True,
        )
        for time, rrset, subject, changes_at, down in facts:
            client, name, rtype = next(rows)
            yield Asked(time, client, name, rtype, rrset, subjects[subject], changes_at, down)
