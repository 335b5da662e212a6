# SPDX-License-Identifier: ISC
"""Events in, the steps of a trace out."""

from __future__ import annotations

import json

from resolver.control.tracing import Recorder
from resolver.events import (
    CutLearnt,
    LimitHit,
    Mismatch,
    QuerySent,
    QuestionEnded,
    QuestionStarted,
    RecordsScrubbed,
    ReplyDropped,
    TryEnded,
    TtlJudged,
    Verdict,
)

NAME = b"\x03www\x05alpha\x00"
HOST = b"\x02ns\x05alpha\x00"
ROOT = b"\x00"


def sent(at, server, name=NAME):
    return QuerySent(
        at, server, 53, "udp", ROOT, name.upper(), 1
    )  # 0x20: the spelling sent is not the one asked for


def ended(at, server, verdict, name=NAME, size=99, detail=""):
    return TryEnded(at, server, "udp", ROOT, name, 1, 0.02, verdict, size, detail)


def recorded(*events, started_at=10.0):
    record = Recorder(started_at)
    for event in events:
        record(event)
    json.dumps(record.steps)
    return record.steps


def test_a_reply_is_a_step_and_what_it_taught_hangs_on_it():
    (step,) = recorded(
        QuestionStarted(10.0, NAME, 1, "client"),
        sent(10.0, "192.0.2.1"),
        RecordsScrubbed(10.02, ROOT, 3),
        ended(10.02, "192.0.2.1", Verdict.REFERRAL),
        CutLearnt(10.02, b"\x05alpha\x00", 2, 3, 86400.0, 172800, ("policy.x",)),
        TtlJudged(10.02, b"\x05alpha\x00", 2, "positive", 172800, 86400.0, ("policy.y",)),
        QuestionEnded(10.02, NAME, 1, "client", "NOERROR", 0.02, 1),
    )
    assert (step["zone"], step["server"], step["name"], step["verdict"], step["rtt"]) == (
        ".",
        "192.0.2.1",
        "www.alpha.",
        "referral",
        0.02,
    )
    cut = {
        "zone": "alpha.",
        "names": 2,
        "addresses": 3,
        "published": 172800,
        "lease": 86400.0,
        "rules": ["policy.x"],
    }
    assert step["cut"] == cut
    assert step["scrubbed"] == 3
    assert step["ttls"][0]["rules"] == ["policy.y"]


def test_steps_stand_in_the_order_of_sending_and_learn_from_who_answered():
    first, second, third = recorded(
        sent(10.0, "192.0.2.1"),
        sent(10.2, "192.0.2.2"),
        sent(10.4, "192.0.2.3"),
        ended(10.5, "192.0.2.2", Verdict.SERVFAIL, detail="a reason"),
        ended(10.6, "192.0.2.1", Verdict.ANSWER),
        TtlJudged(10.6, NAME, 1, "positive", 60, 60.0, ()),
    )
    assert [step["verdict"] for step in (first, second, third)] == ["answer", "servfail", "waiting"]
    assert [step["at"] for step in (first, second, third)] == [0.0, 0.2, 0.4]
    assert (second["detail"], third["rtt"]) == ("a reason", None)
    assert "ttls" in first
    assert "ttls" not in third


def test_the_same_server_asked_twice_is_two_steps():
    steps = recorded(
        sent(10.0, "192.0.2.1"),
        sent(10.4, "192.0.2.1"),
        ended(10.8, "192.0.2.1", Verdict.TIMEOUT),
        ended(10.9, "192.0.2.1", Verdict.ANSWER),
    )
    assert [step["verdict"] for step in steps] == ["timeout", "answer"]


def test_sub_questions_are_one_level_deeper():
    steps = recorded(
        QuestionStarted(10.0, NAME, 1, "client"),
        QuestionStarted(10.0, HOST, 1, "address"),
        sent(10.1, "192.0.2.1", HOST),
        QuestionEnded(10.1, HOST, 1, "address", "NOERROR", 0.1, 1),
        sent(10.2, "192.0.2.2"),
    )
    assert [(s["step"], s["depth"]) for s in steps] == [
        ("question", 1),
        ("query", 1),
        ("answered", 1),
        ("query", 0),
    ]


def test_dropped_replies_and_limits_are_steps_of_their_own():
    steps = recorded(ReplyDropped(10.1, "192.0.2.1", Mismatch.WRONG_ID), LimitHit(10.2, "limits.sends"))
    assert [(s["step"], s["at"]) for s in steps] == [("dropped", 0.1), ("limit", 0.2)]


def test_what_was_learnt_without_a_try_is_no_crash():
    assert (
        recorded(TtlJudged(10.0, NAME, 1, "positive", 60, 60.0, ()), ended(10.0, "192.0.2.1", Verdict.LATE))
        == []
    )
