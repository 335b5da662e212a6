# SPDX-License-Identifier: ISC
"""DNS over TCP out of segments (RFC 7766 section 8): cut anywhere, in any near order, sent twice."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.traces.packets import TCP, Segment
from resolver.lab.traces.streams import Streams

MESSAGES = [b"first message", b"", b"second" * 50]
OCTETS = b"".join(len(m).to_bytes(2) + m for m in MESSAGES)


def segment(sequence, payload=b"", flags=0x10, port=4242):
    return Segment(b"c", port, b"s", 53, TCP, payload, sequence % 2**32, flags)


def cut(octets, places, start):
    ends = sorted({0, len(octets), *(place % len(octets) for place in places)})
    return [segment(start + a, octets[a:b]) for a, b in pairwise(ends)]


@given(
    st.lists(st.integers(0, 10_000), max_size=12),
    st.integers(0, 2**32 - 1),
    st.randoms(use_true_random=False),
)
def test_messages_come_whole_however_they_are_cut_and_mixed(places, start, random):
    """Sequence numbers wrap, segments come in any order and some come twice."""
    parts = cut(OCTETS, places, start + 1)
    parts += random.sample(parts, len(parts) // 2)
    random.shuffle(parts)
    streams = Streams()
    assert not list(streams.messages(segment(start, flags=0x02)))
    assert [m for part in parts for m in streams.messages(part)] == MESSAGES


def test_a_retransmission_may_hold_more_than_what_was_sent_before():
    streams = Streams()
    list(streams.messages(segment(0, flags=0x02)))
    assert list(streams.messages(segment(1, OCTETS[:10]))) == []
    assert list(streams.messages(segment(1, OCTETS))) == MESSAGES


def test_a_capture_may_begin_inside_a_connection():
    assert list(Streams().messages(segment(500, OCTETS))) == MESSAGES


def test_a_hole_drops_the_stream_in_bounded_memory():
    streams = Streams()
    list(streams.messages(segment(0, flags=0x02)))
    for n in range(100):
        list(streams.messages(segment(1000 + 10 * n, b"x")))
    assert sum(len(stream.ahead) for stream in streams._streams.values()) <= 33


def test_a_reset_forgets_and_directions_are_apart():
    streams = Streams()
    list(streams.messages(segment(1, OCTETS[:10])))
    assert list(streams.messages(segment(1, OCTETS, port=9))) == MESSAGES
    list(streams.messages(segment(11, flags=0x04)))
    assert list(streams.messages(segment(1, OCTETS))) == MESSAGES
