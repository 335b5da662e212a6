# SPDX-License-Identifier: ISC
"""DNS replies for the eye and for programs: short, table, dig, JSON. Makes text, prints nothing."""

from __future__ import annotations

from typing import Any, Final

from resolver.cli.output import duration, paint, table
from resolver.cli.stub import Answered
from resolver.control.presentation import rdata_text, record_text, record_view
from resolver.wire import Message, Rcode, Record, read_ede, to_text
from resolver.wire.codes import class_to_text, ede_to_text, opcode_to_text, rcode_to_text, type_to_text

_SECTIONS: Final = ("answer", "authority", "additional")
_FLAGS: Final = ("qr", "aa", "tc", "rd", "ra", "ad", "cd")


def short(message: Message) -> str:
    """Only the data of the answer, a line each."""
    return "\n".join(rdata_text(record.rtype, record.rdata, record.rclass) for record in message.answer)


def tabular(answered: Answered) -> str:
    """A status line, then the records with aligned columns; authority only when there is no answer."""
    message = answered.message
    rcode = rcode_to_text(message.rcode)
    good = message.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)
    nodata = message.rcode == Rcode.NOERROR and not message.answer
    head = (
        f"{paint(rcode, bold=True, fg='green' if good else 'red')}{' (no data)' if nodata else ''}  "
        f"{_asked(message)}  {duration(answered.seconds)}, {answered.size} bytes, {answered.transport} "
        f"{_spell(answered.server)}  {' '.join(_flags(message))}"
    )
    rows = [_row(record) for record in message.answer or message.authority]
    notes = [
        f"EDE {code} ({ede_to_text(code)}){f': {text}' if text else ''}"
        for code, text in read_ede(message.edns)
    ]
    return "\n".join(part for part in (head, table(rows), *notes) if part)


def _row(record: Record) -> tuple[str, int, str, str]:
    return (
        to_text(record.owner),
        record.ttl,
        type_to_text(record.rtype),
        rdata_text(record.rtype, record.rdata, record.rclass),
    )


def as_dig(answered: Answered) -> str:
    """The layout of dig, which scripts and eyes know."""
    message = answered.message
    counts = ", ".join(
        f"{name}: {count}"
        for name, count in (
            ("QUERY", 1 if message.question else 0),
            ("ANSWER", len(message.answer)),
            ("AUTHORITY", len(message.authority)),
            ("ADDITIONAL", len(message.additional) + (message.edns is not None)),
        )
    )
    lines = [
        f";; ->>HEADER<<- opcode: {opcode_to_text(message.opcode)}, status: {rcode_to_text(message.rcode)}, "
        f"id: {message.id}",
        f";; flags: {' '.join(_flags(message))}; {counts}",
    ]
    lines += _opt_lines(message)
    if message.question:
        question = message.question
        lines += ["", ";; QUESTION SECTION:"]
        lines.append(
            f";{to_text(question.name)}\t{class_to_text(question.rclass)}\t{type_to_text(question.rtype)}"
        )
    for name in _SECTIONS:
        records = getattr(message, name)
        if records:
            lines += ["", f";; {name.upper()} SECTION:", *(record_text(record) for record in records)]
    address, port = answered.server
    lines += ["", f";; Query time: {round(answered.seconds * 1000)} msec"]
    lines.append(f";; SERVER: {address}#{port}({address}) ({answered.transport.upper()})")
    lines.append(f";; MSG SIZE  rcvd: {answered.size}")
    return "\n".join(lines)


def _opt_lines(message: Message) -> list[str]:
    edns = message.edns
    if edns is None:
        return []
    lines = ["", ";; OPT PSEUDOSECTION:"]
    lines.append(f"; EDNS: version: {edns.version}, flags:{' do' if edns.do else ''}; udp: {edns.udp_size}")
    for code, text in read_ede(edns):
        lines.append(f"; EDE: {code} ({ede_to_text(code)}){f': ({text})' if text else ''}")
    return lines


def view(answered: Answered) -> dict[str, Any]:
    """The reply as JSON holds it."""
    message, question = answered.message, answered.message.question
    address, port = answered.server
    return {
        "schema": 1,
        "name": to_text(question.name) if question else None,
        "type": type_to_text(question.rtype) if question else None,
        "rcode": rcode_to_text(message.rcode),
        "flags": _flags(message),
        **{name: [record_view(record) for record in getattr(message, name)] for name in _SECTIONS},
        "ede": [
            {"code": code, "name": ede_to_text(code), "text": text} for code, text in read_ede(message.edns)
        ],
        "server": address,
        "port": port,
        "transport": answered.transport,
        "seconds": round(answered.seconds, 6),
        "bytes": answered.size,
    }


def _asked(message: Message) -> str:
    question = message.question
    return f"{to_text(question.name)} {type_to_text(question.rtype)}" if question else "(no question)"


def _flags(message: Message) -> list[str]:
    return [flag for flag in _FLAGS if getattr(message, flag)]


def _spell(server: tuple[str, int]) -> str:
    address, port = server
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
