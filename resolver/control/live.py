# SPDX-License-Identifier: ISC
"""`Operations` over the running resolver: runs commands on its caches, and hands the rest to `app`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from resolver.control.commands import AnyCommand, Inside, View
from resolver.control.statistics import statistics_view
from resolver.policy.settings import Mode
from resolver.runtime.loop import imported
from resolver.telemetry.counters import Source


@dataclass(frozen=True, slots=True)
class Process:
    """What only the process itself can say or do."""

    status: Callable[[], View]
    is_ready: Callable[[], bool]
    reload: Callable[[], View]
    stop: Callable[[], object]
    set_policy: Callable[[str, Mode], View]


class LiveOperations:
    """See `operations.Operations` for each method."""

    def __init__(self, process: Process, inside: Inside, sources: Callable[[], Sequence[Source]]) -> None:
        self._process = process
        self._inside = inside
        self._sources = sources

    @property
    def is_ready(self) -> bool:
        """Whether it listens and is not draining."""
        return self._process.is_ready()

    async def status(self) -> View:
        """Who runs."""
        return self._process.status()

    async def statistics(self) -> View:
        """What was counted."""
        return statistics_view(self._sources())

    async def metrics(self) -> bytes:
        """The Prometheus text."""
        await imported("resolver.telemetry.collector")  # late, and beside the work: nobody scrapes at once
        from resolver.telemetry.collector import exposition

        return exposition(self._sources())

    async def run(self, command: AnyCommand) -> View:
        """Have a command done."""
        return await command.run(self._inside)

    async def reload(self) -> View:
        """Read the configuration again."""
        return self._process.reload()

    async def set_policy(self, name: str, mode: Mode) -> View:
        """Change the policy."""
        return self._process.set_policy(name, mode)

    def stop(self) -> None:
        """Begin to drain and end."""
        self._process.stop()
