# SPDX-License-Identifier: ISC
"""The script of an internet: what changes at which second. A plain queue; applying a change is the internet's doing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from resolver.lab.world_file import ChangeEntry, RecordEntry
from resolver.lab.zone_text import read_name, read_rdatas
from resolver.wire import ROOT, RRset

__all__ = ["Change", "Outage", "Restore", "Script", "SetRecords", "read_rrset"]


@dataclass(frozen=True, slots=True)
class SetRecords:
    """Put this RRset in place of the one of its name and type; an empty one removes it."""

    rrset: RRset


@dataclass(frozen=True, slots=True)
class Outage:
    """The server falls silent."""

    server: str


@dataclass(frozen=True, slots=True)
class Restore:
    """The server answers again."""

    server: str


Change = SetRecords | Outage | Restore


class Script:
    """Changes in order of time, handed out once each."""

    def __init__(self, entries: Iterable[ChangeEntry] = ()) -> None:
        """Read the entries, in any order. Raises ZoneError on records that are none."""
        timed = [(float(entry.at), change) for entry in entries for change in _changes(entry)]
        self._waiting = deque(sorted(timed, key=lambda item: item[0]))

    @property
    def next_at(self) -> float:
        """Seconds since the start at which the next change is due; infinity when there is none."""
        return self._waiting[0][0] if self._waiting else float("inf")

    def due(self, elapsed: float) -> Iterator[Change]:
        """Take the changes that are due `elapsed` seconds after the start."""
        while self._waiting and self._waiting[0][0] <= elapsed:
            yield self._waiting.popleft()[1]

    def __len__(self) -> int:
        return len(self._waiting)


def read_rrset(entry: RecordEntry) -> RRset:
    """A [[change]]'s RRset with wire rdata. Raises ZoneError."""
    rtype, rdatas = read_rdatas(entry.type, entry.rdata, ROOT)
    return RRset(read_name(entry.name), rtype, 1, entry.ttl, rdatas)


def _changes(entry: ChangeEntry) -> Iterator[Change]:
    yield from (SetRecords(read_rrset(record)) for record in entry.set)
    yield from (Outage(server) for server in entry.outage)
    yield from (Restore(server) for server in entry.restore)
