# SPDX-License-Identifier: ISC
"""A small stub resolver on blocking sockets: one question to one server, UDP first, TCP when truncated. Prints nothing.

It shares the codec with the server and nothing else, so that `query` sees the server as any client does.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, replace
from typing import Final

from resolver.cli.exits import CommandFailed, Exit
from resolver.wire import Edns, FormatError, Message, compose_query, parse

_HEADER_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask and how. `timeout` is seconds per try over UDP, and for a whole exchange over TCP."""

    name: bytes
    rtype: int
    rclass: int = 1
    rd: bool = True
    cd: bool = False
    tcp: bool = False
    edns: Edns | None = None
    timeout: float = 5.0
    tries: int = 2


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: the message, its size in bytes, over what, from whom, and after how many seconds."""

    message: Message
    size: int
    transport: str
    server: tuple[str, int]
    seconds: float


def ask(asked: Asked, server: tuple[str, int]) -> Answered:
    """Ask `server` (address, port). Raises CommandFailed with exit code 9 when no usable reply comes."""
    try:
        family, _, _, _, address = socket.getaddrinfo(*server, type=socket.SOCK_DGRAM)[0]
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "not a host name"
        raise CommandFailed(f"@{server[0]}: {why} - give the address of a DNS server", Exit.USAGE) from None
    query_id = int.from_bytes(os.urandom(2), "big")
    wire = compose_query(asked.name, asked.rtype, id=query_id, rd=asked.rd, cd=asked.cd, edns=asked.edns)
    if asked.rclass != 1:
        wire = _with_class(wire, asked)
    began_at = time.monotonic()
    try:
        if not asked.tcp:
            answered = _over_udp(asked, wire, query_id, family, address)
            if not answered.tc:
                return _result(answered, "udp", server, began_at)
        return _result(_over_tcp(asked, wire, query_id, family, address), "tcp", server, began_at)
    except TimeoutError:
        waited = asked.timeout * (1 if asked.tcp else asked.tries)
        raise CommandFailed(
            f"no reply from {_spell(server)} within {waited:g} s - is a server running there?", Exit.NO_REPLY
        ) from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CommandFailed(
            f"no reply from {_spell(server)}: {why} - is a server running there? (resolver serve)",
            Exit.NO_REPLY,
        ) from None


@dataclass(frozen=True, slots=True)
class _Received:
    message: Message
    size: int

    @property
    def tc(self) -> bool:
        return self.message.tc


def _result(received: _Received, transport: str, server: tuple[str, int], began_at: float) -> Answered:
    return Answered(received.message, received.size, transport, server, time.monotonic() - began_at)


def _over_udp(asked: Asked, wire: bytes, query_id: int, family: int, address: object) -> _Received:
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.connect(address)  # type: ignore[arg-type]  # what getaddrinfo gave for this family
        for _ in range(asked.tries):
            sender.send(wire)
            until = time.monotonic() + asked.timeout
            while (left := until - time.monotonic()) > 0:
                sender.settimeout(left)
                try:
                    data = sender.recv(65535)
                except TimeoutError:
                    break
                received = _read(data, query_id, asked)
                if received is not None:
                    return received
    raise TimeoutError


def _over_tcp(asked: Asked, wire: bytes, query_id: int, family: int, address: object) -> _Received:
    until = time.monotonic() + asked.timeout
    with socket.socket(family, socket.SOCK_STREAM) as stream:
        stream.settimeout(asked.timeout)
        stream.connect(address)  # type: ignore[arg-type]  # what getaddrinfo gave for this family
        stream.sendall(len(wire).to_bytes(2, "big") + wire)
        while True:
            length = int.from_bytes(_exactly(stream, 2, until), "big")
            received = _read(_exactly(stream, length, until), query_id, asked)
            if received is not None:
                return received


def _exactly(stream: socket.socket, count: int, until: float) -> bytes:
    data = b""
    while len(data) < count:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        stream.settimeout(left)
        more = stream.recv(count - len(data))
        if not more:
            raise ConnectionResetError(0, "the connection was closed")
        data += more
    return data


def _read(data: bytes, query_id: int, asked: Asked) -> _Received | None:
    """The reply to our query, or None for anything else (RFC 5452 section 9.1)."""
    if len(data) < _HEADER_BYTES or data[:2] != query_id.to_bytes(2, "big") or not data[2] & 0x80:
        return None
    try:
        message = parse(data)
    except FormatError:
        return None
    question = message.question
    if question and (question.key != asked.name.lower() or question.rtype != asked.rtype):
        return None
    return _Received(message, len(data))


def _with_class(wire: bytes, asked: Asked) -> bytes:
    """The query with another class than IN, which only CHAOS questions have."""
    from resolver.wire import compose

    message = parse(wire)
    assert message.question is not None  # compose_query always writes one
    return compose(replace(message, question=message.question._replace(rclass=asked.rclass)))


def _spell(server: tuple[str, int]) -> str:
    address, port = server
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
