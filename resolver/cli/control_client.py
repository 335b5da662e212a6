# SPDX-License-Identifier: ISC
"""Talks to a control socket: HTTP/1.1 over a Unix socket with the standard library. Errors are CommandFailed."""

from __future__ import annotations

import http.client
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
    return click.option("--socket", "socket_path", metavar="PATH", help="Its control socket.")(command)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


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
        connection = _UnixConnection(self.path, self._timeout)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            raw = response.read()
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
        except (OSError, http.client.HTTPException) as error:
            raise CommandFailed(
                f"{self.path}: {str(error) or type(error).__name__} - look at the resolver's log"
            ) from None
        finally:
            connection.close()
        return _read(response.status, raw)


def _read(status: int, raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise CommandFailed(f"not a reply of a resolver (HTTP {status}) - is --socket right?")
    if status >= 400:
        what, _, remedy = str(value.get("error", f"HTTP {status}")).partition("; ")
        raise CommandFailed(
            what if " - " in what else f"{what} - {remedy or _REMEDIES.get(status, 'see --help')}"
        )
    return value


_REMEDIES: Final = {404: "the running resolver does not know this; is it as new as this command?"}


def client(socket_path: str | None, config: str | None, timeout: float = TIMEOUT) -> ControlClient:
    """Return the client of the resolver that the options mean."""
    return ControlClient(control_socket(config, socket_path), timeout)
