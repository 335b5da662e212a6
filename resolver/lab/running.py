# SPDX-License-Identifier: ISC
"""An internet up and running on loopback sockets, as `resolver lab up` and `resolver serve --lab` want it: one object.

Putting together only: what answers is in internet, the sockets are in loopback, what may be asked is in control.
"""

from __future__ import annotations

from resolver.engine.ports import Server
from resolver.lab.control import LabControl
from resolver.lab.internet import Internet
from resolver.lab.loopback import Loopback
from resolver.lab.settings import LabSettings

__all__ = ["RunningLab"]


class RunningLab:
    """`map` and `hints` are what a resolver needs to live in it; `control` is what a person does to it."""

    def __init__(self, settings: LabSettings) -> None:
        """Read and build the internet of `settings`; nothing is opened yet. Raises WorldFileError, LoopbackError."""
        self.internet = Internet.load(settings.internet or "default", seed=settings.seed)
        self._loopback = Loopback(
            self.internet, self.internet.addresses(), settings.port, closed=self.internet.closed()
        )
        self.control = LabControl(self.internet, self._loopback.map, self._loopback.ticks)

    @property
    def map(self) -> dict[str, Server]:
        """Server address -> where it is on loopback."""
        return self._loopback.map

    def hints(self) -> list[tuple[str, str]]:
        """The root servers as (name, address), addresses as the internet knows them, not as mapped."""
        return self.internet.hints()

    async def start(self) -> None:
        """Open all sockets in the running loop. Raises LoopbackError and then has none open."""
        await self._loopback.start()

    async def close(self) -> None:
        """Close them."""
        await self._loopback.close()
