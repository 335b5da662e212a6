# SPDX-License-Identifier: ISC
"""What is compared: a case is a row, its figures and its plays. No case is stated here, and nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.modes import Mode, Told


class Unit(StrEnum):
    """What a value is in; it says how it is shown and how far apart two have to be to differ."""

    PACKETS = "packets"
    SECONDS = "s"
    PERCENT = "%"
    COUNT = "count"


class Best(StrEnum):
    """Which value wins."""

    LEAST = "least"
    MOST = "most"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a case: its words, its unit, which value is best, what the row allows (None: no row says).

    `of` is out of how many a COUNT is (0: it is not a share). With a `headline` it is in the README's summary.
    """

    what: str
    unit: Unit
    best: Best
    limit: float | None = None
    of: int = 0
    headline: str = ""


def packets(limit: float | None, what: str = "packets", headline: str = "") -> Figure:
    """Queries that servers got: the fewer the better."""
    return Figure(what, Unit.PACKETS, Best.LEAST, limit, headline=headline)


def seconds(limit: float | None, what: str, headline: str = "") -> Figure:
    """How long a client waited."""
    return Figure(what, Unit.SECONDS, Best.LEAST, limit, headline=headline)


def percent(limit: float | None, what: str, headline: str = "") -> Figure:
    """A share of which more is better."""
    return Figure(what, Unit.PERCENT, Best.MOST, limit, headline=headline)


def good(limit: float | None, of: int, what: str, headline: str = "") -> Figure:
    """How many of so many went well."""
    return Figure(what, Unit.COUNT, Best.MOST, limit, of, headline)


def bad(limit: float | None, of: int, what: str, headline: str = "") -> Figure:
    """How many of so many went wrong."""
    return Figure(what, Unit.COUNT, Best.LEAST, limit, of, headline)


@dataclass(frozen=True, slots=True)
class Found:
    """What one play measured: a value for each figure (None: there was none to measure), and words about it."""

    values: tuple[float | None, ...]
    remark: str = ""


Play = Callable[[Mode], Found]


class Variant(StrEnum):
    """How a resolver is set up: as it comes, with stale answers switched on, or with 64 open files allowed."""

    PLAIN = "plain"
    STALE = "stale"
    FEW_FILES = "few files"


@dataclass(frozen=True, slots=True)
class Case:
    """One line or more of the comparison.

    Each of `parts` is played by a process of its own, and the values are summed. A `busy` one keeps a processor
    occupied, so that nothing else is played beside it.
    """

    row: str
    what: str
    figures: tuple[Figure, ...]
    parts: Mapping[str, Play]
    busy: bool = False
    variant: Variant = Variant.PLAIN
    note: str = field(default="")

    @property
    def title(self) -> str:
        """Its row and its words."""
        return f"{self.row} {self.what}"


def case(row: str, what: str, figures: Figure | tuple[Figure, ...], play: Play, **more: object) -> Case:
    """A case of one part."""
    several = figures if isinstance(figures, tuple) else (figures,)
    return Case(row, what, several, {"": play}, **more)  # type: ignore[arg-type]  # Case's own fields


def told_in_words(told: Told, connections: int = 0) -> str:
    """What a client heard, when, and how many connections it took."""
    over_tcp = f", {connections} TCP" if connections else ""
    return f"{told.rcode if told.message else 'no answer'}, {told.seconds:.2f} s{over_tcp}"
