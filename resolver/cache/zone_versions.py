# SPDX-License-Identifier: ISC
"""Which SOA serial which server of a zone had when, and what NOTIFY announced lately. Serials only; no data, no I/O.

An entry has no serial of its own. Its version is known when its server was heard to have the same serial before and
after the entry came (or with it): between two equal serials of one server nothing has changed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from cachetools import LRUCache

from resolver.policy.revalidation import Checked, Fence, is_newer
from resolver.wire import names

# Servers of zones, and zones. Some 300 bytes each, so less than 2 MiB in all.
_SERVERS_MAX: Final = 4096
_ZONES_MAX: Final = 1024


class Seen(NamedTuple):
    """A server had `serial` from the instant `since` to the instant `until`, as far as was heard."""

    serial: int
    since: float
    until: float


class ZoneVersions:
    """Serials by zone and server, and fences by zone; least recently used out first. Zones are keys (folded names)."""

    def __init__(self) -> None:
        self._seen: LRUCache[tuple[bytes, str], Seen] = LRUCache(_SERVERS_MAX)
        self._latest: LRUCache[bytes, Checked] = LRUCache(_ZONES_MAX)
        self._fences: dict[bytes, Fence] = {}
        self.counts: dict[str, int] = {}  # what became of answers and entries whose zone's serial mattered

    def __len__(self) -> int:
        return len(self._seen)

    def observe(self, zone: bytes, server: str, serial: int, now: float) -> None:
        """A server of the zone had this serial at `now`."""
        seen = self._seen.get((zone, server))
        goes_on = seen is not None and seen.serial == serial and seen.until <= now
        self._seen[zone, server] = Seen(serial, seen.since if seen is not None and goes_on else now, now)
        latest = self._latest.get(zone)
        if latest is None or latest.serial == serial or is_newer(serial, latest.serial):
            self._latest[zone] = Checked(serial, now, server)

    def latest(self, zone: bytes) -> Checked | None:
        """The newest serial of the zone that any of its servers was heard to have."""
        return self._latest.get(zone)

    def of_server(self, zone: bytes, server: str) -> int | None:
        """The serial that a server had when it was last heard of."""
        seen = self._seen.get((zone, server))
        return None if seen is None else seen.serial

    def version(self, zone: bytes, server: str, stored_at: float) -> int | None:
        """The serial under which something came from a server of the zone at `stored_at`; None when it is not known."""
        seen = self._seen.get((zone, server))
        return seen.serial if seen is not None and seen.since <= stored_at <= seen.until else None

    def count(self, result: str) -> None:
        """Count one answer or entry: kept_briefly, lived_on, asked, changed."""
        self.counts[result] = self.counts.get(result, 0) + 1

    @property
    def has_fences(self) -> bool:
        """Whether there may be a fence: the one question that every answer kept has to pay for."""
        return bool(self._fences)

    def raise_fence(self, zone: bytes, serial: int | None, until: float, brief_s: float) -> None:
        """A NOTIFY announced `serial` for the zone: older data of it is suspect until the instant given."""
        latest, standing = self._latest.get(zone), self._fences.pop(zone, None)
        after = None if latest is None else latest.serial
        for announced in () if standing is None else (standing.serial, standing.after):
            if announced is not None and (after is None or is_newer(announced, after)):
                after = announced
        if len(self._fences) >= _ZONES_MAX:
            del self._fences[next(iter(self._fences))]
        self._fences[zone] = Fence(serial, after, until, brief_s)

    def fence(self, zone: bytes, now: float) -> Fence | None:
        """The fence of exactly this zone, if it stands."""
        fence = self._fences.get(zone)
        if fence is not None and now >= fence.until:
            del self._fences[zone]
            return None
        return fence

    def fence_over(self, key: bytes, zone: bytes, now: float) -> tuple[bytes, Fence] | None:
        """The deepest standing fence over what a server of `zone` said about the name `key`, and whose it is.

        A fence of a zone above `zone` does not count: zones below a changed one have serials of their own.
        """
        for above in names.ancestors(key):
            fence = self.fence(above, now)
            if fence is not None:
                return above, fence
            if above == zone:
                break
        return None
