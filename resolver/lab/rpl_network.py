# SPDX-License-Identifier: ISC
"""The servers of a scenario as a `Network`: its ranges answer, and everything asked of them is kept for checks.

What no entry fits is met with silence. Nothing here knows of clients or of time beyond the delay of a packet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from resolver.engine.ports import Server, Transport
from resolver.lab.network import Delivery
from resolver.lab.rpl_match import fits
from resolver.lab.rpl_values import Entry, Packet, Scenario
from resolver.wire import Edns, FormatError, Message, MessageTooLong, OptionCode, Question, compose, parse
from resolver.wire.codes import TC
from resolver.wire.edns import read_options

__all__ = ["LATENCY", "Asked", "RangeNetwork"]

# A binary fraction, so that clocks stay exact sums and a TTL of 300 reads 200 after 100 seconds.
LATENCY: Final = 1 / 64
_SERVER_COOKIE: Final = b"\x01\x00\x00\x00lab-server-c"  # 16 octets, RFC 9018's length
_UDP_WITHOUT_EDNS: Final = 512


@dataclass(slots=True)
class Asked:
    """A query that reached the network; `answered_by` is the line of the entry, 0 for silence."""

    tick: float
    server: Server
    transport: Transport
    message: Message
    answered_by: int
    is_checked: bool = False


class RangeNetwork:
    """Implements `lab.network.Network` for one scenario. Set `step` as the scenario goes on."""

    def __init__(self, scenario: Scenario) -> None:
        self.step = 0
        self.asked: list[Asked] = []
        self._ranges = scenario.ranges

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        """The packets of the first entry that fits; bytes that are no message bring silence."""
        try:
            message = parse(request)
        except FormatError:
            return ()
        entry = self._find(server.address, message, transport)
        self.asked.append(Asked(tick, server, transport, message, entry.line if entry else 0))
        if entry is None or "do_not_answer" in entry.adjust:
            return ()
        return [_deliver(entry, packet, message, transport) for packet in entry.packets]

    def _find(self, address: str, message: Message, transport: Transport) -> Entry | None:
        for block in self._ranges:
            if block.first <= self.step <= block.last and address in block.addresses:
                for entry in block.entries:
                    if fits(entry, message, transport):
                        return entry
        return None


def _deliver(entry: Entry, packet: Packet, request: Message, transport: Transport) -> Delivery:
    delay = LATENCY + packet.delay_s
    if "refuse" in entry.adjust:
        return Delivery(delay, None)
    sent_id = request.id ^ (1 if "wrong_id" in entry.adjust and packet is entry.packets[0] else 0)
    if packet.raw is not None:
        copies = entry.adjust & {"copy_id", "raw_id"}
        return Delivery(delay, sent_id.to_bytes(2, "big") + packet.raw[2:] if copies else packet.raw)
    response = Message(
        id=sent_id,
        flags=packet.flags,
        rcode=packet.rcode,
        question=_question_of(entry, packet, request),
        answer=packet.sections.get("ANSWER", ()),
        authority=packet.sections.get("AUTHORITY", ()),
        additional=packet.sections.get("ADDITIONAL", ()),
        edns=_edns_of(entry, packet, request),
    )
    if transport is Transport.TCP or "oversize" in entry.adjust:
        return Delivery(delay, compose(response))
    limit = max(_UDP_WITHOUT_EDNS, request.edns.udp_size) if request.edns else _UDP_WITHOUT_EDNS
    try:
        return Delivery(delay, compose(response, limit=limit))
    except MessageTooLong:
        cut = replace(response, flags=response.flags | TC, answer=(), authority=(), additional=())
        return Delivery(delay, compose(cut))


def _question_of(entry: Entry, packet: Packet, request: Message) -> Question | None:
    """The question to echo: in the spelling that was asked, unless the entry has another name or `keep_case`."""
    ours, asked = packet.question, request.question
    if asked is not None and "copy_query" in entry.adjust:
        return Question(asked.key, asked.rtype, asked.rclass) if "keep_case" in entry.adjust else asked
    if ours is None or asked is None or ours.key != asked.key or "keep_case" in entry.adjust:
        return ours
    return ours._replace(name=asked.name)


def _edns_of(entry: Entry, packet: Packet, request: Message) -> Edns | None:
    """OPT if the query had it (RFC 6891 section 7) or the entry says so, with the cookie the entry asks for."""
    asked = request.edns
    if "no_edns" in entry.adjust or (asked is None and not packet.edns):
        return None
    options = read_options(packet.edns_options)
    cookie = asked.option(OptionCode.COOKIE) if asked else None
    if cookie and "server_cookie" in entry.adjust:
        options += ((int(OptionCode.COOKIE), cookie[:8] + _SERVER_COOKIE),)
    elif cookie and "bad_cookie" in entry.adjust:
        options += ((int(OptionCode.COOKIE), bytes(octet ^ 0xFF for octet in cookie[:8]) + _SERVER_COOKIE),)
    do = packet.do or (asked is not None and asked.do)
    return Edns(udp_size=packet.udp_size, version=packet.edns_version, do=do, options=options)
