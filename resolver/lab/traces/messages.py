# SPDX-License-Identifier: ISC
"""From DNS messages seen on their way to rows: what readers of packets and of dnstap share.

Only questions with recursion desired count: those of clients, not the ones a resolver asks of authorities.
"""

from __future__ import annotations

from typing import Final

from resolver.lab.traces.pairing import Pairing, with_facts
from resolver.lab.traces.reading import Reading
from resolver.lab.traces.rows import Row
from resolver.telemetry.answer_facts import facts_of
from resolver.wire import FormatError, Message, Opcode, Question, Rclass, parse, peek
from resolver.wire.codes import RD

_IN: Final = int(Rclass.IN)
Ends = tuple[
    bytes, int, bytes, int
]  # of a conversation: client's address and port, server's address and port


def take_query(pairing: Pairing, reading: Reading, octets: bytes, at: float, client: str, ends: Ends) -> None:
    """Take a message of a client. Raises FormatError when it is none."""
    plain = peek(octets)
    if plain is not None:
        ident, flags, question = plain.id, plain.flags, Question(plain.qname, plain.qtype, plain.qclass)
    else:
        message = parse(octets)
        if not _counts(message, reading):
            return
        assert message.question is not None  # _counts has looked
        ident, flags, question = message.id, message.flags, message.question
    if not flags & RD:
        reading.pass_over("queries without RD")
    elif question.rclass != _IN:
        reading.pass_over("other classes")
    else:
        key = (ends, ident, question.key, question.rtype)
        pairing.ask(key, Row(at, client, question.key, question.rtype))


def take_response(
    pairing: Pairing, reading: Reading, octets: bytes, at: float, client: str, ends: Ends
) -> None:
    """Take a message to a client. A truncated one is passed over: the answer follows over TCP. Raises FormatError."""
    message = parse(octets)
    if not _counts(message, reading):
        return
    question = message.question
    assert question is not None  # _counts has looked
    if not message.rd:
        reading.pass_over("responses without RD")
    elif question.rclass != _IN:
        reading.pass_over("other classes")
    else:
        row = Row(at, client, question.key, question.rtype)
        pairing.answer((ends, message.id, question.key, question.rtype), _with_answer(row, message))


def _with_answer(row: Row, message: Message) -> Row:
    return row if message.tc else with_facts(row, facts_of(message))


def _counts(message: Message, reading: Reading) -> bool:
    if message.opcode != Opcode.QUERY:
        reading.pass_over("other opcodes")
    elif message.question is None:
        reading.pass_over("messages without a question")
    else:
        return True
    return False


def is_response(octets: bytes) -> bool:
    """Whether the QR bit of a message is set. Raises FormatError when it has no header."""
    if len(octets) < 12:
        raise FormatError("truncated")
    return bool(octets[2] & 0x80)
