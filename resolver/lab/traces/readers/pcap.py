# SPDX-License-Identifier: ISC
"""Reads packet captures: pcap and pcapng, DNS over UDP and TCP on port 53."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from resolver.lab.traces.captures import packets
from resolver.lab.traces.messages import is_response, take_query, take_response
from resolver.lab.traces.packets import UDP, Segment, address_text, segment_of
from resolver.lab.traces.pairing import Pairing
from resolver.lab.traces.reading import Reading
from resolver.lab.traces.rows import Row
from resolver.lab.traces.streams import Streams
from resolver.wire import FormatError

PORT: Final = 53


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions of clients with what their answers say; the time is that of the question's packet."""
    pairing, streams = Pairing(), Streams()
    for packet in packets(stream, reading):
        segment = segment_of(packet.link, packet.octets)
        if segment is None or PORT not in (segment.source_port, segment.target_port):
            reading.pass_over("packets that are no DNS")
            continue
        whole = (segment.payload,) if segment.protocol == UDP else streams.messages(segment)
        for octets in whole:
            try:
                _take(pairing, reading, octets, segment, packet.time)
            except FormatError as error:
                reading.note_bad(f"packet {packet.number}", str(error))
        yield from pairing.ready(packet.time)
    yield from pairing.drain()


def _take(pairing: Pairing, reading: Reading, octets: bytes, segment: Segment, at: float) -> None:
    from_client = (segment.source, segment.source_port, segment.target, segment.target_port)
    if is_response(octets):
        ends = (*from_client[2:], *from_client[:2])
        take_response(pairing, reading, octets, at, address_text(segment.target), ends)
    else:
        take_query(pairing, reading, octets, at, address_text(segment.source), from_client)
