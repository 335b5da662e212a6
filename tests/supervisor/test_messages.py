# SPDX-License-Identifier: ISC
"""What is said arrives as it was said: orders, answers, and a configuration with every type in it."""

from __future__ import annotations

import msgspec
import pytest

from resolver.control.commands import CacheEntries, CacheStatistics, Flush, Trace, ZoneChanged
from resolver.settings.load import load
from resolver.supervisor.messages import (
    Abort,
    Answer,
    Commit,
    Look,
    Order,
    PassOn,
    Prepare,
    Seen,
    Start,
    Stop,
    encode,
    pack,
    read_order,
    read_said,
    unpack,
)
from resolver.telemetry.transfer import PackedSample
from resolver.units import DecodeError

HINTS = [(b"\x01a\xc3\x00", "2001:db8::1")]  # a name is octets, not text
ORDERS = [
    Start(1, 2, {"cache": {"size": 5}}, HINTS, {"192.0.2.1": ("127.53.0.1", 5399)}),
    Prepare({}, HINTS),
    Commit(),
    Abort(),
    Look(),
    CacheStatistics(),
    CacheEntries(None, None, True, 7),
    Flush(b"\x01a\x00", 28, subtree=False, negative=True),
    Trace(b"\x00", 2),
    Stop(),
]


@pytest.mark.parametrize("do", ORDERS, ids=lambda do: type(do).__name__)
def test_an_order_arrives_as_it_was_given(do) -> None:
    assert read_order(encode(Order(7, do))) == Order(7, do)


def test_an_answer_arrives_as_it_was_given() -> None:
    assert read_said(encode(Answer(7, error="no"))) == Answer(7, None, "no")
    seen = Seen({"waiting": 1}, [PackedSample("ready", (), 1.0)])
    answer = read_said(encode(Answer(8, seen)))
    assert msgspec.convert(answer.value, Seen) == seen


def test_a_configuration_arrives_with_its_durations_sizes_and_zones() -> None:
    flags = ["cache.size=77MiB", "server.drain=1234ms", "prefetch.fraction=0.123456789", "log.level=debug",
             "zone=[{name='a', stub=['192.0.2.1']}]", "lab.map={'192.0.2.1'='127.0.0.1#5'}"]  # fmt: skip
    configuration = load(flags=flags).configuration
    packed = read_order(encode(Order(1, Prepare(pack(configuration), HINTS)))).do.configuration
    assert unpack(packed) == configuration
    assert type(unpack(packed).cache.size) is type(configuration.cache.size)


def test_what_arrives_is_checked_again() -> None:
    with pytest.raises(DecodeError, match=r"server\.drain"):
        unpack({"server": {"drain": 1e9}})


def test_a_type_that_nobody_thought_of_does_not_travel() -> None:
    with pytest.raises(TypeError, match="complex does not travel"):
        encode(Answer(1, 1j))


def test_what_a_worker_says_unasked_is_no_answer() -> None:
    said = PassOn(ZoneChanged(b"\x01a\x00", 7))
    assert read_said(encode(said)) == said
