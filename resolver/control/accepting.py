# SPDX-License-Identifier: ISC
"""How many connections the HTTP listener has at once, and how long each may last. No routes here.

    listener ──► room? ──► accepted ──► one request, one response ──► closed
                  │ no
                  └──► waits in the kernel, where it holds no file of ours; the silent leave

Each connection is an open file that the budget of sockets does not see: it comes out of
`runtime.descriptors.RESERVE`, without which questions have no socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestHandler

# A quarter of the reserve. A browser opens six to one host.
CONNECTIONS: Final = 8
REQUEST_S: Final = 5.0  # for the whole head of a request to come
LINGER_S: Final = 0.05  # for the rest of a body that nobody wanted: its connection has had its answer
# Between two looks for room: the library tells nobody when a connection ends. A request comes right behind its
# handshake, so this is time enough to send it; and hundreds that send none are done with in a second.
_FULL_S: Final = 0.02
_NO_FILE_S: Final = 1.0  # as asyncio's own servers wait


class Accepting:
    """Has `server` speak on what comes to `listener`, each connection for `lasts_s` seconds at most.

    `app`, which `server` serves, must not have begun to.
    """

    def __init__(self, app: web.Application, listener: socket.socket, lasts_s: float) -> None:
        self._listener = listener
        self._lasts_s = lasts_s
        self._asked: set[RequestHandler] = set()  # connections whose request has come
        self._task: asyncio.Task[None] | None = None
        app.middlewares.insert(0, self._one_request)

    def start(self, server: web.Server) -> None:
        """Begin to accept."""
        self._task = asyncio.get_running_loop().create_task(self._accept(server))

    async def close(self) -> None:
        """Accept no more; what was accepted is the server's."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._listener.close()

    async def _accept(self, server: web.Server) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room(server)
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except OSError:  # no file was left for it, or its peer has gone already
                await asyncio.sleep(_NO_FILE_S)
                continue
            with contextlib.suppress(OSError):
                transport, _ = await loop.connect_accepted_socket(server, connection)
                loop.call_later(self._lasts_s, transport.abort)

    async def _room(self, server: web.Server) -> None:
        """Return when one more may be accepted. Those who have had a moment and have not asked yet make room."""
        self._asked.intersection_update(server.connections)  # others have ended
        while len(server.connections) >= CONNECTIONS:
            await asyncio.sleep(_FULL_S)
            connections = server.connections
            if len(connections) >= CONNECTIONS:
                for silent in set(connections) - self._asked:
                    silent.force_close()

    @web.middleware
    async def _one_request(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """None waits for a second request: eight browsers that look every second would have all connections."""
        self._asked.add(request.protocol)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.force_close()
            raise
        response.force_close()
        return response
