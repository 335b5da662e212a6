# SPDX-License-Identifier: ISC
"""The result of a run: what was measured, where and of what, and its JSON. Measures nothing, judges nothing."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.accounting import Shares
from benchmarks.peers.steps import Kind

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """One step of one contender in one round. Times are of the server's processes unless named otherwise."""

    workload: str
    kind: Kind
    contender: str
    round: int
    rate: float  # replies a second
    asked_rate: int | None  # the pace, of paced steps
    user_us: float  # processor time per reply
    system_us: float
    sent: int
    completed: int
    lost: int
    wrong: float  # share of replies with another response code than due
    rcodes: dict[str, int]
    response_octets: int
    latency_ms: list[float] | None  # quantiles p50, p99, p99.9, of paced steps
    upstream: float  # queries that the authorities had, per reply
    resident_before: int  # bytes
    resident_after: int
    shares: Shares
    bound: str

    @property
    def cpu_us(self) -> float:
        """Processor time per reply."""
        return self.user_us + self.system_us

    @property
    def bytes_per_answer(self) -> float:
        """By what the server grew, per reply: per cached answer where every reply was to another name."""
        return (self.resident_after - self.resident_before) / max(1, self.completed)


@dataclass(frozen=True, slots=True)
class Start:
    """From starting the process to its first answer, resolved from the root with an empty cache."""

    contender: str
    round: int
    scenario: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """A scenario that could not be finished."""

    contender: str
    round: int
    scenario: str
    error: str


@dataclass(slots=True)
class Result:
    """All of one run. `about` is what it ran on and with: see `surroundings`."""

    about: dict[str, Any]
    samples: list[Sample] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """As JSON, replaced whole."""
        text = json.dumps({"schema": SCHEMA, **dataclasses.asdict(self)}, indent=1, ensure_ascii=False)
        beside = path.with_suffix(".part")
        beside.write_text(text + "\n")
        beside.replace(path)

    def of(self, contender: str, workload: str, kind: Kind) -> dict[int, Sample]:
        """The samples of this by round."""
        return {
            sample.round: sample
            for sample in self.samples
            if (sample.contender, sample.workload, sample.kind) == (contender, workload, kind)
        }

    def contenders(self) -> list[str]:
        """Who took part, in order of entry."""
        return list(self.about["versions"]["contenders"])


def read(paths: Iterable[Path]) -> Result:
    """One result of one or more files: rounds of later files are numbered on; `about` is the first one's."""
    whole: Result | None = None
    for path in paths:
        data = json.loads(path.read_text())
        if data.get("schema") != SCHEMA:
            raise ValueError(f"{path}: schema {data.get('schema')}, this reads {SCHEMA}")
        base = 1 + max((sample.round for sample in whole.samples), default=-1) if whole else 0
        part = Result(
            data["about"],
            [_sample(one, base) for one in data["samples"]],
            [Start(**{**one, "round": one["round"] + base}) for one in data["starts"]],
            [Trouble(**{**one, "round": one["round"] + base}) for one in data["troubles"]],
        )
        if whole is None:
            whole = part
        else:
            whole.samples += part.samples
            whole.starts += part.starts
            whole.troubles += part.troubles
    if whole is None:
        raise ValueError("no result file")
    return whole


def _sample(data: dict[str, Any], base: int) -> Sample:
    changed = {"kind": Kind(data["kind"]), "shares": Shares(**data["shares"]), "round": data["round"] + base}
    return Sample(**{**data, **changed})


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the least and the greatest, and of how many."""

    median: float
    least: float
    greatest: float
    count: int


def spread(values: Iterable[float]) -> Spread | None:
    """The spread of some values; None of none."""
    found = list(values)
    if not found:
        return None
    return Spread(statistics.median(found), min(found), max(found), len(found))


def paired(
    ours: dict[int, Sample], theirs: dict[int, Sample], figure: Callable[[Sample], float]
) -> Spread | None:
    """The spread of ratios ours : theirs, each within one round, so that a slow minute weighs on both sides."""
    both = sorted(ours.keys() & theirs.keys())
    return spread(figure(ours[n]) / figure(theirs[n]) for n in both if figure(theirs[n]))
