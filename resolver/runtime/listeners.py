# SPDX-License-Identifier: ISC
"""Opens the sockets of `server.listen`, one for UDP and one for TCP per address, or says what is in the way.

Nothing is read or answered here.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from resolver.endpoints import read_listener
from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.runtime.upstream_udp import never_fragment

_BACKLOG: Final = 1024
_RECEIVE_BUFFER: Final = 4 << 20  # bytes; the kernel gives what it allows (net.core.rmem_max)
_PORT_TRIES: Final = 20  # for port 0, whose TCP port may be taken over UDP
_MISSING: Final = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


@dataclass(frozen=True, slots=True)
class Listener:
    """The two sockets of one address; `address` has the port that was really bound."""

    address: Server
    udp: socket.socket
    tcp: socket.socket

    @property
    def is_wildcard(self) -> bool:
        """Whether it hears every address of the machine, so that answers must be told which one to leave from."""
        return ipaddress.ip_address(self.address.address).is_unspecified

    def close(self) -> None:
        """Close both."""
        self.udp.close()
        self.tcp.close()


def open_listeners(listen: Sequence[str], *, shared: bool = False) -> tuple[list[Listener], list[str]]:
    """Bind every address; return the listeners and warnings, one for a missing `[::1]`.

    `shared` lets several workers bind the same addresses. Raises ResolverError, with nothing left open, when an address
    cannot be read, is given twice or cannot be bound, and when none is left.
    """
    listeners: list[Listener] = []
    warnings: list[str] = []
    seen: set[Server] = set()
    with contextlib.ExitStack() as on_failure:
        for text in listen:
            address = _read(text)
            if address in seen and address.port:
                raise ResolverError(f"server.listen: {text!r} is listed twice - remove one of them")
            seen.add(address)
            try:
                listener = _open(address, shared=shared)
            except OSError as error:
                if address.address == "::1" and error.errno in _MISSING:
                    warnings.append(f"not listening on {text}: this machine has no IPv6 loopback address")
                    continue
                raise _cannot_bind(text, error) from None
            on_failure.callback(listener.close)
            listeners.append(listener)
        if not listeners:
            raise ResolverError("nothing to listen on - give server.listen an address of this machine")
        on_failure.pop_all()
    return listeners, warnings


def reserve(listen: Sequence[str]) -> tuple[list[Server], list[socket.socket], list[str]]:
    """Make sure that workers will be able to share every address; return the addresses, what holds them, and warnings.

    Each is bound for ourselves alone first, which fails where anybody listens, sharing or not. Then a TCP socket that
    does not listen holds the port (the one chosen, for port 0) while no worker does. Raises ResolverError.
    """
    listeners, warnings = open_listeners(listen)
    held: list[socket.socket] = []
    for listener in listeners:
        listener.close()
        held.append(_bind(listener.address, socket.SOCK_STREAM, shared=True, listening=False))
    return [listener.address for listener in listeners], held, warnings


def _read(text: str) -> Server:
    try:
        return Server(*read_listener(text))
    except ValueError as error:
        raise ResolverError(f"server.listen: {text!r}: {error}") from None


def _open(address: Server, *, shared: bool) -> Listener:
    for _ in range(_PORT_TRIES if address.port == 0 else 1):
        tcp = _bind(address, socket.SOCK_STREAM, shared=shared)
        bound = Server(address.address, tcp.getsockname()[1])
        try:
            udp = _bind(bound, socket.SOCK_DGRAM, shared=shared)
        except OSError as error:
            tcp.close()
            if address.port or error.errno != errno.EADDRINUSE:
                raise
            continue
        return Listener(bound, udp, tcp)
    raise OSError(errno.EADDRINUSE, "no port is free for both UDP and TCP")


def _bind(address: Server, kind: socket.SocketKind, *, shared: bool, listening: bool = True) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if address.is_ipv6 else socket.AF_INET, kind | socket.SOCK_NONBLOCK)
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(sock.close)
        if address.is_ipv6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # 0.0.0.0 has a socket of its own
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if kind == socket.SOCK_STREAM:
            # Restart at once in spite of TIME_WAIT. Not for UDP: there another process could take the port too.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            never_fragment(sock)
        sock.bind((address.address, address.port))
        if kind == socket.SOCK_STREAM and listening:
            sock.listen(_BACKLOG)
        on_failure.pop_all()
    return sock


def _cannot_bind(text: str, error: OSError) -> ResolverError:
    match error.errno:
        case errno.EADDRINUSE:
            port = text.rpartition(":")[2]
            why = f"the port is in use - stop what `ss -lntup 'sport = :{port}'` shows, or choose another with --listen"
        case errno.EACCES | errno.EPERM:
            why = "not permitted - ports below 1024 need CAP_NET_BIND_SERVICE; --listen 127.0.0.1:5300 needs nothing"
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            why = "not an address of this machine - `ip address` shows those that are"
        case _:
            why = f"{error.strerror or error} - choose another with --listen"
    return ResolverError(f"cannot listen on {text}: {why}")
