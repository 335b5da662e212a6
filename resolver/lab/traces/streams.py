# SPDX-License-Identifier: ISC
"""DNS messages out of captured TCP segments (RFC 7766 section 8: two octets of length before each message).

Segments in order and close to it are put together; a hole drops the stream until its next start. No DNS is read here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from resolver.lab.traces.packets import Segment

_SYN, _RST = 0x02, 0x04
_STREAMS: Final = 1 << 14  # directions of connections that are remembered, the least recent dropped
_AHEAD: Final = 32  # segments that may wait for one that is missing
_WRAP: Final = 1 << 32


class _Stream:
    __slots__ = ("ahead", "data", "following")

    def __init__(self, following: int) -> None:
        self.following = following  # the sequence number of the next octet
        self.data = bytearray()
        self.ahead: dict[int, bytes] = {}


class Streams:
    """Puts the two directions of every connection together, each for itself."""

    def __init__(self) -> None:
        self._streams: OrderedDict[tuple[bytes, int, bytes, int], _Stream] = OrderedDict()

    def messages(self, segment: Segment) -> Iterator[bytes]:
        """Take one segment and yield the whole messages that it completes."""
        key = segment[:4]
        if segment.flags & _RST:
            self._streams.pop(key, None)
            return
        stream = self._streams.get(key)
        if segment.flags & _SYN or stream is None:
            # Without a SYN, the capture began inside the connection: its first octet is taken for a start.
            start = segment.sequence + (1 if segment.flags & _SYN else 0)
            stream = self._streams[key] = _Stream(start % _WRAP)
            if len(self._streams) > _STREAMS:
                self._streams.popitem(last=False)
        self._streams.move_to_end(key)
        if segment.payload:
            start = (segment.sequence + (1 if segment.flags & _SYN else 0)) % _WRAP
            self._add(stream, start, segment.payload)
            yield from _whole(stream.data)
            if len(stream.ahead) > _AHEAD:
                del self._streams[key]

    def _add(self, stream: _Stream, sequence: int, payload: bytes) -> None:
        stream.ahead[sequence] = payload
        while True:
            for start, octets in list(stream.ahead.items()):
                gap = (stream.following - start + _WRAP // 2) % _WRAP - _WRAP // 2
                if gap >= 0:  # it begins at or before what is wanted: a retransmission may hold something new
                    del stream.ahead[start]
                    stream.data += octets[gap:]
                    stream.following = (stream.following + max(0, len(octets) - gap)) % _WRAP
                    break
            else:
                return


def _whole(data: bytearray) -> Iterator[bytes]:
    while len(data) >= 2:
        length = int.from_bytes(data[:2])
        if len(data) < 2 + length:
            return
        yield bytes(data[2 : 2 + length])
        del data[: 2 + length]
