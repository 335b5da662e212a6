# SPDX-License-Identifier: ISC
"""Talks to a control socket: one HTTP/1.1 exchange on a Unix socket, written out. Errors are CommandFailed.

The standard library's client takes 30 ms to import, a fifth of what a client command may take to start; and the peer is
our own server, which is asked to close after its one response.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.target import control_socket

TIMEOUT: Final = 30.0  # seconds; a trace of a hopeless name takes up to 8
F = TypeVar("F", bound=Callable[..., Any])


def socket_options(command: F) -> F:
    """Add `--socket` and `--config` to a client command."""
    command = click.option("--config", metavar="FILE", help="Configuration of the resolver that runs.")(
        command
    )
    return click.option("--socket", "socket_path", metavar="PATH", help="Control socket of the resolver.")(
        command
    )


class ControlClient:
    """One control socket."""

    def __init__(self, path: Path, timeout: float = TIMEOUT) -> None:
        self.path = path
        self._timeout = timeout

    def get(self, path: str) -> dict[str, Any]:
        """GET and return the JSON object. Raises CommandFailed, with exit code 3 when nobody listens."""
        return self._ask("GET", path, None)

    def post(self, path: str, **body: object) -> dict[str, Any]:
        """POST a JSON object and return the JSON object that comes back. Raises CommandFailed."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        try:
            status, raw = _exchange(self.path, self._timeout, _request(method, path, body))
        except (FileNotFoundError, ConnectionRefusedError):
            raise CommandFailed(
                f"no resolver at {self.path} - start one with 'resolver serve', or give --socket",
                Exit.NOT_RUNNING,
            ) from None
        except PermissionError:
            raise CommandFailed(
                f"{self.path} belongs to another user - run as that user, or give --socket"
            ) from None
        except TimeoutError:
            raise CommandFailed(
                f"the resolver at {self.path} does not answer - look at its log", Exit.NO_REPLY
            ) from None
        except OSError as error:
            raise CommandFailed(
                f"{self.path}: {str(error) or type(error).__name__} - look at the resolver's log"
            ) from None
        return _read(status, raw)


def _request(method: str, path: str, body: bytes | None) -> bytes:
    """One request; `Connection: close` makes the end of the stream the end of the response."""
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{content}\r\n"
    return head.encode("ascii") + (body or b"")


def _exchange(path: Path, timeout: float, request: bytes) -> tuple[int, bytes]:
    """Send one request; return the status and body of its response."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(timeout)
        stream.connect(str(path))
        stream.sendall(request)
        received = bytearray()
        while data := stream.recv(1 << 16):
            received += data
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0, body


def _read(status: int, raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise CommandFailed(f"not a reply of a resolver (HTTP {status}) - is --socket right?")
    if status >= 400:
        text = str(value.get("error", f"HTTP {status}"))
        what, _, remedy = text.partition("; ")
        raise CommandFailed(
            text if " - " in text else f"{what.rstrip('.')} - {remedy or _REMEDIES.get(status) or _help()}"
        )
    return value


_REMEDIES: Final = {404: "the running resolver does not know this; is it as new as this command?"}


def _help() -> str:
    """Where the help of the command that runs is."""
    context = click.get_current_context(silent=True)
    return f"see '{context.command_path} --help'" if context else "see --help"


def client(socket_path: str | None, config: str | None, timeout: float = TIMEOUT) -> ControlClient:
    """Return the client of the resolver that the options mean."""
    return ControlClient(control_socket(config, socket_path), timeout)
