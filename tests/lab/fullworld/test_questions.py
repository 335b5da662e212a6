# SPDX-License-Identifier: ISC
"""Full-world replay asks what the trace asks, and knows of each question what cache-level replay knows."""

from __future__ import annotations

from resolver.lab.replay.questions import World
from resolver.lab.traces.opening import open_trace
from resolver.policy import AnswerClass
from resolver.wire import Rcode, Rtype
from tests.lab.fullworld.traces import questions_of

SPEC = "zipf:n=50,alpha=0.9,rate=10,duration=1m,ttl=mix,nxdomain=0.2,nodata=0.3,pairs=0.5"


def test_every_row_of_the_trace_is_a_question_in_order() -> None:
    rows, found = list(open_trace(SPEC, seed=1).rows()), questions_of(SPEC)
    began_at = rows[0].time
    assert [(q.time, q.client, q.name, q.rtype, q.said.published) for q in found] == [
        (row.time - began_at, row.client, row.name, row.rtype, row.ttl) for row in rows
    ]


def test_classes_and_rrsets_are_those_of_the_rows() -> None:
    for row, question in zip(open_trace(SPEC, seed=1).rows(), questions_of(SPEC), strict=True):
        missing = row.rcode == Rcode.NXDOMAIN
        assert (question.said.answer is AnswerClass.NXDOMAIN) == missing
        assert question.said.rtype == (0 if missing else row.rtype)
    assert {q.rtype for q in questions_of(SPEC)} == {Rtype.A, Rtype.AAAA}


def test_outages_and_changes_are_the_worlds() -> None:
    found = questions_of(SPEC, World(outages=((10.0, 20.0),), change_s=30.0))
    assert {q.down for q in found if 10 <= q.time < 20} == {True}
    assert {q.down for q in found if not 10 <= q.time < 20} == {False}
    assert all(q.time < q.changes_at < float("inf") for q in found)
