# SPDX-License-Identifier: ISC
"""An internet as written in TOML: its servers, zones, families of zones and script, decoded strictly.

Nothing is derived here (assembly does that) and nothing runs (internet). Files are found in the installed package and
in a checkout alike.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final

from msgspec import field

from resolver.errors import ResolverError
from resolver.shipped import shipped
from resolver.units import Bounded, DecodeError, Doc, Seconds, Settings, decode

__all__ = [
    "Behaviour",
    "ChangeEntry",
    "Cookies",
    "Glue",
    "RecordEntry",
    "ServerEntry",
    "WorldFile",
    "WorldFileError",
    "ZoneEntry",
    "ZoneFamily",
    "available",
    "find",
    "load",
    "read",
]

TTL_MAX: Final = 2**31 - 1  # RFC 2181 section 8


class WorldFileError(ResolverError):
    """A world that cannot be found, read or built; the text is one line that names the place and the remedy."""


class Behaviour(Enum):
    """What sets a server apart from a proper one. A server may have several."""

    REFUSES = "refuses"  # lame: REFUSED whatever is asked
    UPWARD = "upward"  # lame: a referral to the root, as old BINDs gave
    EMPTY = "empty"  # lame: NOERROR, no AA, no records
    SERVFAIL = "servfail"
    NOTIMP = "notimp"
    NO_AA = "no-aa"  # proper answers without the AA bit
    TRUNCATES = "truncates"  # TC on every UDP answer
    NO_EDNS = "no-edns"  # FORMERR without OPT to every query with OPT (RFC 6891 section 7)
    DROPS_EDNS = "drops-edns"  # silence to every query with OPT
    LOWERCASE = "lowercase"  # echoes the question in lower case: breaks 0x20
    NO_NONTERMINALS = "no-nonterminals"  # NXDOMAIN at empty non-terminals: breaks QNAME minimisation
    NO_TCP = "no-tcp"  # refuses connections
    DEAD = "dead"  # silence
    UNREACHABLE = "unreachable"  # ICMP port unreachable, connection refused


class Cookies(Enum):
    """Whether a server speaks DNS cookies (RFC 7873), and whether it insists."""

    OFF = "off"
    ON = "on"
    REQUIRED = "required"


class Glue(Enum):
    """Which server addresses a delegation brings."""

    ALL = "all"  # every one the parent zone can hold
    REQUIRED = "required"  # those below the cut alone
    NONE = "none"  # not even those: a broken delegation


class ServerEntry(Settings, frozen=True):
    """One [[server]]: a name server with its addresses and its place in the network."""

    name: Annotated[str, Doc("Name of the server; its addresses are published in the zone it lies in")]
    addresses: Annotated[tuple[str, ...], Doc("IPv4 and IPv6 addresses; no two servers share one")]
    latency: Annotated[Seconds, Doc("Round trip time without jitter"), Bounded(0, 60)] = Seconds(0.02)
    jitter: Annotated[Seconds, Doc("Mean of what is added to it, exponentially"), Bounded(0, 10)] = Seconds(0)
    loss: Annotated[float, Doc("Percentage of UDP exchanges that are lost"), Bounded(0, 100)] = 0.0
    behaviours: Annotated[tuple[Behaviour, ...], Doc("What it does unlike a proper server")] = ()
    cookies: Annotated[Cookies, Doc("DNS cookies, RFC 7873")] = Cookies.OFF
    udp_size: Annotated[int, Doc("Octets it sends at most over UDP"), Bounded(512, 4096)] = 1232


class ZoneEntry(Settings, frozen=True):
    """One [[zone]]. SOA, NS, the delegation in the parent and glue are derived unless the texts state them."""

    name: Annotated[str, Doc("Origin, absolute")]
    servers: Annotated[tuple[str, ...], Doc("Names of the servers that serve it and are its NS")]
    lame: Annotated[tuple[str, ...], Doc("Servers that are its NS too and do not serve it")] = ()
    hidden: Annotated[tuple[str, ...], Doc("Servers that serve it and are not its NS")] = ()
    ttl: Annotated[int, Doc("TTL in seconds where the text has none"), Bounded(0, TTL_MAX)] = 3600
    ns_ttl: Annotated[int, Doc("TTL of NS and glue, seconds"), Bounded(0, TTL_MAX)] = 86400
    negative_ttl: Annotated[int, Doc("SOA MINIMUM and TTL, seconds (RFC 2308)"), Bounded(0, TTL_MAX)] = 300
    delegated: Annotated[bool, Doc("Whether the parent delegates it")] = True
    glue: Annotated[Glue, Doc("Which addresses the delegation brings")] = Glue.ALL
    signed: Annotated[bool, Doc("Whether it carries DNSSEC records, well-formed but not verifiable")] = False
    text: Annotated[str, Doc("Records in presentation format, names relative to the origin")] = ""


class ZoneFamily(Settings, frozen=True):
    """One [[zone_family]]: many zones from one pattern.

    In `name`, `text` and `servers`, `{n}` is the number of the zone (`{n:3}` pads with zeros), `{low}` is n modulo 250
    plus one (a last octet), and `{word}` is the n-th of the list `pick.word`, round and round.
    """

    name: Annotated[str, Doc("Origin pattern")]
    count: Annotated[int, Doc("How many zones"), Bounded(1, 100_000)]
    servers: Annotated[tuple[tuple[str, ...], ...], Doc("Sets of servers, given out in turn")]
    first: Annotated[int, Doc("Number of the first zone"), Bounded(0)] = 1
    pick: Annotated[dict[str, tuple[str, ...]], Doc("Lists that patterns draw from")] = field(
        default_factory=dict
    )
    lame: Annotated[tuple[str, ...], Doc("As in [[zone]]")] = ()
    ttl: Annotated[int, Doc("As in [[zone]]"), Bounded(0, TTL_MAX)] = 3600
    ns_ttl: Annotated[int, Doc("As in [[zone]]"), Bounded(0, TTL_MAX)] = 86400
    negative_ttl: Annotated[int, Doc("As in [[zone]]"), Bounded(0, TTL_MAX)] = 300
    glue: Annotated[Glue, Doc("As in [[zone]]")] = Glue.ALL
    signed: Annotated[bool, Doc("As in [[zone]]")] = False
    text: Annotated[str, Doc("As in [[zone]]")] = ""

    def zones(self) -> Iterator[ZoneEntry]:
        """The zones it stands for. Raises WorldFileError on a pattern that names no list."""
        for place in range(self.count):
            n = self.first + place
            yield ZoneEntry(
                name=self._fill(self.name, n),
                servers=tuple(self._fill(name, n) for name in self.servers[place % len(self.servers)]),
                lame=self.lame,
                ttl=self.ttl,
                ns_ttl=self.ns_ttl,
                negative_ttl=self.negative_ttl,
                glue=self.glue,
                signed=self.signed,
                text=self._fill(self.text, n),
            )

    def _fill(self, pattern: str, n: int) -> str:
        def value(match: re.Match[str]) -> str:
            word, width = match[1], int(match[2] or 0)
            if word == "n":
                return f"{n:0{width}d}"
            if word == "low":
                return str(n % 250 + 1)
            values = self.pick.get(word)
            if not values:
                raise WorldFileError(f"zone_family {self.name}: {{{word}}} - give a list pick.{word}")
            return values[(n - self.first) % len(values)]

        return _PLACE.sub(value, pattern)


_PLACE: Final = re.compile(r"\{([a-z_]+)(?::(\d))?\}")


class RecordEntry(Settings, frozen=True):
    """An RRset in a [[change]]."""

    name: Annotated[str, Doc("Owner, absolute")]
    type: Annotated[str, Doc("Type, as in zone files")]
    ttl: Annotated[int, Doc("TTL in seconds"), Bounded(0, TTL_MAX)] = 3600
    rdata: Annotated[tuple[str, ...], Doc("One text for each record; none removes the RRset")] = ()


class ChangeEntry(Settings, frozen=True):
    """One [[change]]: what happens `at` that long after the start. Several things in one change are done together."""

    at: Annotated[Seconds, Doc("Time since the start")]
    set: Annotated[tuple[RecordEntry, ...], Doc("RRsets to put in place of what is there")] = ()
    outage: Annotated[tuple[str, ...], Doc("Servers (name or address) that fall silent")] = ()
    restore: Annotated[tuple[str, ...], Doc("Servers that answer again")] = ()


class WorldFile(Settings, frozen=True):
    """A whole file."""

    about: Annotated[str, Doc("One line on what this internet is for")] = ""
    server: Annotated[tuple[ServerEntry, ...], Doc("The name servers")] = ()
    zone: Annotated[tuple[ZoneEntry, ...], Doc("The zones")] = ()
    zone_family: Annotated[tuple[ZoneFamily, ...], Doc("Zones made from patterns")] = ()
    change: Annotated[tuple[ChangeEntry, ...], Doc("The script")] = ()

    def zones(self) -> Iterator[ZoneEntry]:
        """All zones, those of families too."""
        yield from self.zone
        for family in self.zone_family:
            yield from family.zones()


def read(values: Mapping[str, Any]) -> WorldFile:
    """Decode what `tomllib` gives. Raises DecodeError with the dotted key, the value and what is allowed."""
    return decode(WorldFile, values)


def load(name: str) -> WorldFile:
    """Find, read and decode the world of that name or path. Raises WorldFileError, one line that says what to do."""
    place = find(name)
    try:
        return read(tomllib.loads(place.read_text(encoding="utf-8")))
    except OSError as error:
        raise WorldFileError(f"cannot read {place} - {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, DecodeError) as error:
        raise WorldFileError(f"{place}: {error}") from None


def find(name: str) -> Path:
    """The file of a world: a path if `name` looks like one, else NAME.toml among those shipped.

    Raises WorldFileError naming the worlds there are.
    """
    if name.endswith(".toml") or "/" in name:
        path = Path(name)
        if not path.is_file():
            raise WorldFileError(f"no lab internet at {name} - check the path")
        return path
    place = shipped("lab") / f"{name}.toml"
    if place.is_file():
        return place
    raise WorldFileError(f"no lab internet is called {name!r} - there are: {', '.join(available())}")


def available() -> tuple[str, ...]:
    """The names of the worlds that come with the resolver."""
    return tuple(sorted(place.stem for place in shipped("lab").glob("*.toml")))
