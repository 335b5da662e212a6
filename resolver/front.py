# SPDX-License-Identifier: ISC
"""What an operator touches of a running resolver: the control socket, HTTP, the lab. One of each, however many workers.

    lab ─► control socket, HTTP      and closed in the other order

What is done when somebody asks is `Operations`' business; no DNS is answered here.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resolver import __version__
from resolver.composition import Hints
from resolver.control.operations import Crashed, Operations
from resolver.control.settings import socket_path
from resolver.endpoints import spell_listener
from resolver.engine.ports import Server
from resolver.runtime.clocks import wall
from resolver.runtime.loop import imported, loop_maker
from resolver.settings.hints import read_hints
from resolver.settings.model import Configuration
from resolver.telemetry.counters import Sample
from resolver.telemetry.logs import Log
from resolver.wire import from_text

if TYPE_CHECKING:
    from resolver.control.opening import Opened
    from resolver.lab.running import RunningLab

View = dict[str, Any]


def _lab_of(boot: Configuration) -> RunningLab | None:
    """The simulated internet that is configured; without one, its rooms are not even imported."""
    if not boot.lab.internet:
        return None
    from resolver.lab.running import RunningLab

    return RunningLab(boot.lab)


class Front:
    """`start_lab`, `open`, `close`. What was decided at start (addresses, lab) holds until the end."""

    def __init__(self, boot: Configuration, journal: Log, path: Path | None) -> None:
        """Nothing is opened yet; `path` is the configuration file. Raises ResolverError when the lab is none."""
        self._boot = boot
        self._loop = loop_maker(boot.server.loop)[1]
        self._path = path
        self._lab = _lab_of(boot)
        self._journal = journal
        self._opened: Opened | None = None
        self._started_at = wall()

    async def start_lab(self) -> None:
        """Open the simulated internet, if there is to be one. Raises LoopbackError."""
        if self._lab is not None:
            await self._lab.start()

    async def open(self, operations: Operations, crashed: Crashed) -> None:
        """Open the control socket and HTTP. Raises ControlError."""
        # The HTTP library takes longer to import than all of ours: whoever asks for a name need not wait for it.
        await imported("resolver.control.opening")
        from resolver.control.opening import Opened

        self._opened = Opened(lambda text: self._journal.info("http", text))
        lab = self._lab.control if self._lab else None
        await self._opened.open(operations, crashed, lab, self._boot.control, self._boot.http)

    async def close(self) -> None:
        """Close what is open; also after a start that failed half-way."""
        if self._opened is not None:
            await self._opened.close()
        if self._lab is not None:
            await self._lab.close()

    @property
    def _http(self) -> str:
        return self._opened.url if self._opened is not None else ""

    def hints(self, configuration: Configuration) -> Hints:
        """The root servers: those of the lab when one runs here, else those of the hints file."""
        if self._lab is not None:
            return [(from_text(name), address) for name, address in self._lab.hints()]
        servers = read_hints(configuration.upstream.root_hints)
        return [(server.name, address) for server in servers for address in server.addresses]

    def places(self) -> Mapping[str, Server]:
        """Where servers really are: what `lab.map` says, then the lab."""
        return self._boot.lab.endpoints() | (self._lab.map if self._lab else {})

    def banner(self, addresses: Iterable[Server], how: str) -> Iterator[str]:
        """Yield the lines that say what runs where; `how` is how questions are read."""
        yield f"resolver {__version__} on {', '.join(map(spell_listener, addresses))} (UDP and TCP)"
        yield f"  loop {self._loop} · {how} · http {self._http or 'off'}"
        yield f"  control {socket_path(self._boot.control)}"
        if self._lab is not None:
            lab = self._lab.internet
            yield f"  lab {self._boot.lab.internet}: {len(lab.zones())} zones on {len(lab.hosts())} servers"

    def view(
        self, configuration: Configuration, addresses: Iterable[Server], *, pid: int, is_ready: bool
    ) -> View:
        """What runs, JSON-ready: the part of `status` that workers have in common."""
        view: View = {
            "version": __version__,
            "pid": pid,
            "ready": is_ready,
            "uptime": round(wall() - self._started_at, 3),
            "listen": [spell_listener(address) for address in addresses],
            "http": self._http,
            "control": str(socket_path(self._boot.control)),
            "config": str(self._path) if self._path else "",
            "python": platform.python_version(),
            "loop": self._loop,
            "policy": configuration.policy.name,
            "stale": configuration.stale.enabled,
        }
        if self._lab is not None:
            view["lab"] = self._boot.lab.internet
        return view

    def samples(self, *, is_ready: bool) -> Iterator[Sample]:
        """What the process says of itself."""
        yield Sample("build_info", (__version__, platform.python_version(), self._loop), 1)
        yield Sample("start_time_seconds", (), self._started_at)
        yield Sample("ready", (), int(is_ready))
