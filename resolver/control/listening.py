# SPDX-License-Identifier: ISC
"""Opens and closes what the API is spoken over: the Unix socket and the TCP listener. No routes here."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from resolver.control.accepting import LINGER_S, REQUEST_S, Accepting
from resolver.control.unix_socket import ControlError, open_socket
from resolver.endpoints import spell_listener

_SHUTDOWN_TIMEOUT = 0.5  # seconds for requests under way when we end
# For whoever comes over TCP, be he slow on purpose.
_LASTS_S = 30.0


class _PeerFaults(logging.Handler):
    """Hears what aiohttp would log with a traceback: peers that do not speak HTTP. One line of it is enough."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._tell(f"{record.getMessage()}: {error or ''}".rstrip(": "))


class Listening:
    """Every open listener of the API. `peer_fault` hears, in a line each, of peers that do not speak HTTP."""

    def __init__(self, peer_fault: Callable[[str], object] = lambda text: None) -> None:
        self._logger = logging.getLogger("resolver.http")
        self._logger.propagate = False
        self._logger.handlers = [_PeerFaults(peer_fault)]
        self._runners: list[web.AppRunner] = []
        self._accepting: list[Accepting] = []
        self._sockets: list[tuple[Path, int]] = []

    async def open_unix(self, app: web.Application, path: Path) -> None:
        """Serve `app` on the control socket. Raises ControlError."""
        listener = open_socket(path)
        self._sockets.append((path, os.stat(path).st_ino))
        runner = await self._runner(app)
        await web.SockSite(runner, listener).start()  # whom its file lets in is the operator

    async def open_tcp(self, app: web.Application, address: str, port: int) -> int:
        """Serve `app` over TCP; return the port really bound. Raises ControlError."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, port))
            listener.listen(128)
        except OSError as error:
            listener.close()
            where = spell_listener((address, port))
            why = (error.strerror or str(error)).lower()
            raise ControlError(
                f"cannot serve HTTP on {where}: {why} - choose another with --http ADDR:PORT, or --http '' for none"
            ) from None
        bound: int = listener.getsockname()[1]
        accepting = Accepting(app, listener, _LASTS_S)
        self._accepting.append(accepting)
        runner = await self._runner(app)
        assert runner.server is not None  # it is there from setup to cleanup
        accepting.start(runner.server)
        return bound

    async def close(self) -> None:
        """Close all of them; the socket file goes, if it is still ours."""
        for accepting in self._accepting:
            await accepting.close()
        for runner in self._runners:
            await runner.cleanup()
        for path, inode in self._sockets:
            with contextlib.suppress(OSError):
                if os.stat(path).st_ino == inode:
                    path.unlink()
        self._accepting.clear()
        self._runners.clear()
        self._sockets.clear()

    async def _runner(self, app: web.Application) -> web.AppRunner:
        runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=_SHUTDOWN_TIMEOUT,
            handle_signals=False,
            logger=self._logger,
            keepalive_timeout=REQUEST_S,
            lingering_time=LINGER_S,
        )
        self._runners.append(runner)
        await runner.setup()
        return runner


def read_token(path: str) -> str | None:
    """Return the token that `http.token_file` holds, None when no file is named. Raises ControlError."""
    if not path:
        return None
    try:
        token = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ControlError(f"http.token_file {path}: {error} - give a readable file") from None
    if len(token) < 16:
        raise ControlError(f"http.token_file {path}: shorter than 16 characters - write a long random token")
    return token
