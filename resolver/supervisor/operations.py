# SPDX-License-Identifier: ISC
"""`Operations` over all workers: asks them, adds up, and hands the rest to the supervisor.

What is told to all is `fleet`'s; nothing is decided about DNS.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from resolver.control.commands import AnyCommand, Spread, View
from resolver.control.statistics import statistics_view
from resolver.policy.settings import Mode
from resolver.supervisor.fleet import SLOWEST_S, Fleet
from resolver.telemetry.counters import Source


class FleetOperations:
    """See `control.operations.Operations` for each method."""

    def __init__(
        self,
        fleet: Fleet,
        sources: Callable[[], Sequence[Source]],
        *,
        status: Callable[[], View],
        is_ready: Callable[[], bool],
        reload: Callable[[], Awaitable[View]],
        stop: Callable[[], object],
        set_policy: Callable[[str, Mode], Awaitable[View]],
    ) -> None:
        self._fleet = fleet
        self._sources = sources
        self._status = status
        self._is_ready = is_ready
        self._reload = reload
        self._stop = stop
        self._set_policy = set_policy

    @property
    def is_ready(self) -> bool:
        """Whether it listens and is not draining."""
        return self._is_ready()

    async def status(self) -> View:
        """Who runs, and each worker."""
        await self._fleet.look()
        return self._status()

    async def statistics(self) -> View:
        """What all workers counted."""
        await self._fleet.look()
        return statistics_view(self._sources())

    async def metrics(self) -> bytes:
        """The Prometheus text, summed over workers."""
        from resolver.telemetry.collector import exposition  # late: nobody scrapes in the first instant

        await self._fleet.look()
        return exposition(self._sources())

    async def run(self, command: AnyCommand) -> View:
        """Have the workers do it that it is for; their answers become one."""
        match command.spread:
            case Spread.ONE:
                view: View = await self._fleet.ask_one(command, SLOWEST_S)
                return view
            case Spread.EACH:
                return command.combine(await self._fleet.ask_each(command))
            case Spread.ALL:
                return command.combine(await self._fleet.order_all(command))

    async def reload(self) -> View:
        """Read the configuration again; all workers adopt it or none does."""
        return await self._reload()

    async def set_policy(self, name: str, mode: Mode) -> View:
        """Change the policy; in all workers or in none."""
        return await self._set_policy(name, mode)

    def stop(self) -> None:
        """Begin to drain and end."""
        self._stop()
