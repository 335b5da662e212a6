# SPDX-License-Identifier: ISC
"""Addresses to listen on: how they are written, and what is said when one cannot be had."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.runtime import listeners as room
from resolver.runtime.listeners import open_listeners, reserve


def test_what_cannot_be_read_is_named_with_a_remedy() -> None:
    with pytest.raises(ResolverError, match=r"^server\.listen: '127\.0\.0\.1': write it as ADDR:PORT"):
        open_listeners(["127.0.0.1"])


def test_udp_and_tcp_share_a_port() -> None:
    opened, warnings = open_listeners(["127.0.0.1:0", "127.0.0.2:0"])
    assert warnings == []
    for listener in opened:
        assert listener.udp.getsockname() == listener.tcp.getsockname() == tuple(listener.address)
        assert not listener.is_wildcard
        listener.close()


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["udp", "tcp"])
def test_a_port_in_use_is_named_and_nothing_stays_open(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        before = len(os.listdir("/proc/self/fd"))
        with pytest.raises(
            ResolverError, match=rf"cannot listen on 127\.0\.0\.1:{port}: the port is in use - stop"
        ):
            open_listeners(["127.0.0.1:0", f"127.0.0.1:{port}"])
        assert len(os.listdir("/proc/self/fd")) == before


def test_a_foreign_address_is_an_error() -> None:
    with pytest.raises(
        ResolverError, match=r"cannot listen on 192\.0\.2\.1:5300: not an address of this machine - "
    ):
        open_listeners(["192.0.2.1:5300"])


def test_an_address_listed_twice_is_an_error() -> None:
    with pytest.raises(ResolverError, match="listed twice"):
        open_listeners(["[::1]:5301", "[0::1]:5301"])


def refuse_ipv6(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    real = room._bind

    def bind(address: Server, kind: socket.SocketKind, *, shared: bool) -> socket.socket:
        if address.is_ipv6:
            raise OSError(code, os.strerror(code))
        return real(address, kind, shared=shared)

    monkeypatch.setattr(room, "_bind", bind)


@pytest.mark.parametrize("code", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT])
def test_a_missing_ipv6_loopback_is_a_warning(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    refuse_ipv6(monkeypatch, code)
    opened, warnings = open_listeners(["127.0.0.1:0", "[::1]:5300"])
    assert [listener.address.address for listener in opened] == ["127.0.0.1"]
    assert warnings == ["not listening on [::1]:5300: this machine has no IPv6 loopback address"]
    opened[0].close()


def test_nothing_left_to_listen_on_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_ipv6(monkeypatch, errno.EADDRNOTAVAIL)
    with pytest.raises(ResolverError, match="nothing to listen on"):
        open_listeners(["[::1]:5300"])


def test_a_port_below_1024_without_the_right_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_ipv6(monkeypatch, errno.EACCES)
    with pytest.raises(ResolverError, match="not permitted - ports below 1024 need CAP_NET_BIND_SERVICE"):
        open_listeners(["[::1]:53"])


def test_workers_share_an_address() -> None:
    (first,), _ = open_listeners(["127.0.0.1:0"], shared=True)
    (second,), _ = open_listeners([f"127.0.0.1:{first.address.port}"], shared=True)
    first.close()
    second.close()


def test_a_reserved_address_waits_for_workers_and_for_nobody_else() -> None:
    (address,), (held,), warnings = reserve(["127.0.0.1:0"])
    text = f"127.0.0.1:{address.port}"
    assert (address.port > 0, warnings) == (True, [])
    with held:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", address.port))
        (first,), _ = open_listeners([text], shared=True)
        (second,), _ = open_listeners([text], shared=True)
        with pytest.raises(ResolverError, match="the port is in use"):
            open_listeners([text])
        with socket.create_connection(("127.0.0.1", address.port)) as client:
            assert client.getpeername()[1] == address.port
        first.close()
        second.close()
        with pytest.raises(ConnectionRefusedError):  # what holds the port takes no connection
            socket.create_connection(("127.0.0.1", address.port)).close()


def test_what_workers_share_already_cannot_be_reserved() -> None:
    """SO_REUSEPORT asks for the same user alone: a second resolver would take half of the first one's questions."""
    (first,), _ = open_listeners(["127.0.0.1:0"], shared=True)
    with pytest.raises(ResolverError, match="the port is in use"):
        reserve([f"127.0.0.1:{first.address.port}"])
    first.close()
