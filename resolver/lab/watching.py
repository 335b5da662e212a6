# SPDX-License-Identifier: ISC
"""A change as it spreads: which server serves which value, and until when it may. Asks nobody and reads no clock.

    readings ──► Watch.observe ──► Change | None        a line for people
                     │
                     └───────────► standings, bound     a table, and when the last one must have switched

A server that shows another value than the awaited one with a TTL of r seconds must ask again when these are over. That
holds for one cache that keeps to the TTL; a farm of caches behind one address may fall back, and is then told of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a server is to the name: it publishes it, or it caches it."""

    AUTHORITY = "authority"
    RESOLVER = "resolver"


@dataclass(frozen=True, slots=True)
class Watched:
    """One server of the list. `label` is unique in it."""

    label: str
    role: Role


@dataclass(frozen=True, slots=True)
class Reading:
    """What one server said at the instant `at` (UNIX time).

    `values` are sorted presentation texts, or one of `NXDOMAIN`, `NODATA`; `ttl` is in seconds. `stale` is RFC 8914's
    code 3 or 19. A server that said nothing of use has a `problem` and no values.
    """

    at: float
    values: tuple[str, ...] = ()
    ttl: int | None = None
    stale: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one server stands: its last reading, whether it has the awaited value, since when, and its deadline.

    `must_switch_at` is the instant by which its cached copy is over: None for one that has the value, for an authority
    (whose operator decides) and for one that served stale data (which ends when it reaches the authorities again).
    """

    server: Watched
    reading: Reading
    has: bool
    since_at: float
    must_switch_at: float | None = None
    fell_back: int = (
        0  # times it showed another value after the awaited one: several caches behind one address
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One server says something else than before; `before` is None at its first reading."""

    before: Standing | None
    after: Standing


NEGATIVE: Final = ("NXDOMAIN", "NODATA")


class Watch:
    """Follows a list of servers. `awaited` are the values an answer has to contain; none: any answer will do."""

    def __init__(self, servers: Iterable[Watched], awaited: Iterable[str] = ()) -> None:
        self._servers = tuple(servers)
        self._awaited = frozenset(awaited)
        self._standings: dict[Watched, Standing] = {}
        self._old_ttl: int | None = None
        self._published_at: float | None = None
        self._latest_bound = 0.0

    def observe(self, server: Watched, reading: Reading) -> Change | None:
        """Take in one reading; return what has changed. A silence is a change too; a TTL that counts down is none."""
        before = self._standings.get(server)
        after = self._judge(server, reading, before)
        self._standings[server] = after
        self._latest_bound = max(self._latest_bound, after.must_switch_at or 0.0)
        if server.role is Role.AUTHORITY and reading.values:
            if not after.has:
                self._old_ttl = max(self._old_ttl or 0, reading.ttl or 0)
                self._published_at = None
            elif self._published_at is None and self.published:
                self._published_at = reading.at
        if before is not None and _says(before.reading) == _says(reading):
            return None
        return Change(before, after)

    def _judge(self, server: Watched, reading: Reading, before: Standing | None) -> Standing:
        has = bool(reading.values) and self._awaited <= frozenset(reading.values)
        until = None
        if server.role is Role.RESOLVER and not has and not reading.stale and reading.ttl is not None:
            until = reading.at + reading.ttl
        elif not reading.values and before is not None and not before.has:
            until = before.must_switch_at  # its silence does not make its copy any younger
        if before is None:
            return Standing(server, reading, has, reading.at, until)
        fell_back = before.fell_back + (before.has and not has and bool(reading.values))
        since = before.since_at if _says(before.reading) == _says(reading) else reading.at
        return replace(
            before, reading=reading, has=has, since_at=since, must_switch_at=until, fell_back=fell_back
        )

    def standings(self) -> tuple[Standing, ...]:
        """The servers that were read, in the order of the list."""
        return tuple(self._standings[server] for server in self._servers if server in self._standings)

    @property
    def all_have(self) -> bool:
        """Whether every server of the list has the awaited value."""
        standings = self.standings()
        return len(standings) == len(self._servers) and all(standing.has for standing in standings)

    @property
    def lacking(self) -> tuple[Standing, ...]:
        """Those that have not, or say nothing."""
        return tuple(standing for standing in self.standings() if not standing.has)

    @property
    def published(self) -> bool:
        """Whether every authority of the list has the awaited value, and there is one."""
        authorities = [s for s in self.standings() if s.server.role is Role.AUTHORITY]
        return bool(authorities) and all(standing.has for standing in authorities)

    @property
    def still_published(self) -> bool:
        """Whether an authority of the list still gives another value: a cache that asks again may get that one."""
        return any(s.reading.values for s in self.lacking if s.server.role is Role.AUTHORITY)

    @property
    def last_must_switch_at(self) -> float | None:
        """When the last resolver of the list has to have asked again; None while one of them has no such instant."""
        bounds = [s.must_switch_at for s in self.lacking if s.server.role is Role.RESOLVER]
        known = [bound for bound in bounds if bound is not None]
        return max(known) if known and len(known) == len(bounds) else None

    @property
    def anywhere_until(self) -> float | None:
        """When the value before is over in every cache that keeps to its TTL, listed or not.

        That is its TTL after the last authority was seen to have changed, or what a resolver of the list showed of a
        longer one. None when no authority was seen to change, or not all have.
        """
        if self._old_ttl is None or self._published_at is None:
            return None
        return max(self._published_at + self._old_ttl, self._latest_bound)


def _says(reading: Reading) -> tuple[object, ...]:
    return (reading.values, reading.problem, reading.stale)
