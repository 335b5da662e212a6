# SPDX-License-Identifier: ISC
"""Events in, the steps of a trace out."""

from __future__ import annotations

from resolver.control.tracing import Recorder
from resolver.events import (
    CutLearnt,
    LimitHit,
    Mismatch,
    QuestionEnded,
    QuestionStarted,
    ReplyDropped,
    TryEnded,
    TtlJudged,
    Verdict,
)

NAME = b"\x03www\x05alpha\x00"
HOST = b"\x02ns\x05alpha\x00"


def test_a_reply_is_a_step_and_what_it_taught_hangs_on_it():
    record = Recorder(10.0)
    record(QuestionStarted(10.0, NAME, 1, "client"))
    record(TryEnded(10.02, "192.0.2.1", "udp", b"\x00", NAME, 1, 0.02, Verdict.REFERRAL, 99))
    record(CutLearnt(10.02, b"\x05alpha\x00", 2, 3, 86400.0, 172800, ("policy.x",)))
    record(
        TtlJudged(10.02, b"\x05alpha\x00", 2, "delegation", 172800, 86400.0, ("policy.delegation_max_ttl",))
    )
    record(QuestionEnded(10.02, NAME, 1, "client", "noerror", 0.02, 1))
    (step,) = record.steps
    assert (step["zone"], step["server"], step["verdict"], step["rtt"], step["at"]) == (
        ".",
        "192.0.2.1",
        "referral",
        0.02,
        0.02,
    )
    assert step["cut"] == {
        "zone": "alpha.",
        "names": 2,
        "addresses": 3,
        "published": 172800,
        "lease": 86400.0,
        "rules": ["policy.x"],
    }
    assert step["ttls"][0] == {
        "name": "alpha.",
        "type": "NS",
        "kind": "delegation",
        "published": 172800,
        "kept": 86400.0,
        "rules": ["policy.delegation_max_ttl"],
    }


def test_sub_questions_are_one_level_deeper():
    record = Recorder(0.0)
    record(QuestionStarted(0.0, NAME, 1, "client"))
    record(QuestionStarted(0.0, HOST, 1, "address"))
    record(TryEnded(0.1, "192.0.2.1", "udp", b"\x00", HOST, 1, 0.1, Verdict.ANSWER, 50))
    record(QuestionEnded(0.1, HOST, 1, "address", "noerror", 0.1, 1))
    record(TryEnded(0.2, "192.0.2.2", "udp", b"\x00", NAME, 1, 0.1, Verdict.ANSWER, 50))
    assert [(s["step"], s["depth"]) for s in record.steps] == [
        ("question", 1),
        ("query", 1),
        ("answered", 1),
        ("query", 0),
    ]


def test_dropped_replies_and_limits_are_steps_of_their_own():
    record = Recorder(0.0)
    record(ReplyDropped(0.1, "192.0.2.1", Mismatch.WRONG_ID))
    record(LimitHit(0.2, "limits.sends"))
    assert [s["step"] for s in record.steps] == ["dropped", "limit"]
