# SPDX-License-Identifier: ISC
"""The goals, each with how its figure is got from a result. Met, missed or not measured: nothing is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.peers.result import Result, Sample, Spread, paired, spread
from benchmarks.peers.steps import Kind

OURS = "resolver"
FULL = "resolver-full"
ON_PACE = 0.95  # a paced run that answers less than this of its pace has not been at that pace


class Outcome(StrEnum):
    """How a goal came out."""

    MET = "met"
    MISSED = "**missed**"
    UNMEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and what was measured for it."""

    figure: str
    goal: str
    measured: Spread | None
    outcome: Outcome
    unit: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """The median of what `measure` finds has to be at most, or with `at_least` at least, the bound."""

    figure: str
    against: str
    bound: float
    measure: Callable[[Result], Spread | None]
    at_least: bool = False
    unit: str = "×"
    remark: Callable[[Result], str] = lambda _: ""

    def judge(self, result: Result) -> Verdict:
        """The verdict on this result."""
        measured = self.measure(result)
        sign = "≥" if self.at_least else "≤"
        goal = f"{sign} {self.bound:g} {self.unit} {self.against}".strip()
        if measured is None:
            return Verdict(self.figure, goal, None, Outcome.UNMEASURED, self.unit)
        met = measured.median >= self.bound if self.at_least else measured.median <= self.bound
        return Verdict(
            self.figure,
            goal,
            measured,
            Outcome.MET if met else Outcome.MISSED,
            self.unit,
            self.remark(result),
        )


def _cpu(sample: Sample) -> float:
    return sample.cpu_us


def _rate(sample: Sample) -> float:
    return sample.rate


def _p99(sample: Sample) -> float:
    return sample.latency_ms[1] if sample.latency_ms else 0.0


def _ratio(
    workload: str, figure: Callable[[Sample], float], peer: str, kind: Kind = Kind.PEAK, ours: str = OURS
) -> Callable[[Result], Spread | None]:
    def measure(result: Result) -> Spread | None:
        return paired(result.of(ours, workload, kind), result.of(peer, workload, kind), figure)

    return measure


def _bytes(workload: str, again: str | None = None) -> Callable[[Result], Spread | None]:
    """Bytes per answer by the growth of one step, or from its start to the end of a second one."""

    def measure(result: Result) -> Spread | None:
        first = result.of(OURS, workload, Kind.PEAK)
        if again is None:
            return spread(sample.bytes_per_answer for sample in first.values())
        second = result.of(OURS, again, Kind.FILL)
        return spread(
            (second[n].resident_after - first[n].resident_before) / max(1, first[n].completed)
            for n in sorted(first.keys() & second.keys())
        )

    return measure


def _growth(result: Result) -> Spread | None:
    large = result.of(OURS, "entries-1m-hot", Kind.PEAK)
    return paired(large, result.of(OURS, "entries-10k-hot", Kind.PEAK), _cpu)


def _uniform(result: Result) -> str:
    """What the table has to report beside the growth: hits spread over all of the million."""
    found: Mapping[str, Spread | None] = {
        name: spread(map(_cpu, result.of(name, "entries-1m-uniform", Kind.PEAK).values()))
        for name in result.contenders()
    }
    told = ", ".join(f"{name} {one.median:.2f} µs" for name, one in found.items() if one)
    return f"uniform over 1 M: {told}" if told else ""


def _off_pace(result: Result) -> str:
    """Whether both sides of the comparison of latencies have been at the pace."""
    late = [
        name
        for name in (OURS, "unbound")
        for sample in result.of(name, "hit", Kind.PACED).values()
        if sample.asked_rate and sample.rate < ON_PACE * sample.asked_rate
    ]
    return f"off the pace: {', '.join(dict.fromkeys(late))}" if late else ""


def _bounds(workload: str, names: tuple[str, ...]) -> Callable[[Result], str]:
    """Who was not held back by its own core, so that its rate is a lower bound."""

    def remark(result: Result) -> str:
        found = {
            f"{name} by {sample.bound}"
            for name in names
            for sample in result.of(name, workload, Kind.PEAK).values()
            if sample.bound != "server"
        }
        return "held back: " + ", ".join(sorted(found)) if found else ""

    return remark


def _start(result: Result) -> Spread | None:
    return spread(start.seconds for start in result.starts if start.contender == OURS)


def _faster(peer: str, title: str) -> Goal:
    return Goal(
        "all-miss throughput", title, 1.0, _ratio("miss", _rate, peer), at_least=True,
        remark=_bounds("miss", (OURS, peer)),
    )  # fmt: skip


GOALS: tuple[Goal, ...] = (
    Goal("CPU per hit, plain", "Unbound", 0.85, _ratio("hit", _cpu, "unbound")),
    Goal("CPU per hit, EDNS", "Unbound", 0.85, _ratio("hit-edns", _cpu, "unbound")),
    Goal("CPU per hit, everything on", "Unbound", 1.0, _ratio("hit", _cpu, "unbound", ours=FULL)),
    Goal("CPU per hit, EDNS, everything on", "Unbound", 1.0, _ratio("hit-edns", _cpu, "unbound", ours=FULL)),
    Goal("CPU per hit, DO and random cookies", "Unbound", 1.5, _ratio("hit-cookies", _cpu, "unbound")),
    Goal("throughput, all hit", "Unbound", 1.15, _ratio("hit", _rate, "unbound"), at_least=True,
         remark=_bounds("hit", (OURS, "unbound"))),
    Goal("p99 at half of Unbound's peak", "Unbound", 1.0, _ratio("hit", _p99, "unbound", Kind.PACED),
         remark=_off_pace),
    _faster("powerdns", "PowerDNS"),
    _faster("bind", "BIND"),
    _faster("unbound", "Unbound"),
    Goal("bytes per answer at 500 k, no image", "", 400, _bytes("miss-500k"), unit="B"),
    Goal("bytes per answer at 500 k, with image", "", 650, _bytes("miss-500k", "miss-500k-again"), unit="B"),
    Goal("CPU per hit, 20 k hot names among 1 M", "that among 10 k", 1.15, _growth, remark=_uniform),
    Goal("start to first answer", "", 0.3, _start, unit="s"),
)  # fmt: skip


def verdicts(result: Result) -> list[Verdict]:
    """Every goal judged, in order."""
    return [goal.judge(result) for goal in GOALS]
