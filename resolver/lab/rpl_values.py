# SPDX-License-Identifier: ISC
"""What a scenario file says, as values: configuration, ranges, entries, packets and steps.

No reading of files and no running lives here (see `rpl_parse` and `rpl`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from resolver.errors import ResolverError
from resolver.wire import Question, Record

__all__ = [
    "Action",
    "CheckAnswer",
    "CheckEde",
    "CheckLatency",
    "CheckNoAnswer",
    "CheckOutQuery",
    "CheckQueries",
    "ClockJumps",
    "Comparison",
    "Config",
    "Entry",
    "GivenZone",
    "NoOutQuery",
    "Nothing",
    "Packet",
    "Query",
    "Range",
    "Scenario",
    "ScenarioError",
    "Step",
    "TimePasses",
    "Timeout",
]


class ScenarioError(ResolverError):
    """A scenario file that cannot be read; `where` is `file:line`."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where


@dataclass(frozen=True, slots=True)
class Packet:
    """One message to send or to compare with.

    `flags` hold the opcode too. `sections` has only those the file names, so that "empty" and "not said" differ.
    `delay_s` is on top of the network's latency. `raw` replaces everything else.
    """

    flags: int = 0
    rcode: int = 0
    do: bool = False
    edns: bool = False
    edns_version: int = 0
    udp_size: int = 1232
    edns_options: bytes = b""
    question: Question | None = None
    sections: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    raw: bytes | None = None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A pattern and the packets that answer what fits it (RANGE), or what to ask, or what to expect (STEP)."""

    line: int
    match: frozenset[str]
    adjust: frozenset[str]
    packets: tuple[Packet, ...]
    ede: int | None = None

    @property
    def packet(self) -> Packet:
        """The first packet: the pattern."""
        return self.packets[0]


@dataclass(frozen=True, slots=True)
class Range:
    """Entries of one server, by any of its addresses, while the step is in first … last."""

    first: int
    last: int
    addresses: frozenset[str]
    entries: tuple[Entry, ...]


class Comparison(Enum):
    """How a count or a time is held against the one expected."""

    AT_MOST = "<="
    AT_LEAST = ">="
    EXACTLY = "="
    LESS = "<"
    MORE = ">"

    def holds(self, found: float, expected: float) -> bool:
        """Whether `found` is as expected."""
        match self:
            case Comparison.AT_MOST:
                return found <= expected
            case Comparison.AT_LEAST:
                return found >= expected
            case Comparison.EXACTLY:
                return found == expected
            case Comparison.LESS:
                return found < expected
            case Comparison.MORE:
                return found > expected


@dataclass(frozen=True, slots=True)
class Query:
    """Ask as the client at `address`; over TCP if the entry matches TCP."""

    entry: Entry
    address: str


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """Wait for the answer to the query of step `of` (None: the oldest one unchecked) and compare."""

    entry: Entry
    of: int | None


@dataclass(frozen=True, slots=True)
class CheckNoAnswer:
    """The oldest unchecked query is dropped without an answer."""


@dataclass(frozen=True, slots=True)
class CheckOutQuery:
    """A query to a server (at `to`, if given) that no check has used yet fits the entry."""

    entry: Entry
    to: str | None


@dataclass(frozen=True, slots=True)
class NoOutQuery:
    """No query sent so far (to `to`, if given) fits the entry."""

    entry: Entry
    to: str | None


@dataclass(frozen=True, slots=True)
class CheckQueries:
    """Queries sent since the last such check; one with `to` counts those to an address and is no mark."""

    comparison: Comparison
    count: int
    to: str | None


@dataclass(frozen=True, slots=True)
class CheckEde:
    """The last answer checked has this extended error; None: it has none at all."""

    code: int | None


@dataclass(frozen=True, slots=True)
class CheckLatency:
    """The last answer checked took so many seconds."""

    comparison: Comparison
    seconds: float


@dataclass(frozen=True, slots=True)
class TimePasses:
    """All clocks move on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ClockJumps:
    """The clock of lifetimes jumps, forwards or back; timers do not."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Timeout:
    """Time passes until no query to a server is waiting."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A step that only moves the ranges."""


Action = (
    Query
    | CheckAnswer
    | CheckNoAnswer
    | CheckOutQuery
    | NoOutQuery
    | CheckQueries
    | CheckEde
    | CheckLatency
    | TimePasses
    | ClockJumps
    | Timeout
    | Nothing
)


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered thing to do."""

    number: int
    line: int
    action: Action


@dataclass(frozen=True, slots=True)
class GivenZone:
    """A zone whose servers are configured: `stub` for authoritative ones, `forward` for resolvers."""

    name: str
    stub: tuple[str, ...] = ()
    forward: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """Everything above CONFIG_END: root servers' addresses, given zones, and settings as `section.key` and text."""

    hints: tuple[str, ...] = ()
    zones: tuple[GivenZone, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file. `about` is its first comment: the RFC section or the attack it shows."""

    path: str
    title: str
    about: str
    config: Config
    ranges: tuple[Range, ...]
    steps: tuple[Step, ...]
