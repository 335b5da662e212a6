# SPDX-License-Identifier: ISC
"""What follows the news that a zone has changed: its subtree goes, and what is older cannot come back for long.

    notified ──► announced before? ──yes──► nothing
                    │ no
                    ├─ too soon after the last ──► once, later
                    ▼
                 flush (what is in flight is fenced by its epoch) ─► nobody joins older work ─► fence by serial

Who may say so is decided in `notify`; what a serial means, in `policy.revalidation`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from typing import Final, NamedTuple

from cachetools import LRUCache

from resolver.cache import Caches
from resolver.cache.entry import Entry
from resolver.engine.ports import World
from resolver.policy.revalidation import is_newer
from resolver.service.notify import NotifySettings
from resolver.service.single_flight import SingleFlight

_ZONES_MAX: Final = 1024
# A flush walks through the whole cache. After one that took a second, nine go by before the next.
_REST: Final = 9.0
_GRACE_S: Final = 5.0  # the world ends a job that is late by so much

PassOn = Callable[[bytes, int | None], None]


class _Waiting(NamedTuple):
    """News to be acted upon; `ours` when nobody has passed it on yet."""

    serial: int | None
    ours: bool


class ZoneChanges:
    """Acts on changes of zones. `pass_on` is told of those heard here, for the processes beside this one."""

    def __init__(
        self,
        world: World,
        caches: Caches,
        flights: SingleFlight,
        settings: NotifySettings,
        pass_on: PassOn | None = None,
    ) -> None:
        self._world = world
        self._caches = caches
        self._flights = flights
        self._settings = settings
        self._pass_on = pass_on
        self._acted_at: LRUCache[bytes, float] = LRUCache(_ZONES_MAX)  # ticks
        self._waiting: dict[bytes, _Waiting] = {}
        self._rests_until = 0.0

    def notified(self, zone: bytes, serial: int | None, *, ours: bool = True) -> str:
        """The zone (a key) has changed, to `serial` if that is known; what was done: acted, known, deferred or limited.

        News that is not `ours` came from a process beside this one, and is not passed on again. It is never `limited`:
        too much news at once of our own is dropped, and whoever sent it sends it again.
        """
        waiting = self._waiting.get(zone)
        if serial is not None and self._is_known(zone, serial, waiting):
            return "known"
        if waiting is not None:
            self._waiting[zone] = _Waiting(waiting.serial if serial is None else serial, ours or waiting.ours)
            return "deferred"
        due_at = self._due_at(zone)
        if self._world.ticks() < due_at:
            is_full = len(self._waiting) >= _ZONES_MAX
            if is_full and ours:
                return "limited"
            if not is_full and self._wait(zone, due_at):
                self._waiting[zone] = _Waiting(serial, ours)
                return "deferred"
        self._act(zone, _Waiting(serial, ours))
        return "acted"

    def take_over(self, former: ZoneChanges) -> None:
        """Do in time what `former`, of the service before a reload, has put off; it does nothing more.

        It would let nobody join the work of its own service, where nobody asks any more, instead of that of ours.
        """
        self._acted_at.update(former._acted_at)
        self._rests_until = former._rests_until
        put_off = dict(former._waiting)
        former._waiting.clear()
        for zone, news in put_off.items():
            if self._wait(zone, self._due_at(zone)):
                self._waiting[zone] = news
            else:
                self._act(zone, news)

    def _due_at(self, zone: bytes) -> float:
        """The tick from which news of the zone may be acted upon."""
        return max(self._acted_at.get(zone, -inf) + self._settings.interval, self._rests_until)

    def _wait(self, zone: bytes, tick: float) -> bool:
        """Wait in a Job that does nothing else: it may be ended before it has begun, and the news must not be lost."""
        world = self._world
        return world.spawn(world.sleep_until(tick), tick + _GRACE_S, partial(self._waited, zone)) is not None

    def _is_known(self, zone: bytes, serial: int, waiting: _Waiting | None) -> bool:
        """Whether this, or a later one, was announced lately: primaries repeat themselves, and there may be several."""
        fence = self._caches.versions.fence(zone, self._world.now())
        announced = fence and fence.serial if waiting is None else waiting.serial
        return announced is not None and (announced == serial or is_newer(announced, serial))

    def _waited(self, zone: bytes, _: None) -> None:
        """Act when it is due, which it is not any more when other zones' flushes came first."""
        if zone not in self._waiting:
            return  # a reload came between, and whoever took over does it
        due_at = self._due_at(zone)
        if self._world.ticks() < due_at and (self._flights.closed or self._wait(zone, due_at)):
            return  # it waits again, unless we stop
        self._act(zone, self._waiting.pop(zone))

    def _act(self, zone: bytes, news: _Waiting) -> None:
        world, caches, settings = self._world, self._caches, self._settings
        began_at, now = world.ticks(), world.now()
        spared = self._spared(zone, news.serial)
        caches.flush(zone, subtree=True, now=now)
        for entry in spared:
            caches.records.store(entry, now)
        self._flights.begin_anew()
        caches.versions.raise_fence(zone, news.serial, now + settings.settle, float(settings.brief))
        ended_at = world.ticks()
        self._acted_at[zone] = ended_at
        self._rests_until = ended_at + _REST * (ended_at - began_at)
        if news.ours and self._pass_on is not None:
            self._pass_on(zone, news.serial)

    def _spared(self, zone: bytes, serial: int | None) -> list[Entry]:
        """The entries known to be of the version announced, or of a later one: the NOTIFY says that they are good."""
        versions = self._caches.versions
        latest = versions.latest(zone)
        if serial is None or latest is None or is_newer(serial, latest.serial):
            return []
        spared = []
        for entry in self._caches.records.at_or_below(zone):
            if entry.zone == zone:
                version = versions.version(zone, entry.server, entry.lifetime.stored_at)
                if version is not None and not is_newer(serial, version):
                    spared.append(entry)
        return spared
