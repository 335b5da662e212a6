# SPDX-License-Identifier: ISC
"""Zones the operator configured: forwarded to resolvers, or iterated from given servers (stub). Values only."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.endpoints import read_server
from resolver.engine.delegation import Cut, CutKind
from resolver.engine.limits import StaticZone
from resolver.engine.ports import Server
from resolver.wire import names

_INFINITE = float("inf")


class ConfiguredZones:
    """The `[[zone]]` blocks as cuts, found by the longest match."""

    def __init__(self, zones: Iterable[StaticZone] = ()) -> None:
        self._cuts = {cut.zone: cut for cut in map(cut_from, zones)}

    def match(self, key: bytes) -> Cut | None:
        """Return the cut of the deepest configured zone at or above the name `key`, or None."""
        if not self._cuts:
            return None
        return next((self._cuts[zone] for zone in names.ancestors(key) if zone in self._cuts), None)

    def is_above_another(self, key: bytes, zone: bytes) -> bool:
        """Whether a configured zone lies at or below the name `key`, and is not `zone` itself."""
        return any(cut != zone and names.is_at_or_below(cut, key) for cut in self._cuts)

    def servers(self) -> tuple[Server, ...]:
        """Return every server configured."""
        return tuple(server for cut in self._cuts.values() for _, server in cut.addresses)


def cut_from(zone: StaticZone) -> Cut:
    """Return the cut that a `[[zone]]` describes. Raises ValueError on a bad address, FormatError on a bad name."""
    kind, given = (CutKind.FORWARD, zone.forward) if zone.forward else (CutKind.STUB, zone.stub)
    key = names.from_text(zone.name).lower()
    servers = tuple((names.ROOT, Server(*read_server(text))) for text in given)
    return Cut(key, kind, (), servers, _INFINITE, zone.cache)
