# SPDX-License-Identifier: ISC
"""Does a message fit an entry? Names fold, records of a section are compared as a set, TTLs only when asked for.

Messages come in parsed; nothing is sent and nothing is read here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from resolver.engine.ports import Transport
from resolver.lab.rpl_values import Entry, Packet
from resolver.wire import Message, OptionCode, Record, names, read_ede, to_text
from resolver.wire.codes import AA, AD, CD, QR, RA, RD, TC, rcode_to_text, type_to_text
from resolver.wire.rdata import LAYOUTS

__all__ = ["differences", "fits"]

_FLAGS: Final = {"QR": QR, "AA": AA, "TC": TC, "RD": RD, "RA": RA, "AD": AD, "CD": CD}
_FLAGS_MASK: Final = sum(_FLAGS.values())
_OPCODE_MASK: Final = 0x7800
_SECTIONS: Final = ("ANSWER", "AUTHORITY", "ADDITIONAL")


def fits(entry: Entry, message: Message, transport: Transport) -> bool:
    """Whether the query `message` is one that `entry` answers; without MATCH: opcode, qtype and qname."""
    match = entry.match - {"UDP", "TCP"}
    if ("UDP" in entry.match and transport is not Transport.UDP) or (
        "TCP" in entry.match and transport is not Transport.TCP
    ):
        return False
    return not _differences(match or frozenset({"opcode", "qtype", "qname"}), entry, message)


def differences(entry: Entry, message: Message) -> list[str]:
    """What in the response `message` is not as `entry` expects, one line each; without MATCH: all of it."""
    return _differences(entry.match - {"UDP", "TCP"} or frozenset({"all"}), entry, message)


def _differences(match: frozenset[str], entry: Entry, message: Message) -> list[str]:
    packet = entry.packet
    found = _header_differences(match, packet, message) + _question_differences(match, packet, message)
    found += _edns_differences(match, packet, message, entry.ede)
    for name in _SECTIONS:
        records = packet.sections.get(name)
        if name.lower() in match or ("all" in match and records is not None):
            received: tuple[Record, ...] = getattr(message, name.lower())
            found += _record_differences(name, records or (), received, with_ttl="ttl" in match)
    return found


def _header_differences(match: frozenset[str], packet: Packet, message: Message) -> list[str]:
    found = []
    if "opcode" in match and (packet.flags ^ message.flags) & _OPCODE_MASK:
        found.append(f"opcode: expected {packet.flags >> 11 & 15}, got {message.opcode}")
    if match & {"flags", "all"} and (packet.flags ^ message.flags) & _FLAGS_MASK:
        found.append(f"flags: expected {_flags_text(packet.flags)}, got {_flags_text(message.flags)}")
    if match & {"rcode", "all"} and packet.rcode != message.rcode:
        found.append(f"rcode: expected {rcode_to_text(packet.rcode)}, got {rcode_to_text(message.rcode)}")
    return found


def _question_differences(match: frozenset[str], packet: Packet, message: Message) -> list[str]:
    expected, got = packet.question, message.question
    if expected is None:
        return []
    if got is None:
        asked = match & {"qtype", "qname", "qcase", "subdomain", "question", "all"}
        return ["question: none"] if asked else []
    found = []
    if match & {"qtype", "question", "all"} and expected.rtype != got.rtype:
        found.append(f"qtype: expected {type_to_text(expected.rtype)}, got {type_to_text(got.rtype)}")
    if match & {"question", "all"} and expected.rclass != got.rclass:
        found.append(f"qclass: expected {expected.rclass}, got {got.rclass}")
    if "qcase" in match and expected.name != got.name:
        found.append(f"qname: expected {to_text(expected.name)} in this spelling, got {to_text(got.name)}")
    if "subdomain" in match and not names.is_at_or_below(got.key, expected.key):
        found.append(f"qname: {to_text(got.name)} is not below {to_text(expected.name)}")
    if match & {"qname", "question", "all"} and "subdomain" not in match and expected.key != got.key:
        found.append(f"qname: expected {to_text(expected.name)}, got {to_text(got.name)}")
    return found


def _edns_differences(match: frozenset[str], packet: Packet, message: Message, ede: int | None) -> list[str]:
    edns = message.edns
    found = []
    if "noedns" in match and edns is not None:
        found.append("EDNS: expected none")
    if "edns" in match and (
        edns is None or (edns.version, edns.udp_size) != (packet.edns_version, packet.udp_size)
    ):
        found.append(f"EDNS: expected version {packet.edns_version}, size {packet.udp_size}, got {edns}")
    if "DO" in match and not (edns is not None and edns.do):
        found.append("DO: expected")
    cookie = (edns.option(OptionCode.COOKIE) if edns else None) or b""
    if "cookie" in match and not cookie:
        found.append("cookie: none")
    if "server_cookie" in match and len(cookie) <= 8:
        found.append("server cookie: none")
    errors = [code for code, _ in read_ede(edns)]
    if ede is not None and not (errors if ede < 0 else ede in errors):
        found.append(f"EDE: expected {'any' if ede < 0 else ede}, got {errors}")
    return found


def _record_differences(
    section: str, expected: Iterable[Record], got: Iterable[Record], *, with_ttl: bool
) -> list[str]:
    wanted = [_comparable(record, with_ttl) for record in expected]
    extra = []
    for record in got:
        form = _comparable(record, with_ttl)
        if form in wanted:
            wanted.remove(form)
        else:
            extra.append(form)
    return [f"{section}: missing {_text(form)}" for form in wanted] + [
        f"{section}: unexpected {_text(form)}" for form in extra
    ]


def _comparable(record: Record, with_ttl: bool) -> Record:
    ttl = record.ttl if with_ttl else 0
    return Record(record.owner.lower(), record.rtype, record.rclass, ttl, _folded(record.rtype, record.rdata))


def _folded(rtype: int, rdata: bytes) -> bytes:
    """The rdata with the names in it folded: they compare without case (RFC 4343)."""
    layout = LAYOUTS.get(rtype)
    if layout is None or layout.strings:
        return rdata
    end = layout.before
    for _ in range(layout.names):
        end = names.end_of_name(rdata, end)
    return rdata[: layout.before] + rdata[layout.before : end].lower() + rdata[end:]


def _text(record: Record) -> str:
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    from dns.exception import DNSException

    rclass, rtype = dns.rdataclass.RdataClass.make(record.rclass), dns.rdatatype.RdataType.make(record.rtype)
    try:
        rdata = dns.rdata.from_wire(rclass, rtype, record.rdata, 0, len(record.rdata)).to_text()
    except DNSException:
        rdata = record.rdata.hex()
    return f"{to_text(record.owner)} {record.ttl} {type_to_text(record.rtype)} {rdata}"


def _flags_text(flags: int) -> str:
    return " ".join(name for name, bit in _FLAGS.items() if flags & bit) or "none"
