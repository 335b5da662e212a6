# SPDX-License-Identifier: ISC
"""Opens the control socket and HTTP as configured; imported late, for the HTTP library is slow to import."""

from __future__ import annotations

from collections.abc import Callable

from resolver.control.api import socket_application, tcp_application
from resolver.control.lab_routes import lab_routes
from resolver.control.listening import Listening, read_token
from resolver.control.operations import Crashed, Operations
from resolver.control.settings import ControlSettings, HttpSettings, socket_path
from resolver.endpoints import read_listener, spell_listener
from resolver.lab.control import LabControl


class Opened:
    """The listeners of the API; `url` is where HTTP is spoken over TCP, empty when it is not."""

    def __init__(self, peer_fault: Callable[[str], object]) -> None:
        self._listening = Listening(peer_fault)
        self.url = ""

    async def open(
        self,
        operations: Operations,
        crashed: Crashed,
        lab: LabControl | None,
        control: ControlSettings,
        http: HttpSettings,
    ) -> None:
        """Open both. Raises ControlError; `close` then closes what was opened."""
        routes = lab_routes(lab) if lab is not None else []
        await self._listening.open_unix(socket_application(operations, crashed, routes), socket_path(control))
        if http.listen:
            address, port = read_listener(http.listen)
            app = tcp_application(operations, crashed, hosts=http.hosts, token=read_token(http.token_file))
            bound = await self._listening.open_tcp(app, address, port)
            self.url = f"http://{spell_listener((address, bound))}/"

    async def close(self) -> None:
        """Close what is open."""
        await self._listening.close()
