# SPDX-License-Identifier: ISC
"""`--fail` conditions over one reply."""

from __future__ import annotations

import pytest

from resolver.cli.conditions import read_condition
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.stub import Answered
from resolver.wire import Edns, Message, Question, Record, ede_option, from_text

NAME = from_text("a.")


def reply(rcode=0, ttls=(), seconds=0.05, ede=()):
    records = tuple(Record(NAME, 1, 1, ttl, b"\x7f\0\0\1") for ttl in ttls)
    edns = Edns(options=tuple(ede_option(code) for code in ede))
    message = Message(1, 0x8180, rcode, Question(NAME, 1), records, (), (), edns)
    return Answered(message, 60, "udp", ("127.0.0.1", 53), seconds)


@pytest.mark.parametrize(
    ("text", "given", "met"),
    [
        ("rcode!=NOERROR", reply(3), True),
        ("rcode!=noerror", reply(0), False),
        ("rcode=NXDOMAIN", reply(3), True),
        ("ttl<60", reply(ttls=(300, 59)), True),
        ("ttl<60", reply(ttls=(300, 60)), False),
        ("answers<1", reply(), True),
        ("time>100ms", reply(seconds=0.2), True),
        ("time > 1s", reply(seconds=0.2), False),
        ("ede=3", reply(ede=(3, 19)), True),
        ("ede=22", reply(), False),
        ("size>=60", reply(), True),
        ("tc==1", reply(), False),
    ],
)
def test_a_condition_is_judged(text, given, met):
    assert read_condition(text).is_met(given) is met


@pytest.mark.parametrize("text", ["", "ttl", "colour=red", "ttl<soon", "size>3ms", "rcode"])
def test_a_text_that_is_no_condition_is_a_usage_error_that_shows_one(text):
    with pytest.raises(CommandFailed, match=" - write") as failed:
        read_condition(text)
    assert failed.value.code is Exit.USAGE
