# SPDX-License-Identifier: ISC
"""What is measured, as data: scenarios, each a fresh server and the steps it is taken through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """FILL: once through a list, into the cache. PEAK: as fast as replies come. PACED: at half the reference's peak."""

    FILL = "fill"
    PEAK = "peak"
    PACED = "paced"


@dataclass(frozen=True, slots=True)
class Step:
    """One run of the load: `workload` is what it counts for, `questions` the file's name."""

    workload: str
    kind: Kind
    questions: str
    passes: int | None = (
        None  # through the whole list, however long it takes; None: for the seconds of the run
    )
    tcp: bool = False
    edns: bool = False
    binary: bool = False
    rcode: str = "NOERROR"
    all_hit: bool = False  # nothing may be asked upstream


@dataclass(frozen=True, slots=True)
class Scenario:
    """A server started for these steps, in this order. `long` ones run only when asked for."""

    name: str
    steps: tuple[Step, ...]
    long: bool = False


def _hits(
    workload: str, questions: str, *, tcp: bool = False, edns: bool = False, binary: bool = False
) -> tuple[Step, ...]:
    """Hits of one form of question, after each name has been asked in that form twice."""
    peak = Step(workload, Kind.PEAK, questions, tcp=tcp, edns=edns, binary=binary, all_hit=True)
    warm = replace(peak, workload=f"{workload}-warm", kind=Kind.FILL, passes=2)
    if binary:
        warm = replace(warm, questions=f"{questions}-warm", passes=1)
    return warm, peak, replace(peak, kind=Kind.PACED)


def _fill(workload: str, questions: str) -> tuple[Step, Step]:
    """Twice: what is asked again may be kept in another form."""
    return (
        Step(f"{workload}-first", Kind.FILL, questions, passes=1),
        Step(f"{workload}-again", Kind.FILL, questions, passes=1, all_hit=True),
    )


def _growing(size: str, long: bool = False) -> Scenario:
    return Scenario(
        f"entries-{size}",
        (
            *_fill(f"entries-{size}", f"fill-{size}"),
            Step(f"entries-{size}-hot", Kind.PEAK, f"among-{size}", all_hit=True),
            Step(f"entries-{size}-uniform", Kind.PEAK, f"uniform-{size}", all_hit=True),
        ),
        long=long,
    )


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "hit",
        (
            *_fill("hit", "hot"),
            *_hits("hit", "hot"),
            *_hits("hit-edns", "hot", edns=True),
            *_hits("hit-cookies", "cookies", binary=True),
            *_hits("hit-tcp", "hot", tcp=True),
        ),
    ),
    Scenario(
        "zipf", (Step("zipf", Kind.PEAK, "zipf-a"), Step("zipf", Kind.PACED, "zipf-b")),
    ),
    Scenario("miss", (Step("miss", Kind.PEAK, "miss-short", passes=1),)),
    Scenario("miss-paced", (Step("miss", Kind.PACED, "miss-short", passes=1),)),
    Scenario(
        "nxdomain",
        (
            Step("nxdomain", Kind.PEAK, "nxdomain-a", rcode="NXDOMAIN"),
            Step("nxdomain", Kind.PACED, "nxdomain-b", rcode="NXDOMAIN"),
        ),
    ),
    _growing("10k"),
    _growing("100k"),
    Scenario(
        "miss-500k",
        (
            Step("miss-500k", Kind.PEAK, "miss-long", passes=1),
            Step("miss-500k-again", Kind.FILL, "miss-long", passes=1, all_hit=True),
        ),
        long=True,
    ),
    _growing("1m", long=True),
)  # fmt: skip

SMOKE: tuple[Scenario, ...] = (Scenario("hit", (*_fill("hit", "hot"), *_hits("hit", "hot"))),)
