# SPDX-License-Identifier: ISC
"""Runs every candidate at every size over every seed, and says how sure the figures are. Seeds run side by side.

A seed is one pass over one trace for all candidates, so that they differ in nothing but themselves.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan, nan, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Final

from resolver.lab.comparison.candidates import Candidate
from resolver.lab.comparison.figures import FIGURES, Measured, figures
from resolver.lab.comparison.intervals import student_t
from resolver.lab.comparison.latency import LatencyModel
from resolver.lab.replay.clairvoyant import Clairvoyant
from resolver.lab.replay.eviction import Eviction
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.replaying import Arm, replay
from resolver.lab.replay.results import Tally
from resolver.lab.traces.opening import FileTrace, open_trace
from resolver.lab.traces.rows import Trace

if TYPE_CHECKING:
    from multiprocessing.pool import IMapIterator
    from multiprocessing.sharedctypes import Synchronized

# Who knows the future holds all of it; longer traces have no such ceiling beside them.
FORESEEN_MOST: Final = 20_000_000
# How often a run over several processes looks how far they are.
_LOOK_EVERY_S: Final = 0.25
# Told how many questions there were so far, over all seeds.
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is compared on what. `what` is a spec, a scenario or a file (`traces.opening`); a file has one seed.

    `budgets` are bytes, None without a limit; each is tried with every one of `evictions`.
    """

    what: str
    candidates: tuple[Candidate, ...]
    world: World = field(default_factory=World)
    seeds: tuple[int, ...] = (1,)
    budgets: tuple[int | None, ...] = (None,)
    evictions: tuple[Eviction, ...] = (Eviction.S3FIFO,)
    warm_up_s: float = 0.0
    latency: LatencyModel = field(default_factory=LatencyModel)
    format_name: str | None = None

    def cells(self) -> list[tuple[Candidate, Arm]]:
        """Every candidate at every size with every eviction; without a limit there is none."""
        return [
            (candidate, Arm(candidate.policy, budget, eviction))
            for budget in self.budgets
            for eviction in (self.evictions if budget is not None else (Eviction.S3FIFO,))
            for candidate in self.candidates
        ]


@dataclass(frozen=True, slots=True)
class Line:
    """One cell's figures over all seeds. `on_front`: no other cell is better in one figure and worse in none."""

    label: str
    budget_bytes: int | None
    eviction: Eviction
    figures: Mapping[str, Measured]
    on_front: bool

    @property
    def means(self) -> dict[str, float]:
        """The figures alone."""
        return {key: measured.mean for key, measured in self.figures.items()}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The lines, and what must be known to read them. `ceiling` is the hit ratio were each RRset fetched just once.

    `losses` tells in a line for each file what of it could not be read. `tallies` are the counters of the lines over
    the first seed, `waits` what says how long clients waited in it.
    """

    about: str
    seeds: tuple[int, ...]
    questions: int
    rrsets: int
    ttl_sources: Mapping[str, float]
    ceiling: float
    latency: str
    objectives: tuple[str, ...]
    lines: tuple[Line, ...]
    losses: tuple[str, ...] = ()
    tallies: tuple[Tally, ...] = ()
    waits: tuple[LatencyModel, ...] = ()


@dataclass(frozen=True, slots=True)
class _SeedResult:
    about: str
    tallies: list[Tally]
    ttl_sources: dict[str, int]
    losses: tuple[str, ...]


def compare(
    experiment: Experiment, progress: Progress | None = None, processes: int | None = None
) -> Comparison:
    """Run an experiment. `processes` None: as many as there are seeds and processors.

    Raises what opening and reading the trace raises.
    """
    cells = experiment.cells()
    results = list(_run(experiment, progress, processes))
    found: list[dict[str, list[float]]] = [{key: [] for key in FIGURES} for _ in cells]
    for result in results:
        for values, (_, arm), tally in zip(found, cells, result.tallies, strict=True):
            for key, value in figures(tally, arm, experiment.latency).items():
                values[key].append(value)
    measured = [{key: measure(values) for key, values in each.items()} for each in found]
    objectives = _objectives(measured)
    front = on_front([[each[key].mean * FIGURES[key].better for key in objectives] for each in measured])
    first = [result.tallies[0] for result in results]
    told = {kind: sum(r.ttl_sources[kind] for r in results) for kind in results[0].ttl_sources}
    return Comparison(
        about=results[0].about.removesuffix(f" seed {experiment.seeds[0]}"),
        seeds=experiment.seeds,
        questions=sum(tally.questions for tally in first),
        rrsets=sum(tally.rrsets for tally in first) // len(first),
        ttl_sources={kind: count / max(sum(told.values()), 1) for kind, count in told.items()},
        ceiling=fmean(1.0 - tally.rrsets / max(tally.questions, 1) for tally in first),
        latency=experiment.latency.about,
        objectives=objectives,
        lines=tuple(
            Line(candidate.label, arm.budget_bytes, arm.eviction, each, is_on)
            for (candidate, arm), each, is_on in zip(cells, measured, front, strict=True)
        ),
        losses=results[0].losses,
        tallies=tuple(results[0].tallies),
        waits=(experiment.latency,) * len(cells),
    )


def measure(values: Sequence[float]) -> Measured:
    """The mean and half the width of its 95 % interval, by Student's t over the seeds."""
    if any(map(isnan, values)):
        return Measured(nan, nan)
    if len(values) < 2:
        return Measured(fmean(values), nan)
    return Measured(fmean(values), student_t(len(values) - 1) * stdev(values) / sqrt(len(values)))


def on_front(points: Sequence[Sequence[float]]) -> list[bool]:
    """Which points no other dominates: at least as great everywhere, greater somewhere. More is better."""
    return [
        not any(
            all(theirs >= own for theirs, own in zip(other, point, strict=True))
            and tuple(other) != tuple(point)
            for other in points
        )
        for point in points
    ]


def _objectives(measured: Sequence[Mapping[str, Measured]]) -> tuple[str, ...]:
    """Load, wait and price: outdated answers where changes are known, else answers beyond the owner's TTL.

    Few of them, for with many nearly everything is best at something.
    """
    known = any(each["outdated"].mean > 0 for each in measured)
    return "upstream", "mean", "outdated" if known else "beyond"


def _run(experiment: Experiment, progress: Progress | None, processes: int | None) -> Iterator[_SeedResult]:
    seeds = experiment.seeds
    processes = min(processes or os.cpu_count() or 1, len(seeds))
    if processes == 1:
        done = 0
        for seed in seeds:
            before = done

            def told(rows: int, before: int = before) -> None:
                nonlocal done
                done = before + rows
                if progress is not None:
                    progress(done)

            yield _one_seed(experiment, seed, told)
        return
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    with context.Pool(processes, _count_in, (counter,)) as pool:
        results = pool.imap(_OneSeed(experiment), seeds)

        def tell() -> None:
            if progress is not None:
                progress(counter.value)

        for _ in seeds:
            result = _awaited(results, tell)
            tell()
            yield result


def _awaited(results: IMapIterator[_SeedResult], meanwhile: Callable[[], None]) -> _SeedResult:
    """The next of `results`; `meanwhile` is called now and then until it is there."""
    while True:
        try:
            return results.next(timeout=_LOOK_EVERY_S)
        except multiprocessing.TimeoutError:
            meanwhile()


class _Counter:
    """In a process that works for another: where all of them count their questions."""

    shared: Synchronized[int] | None = None


def _count_in(counter: Synchronized[int]) -> None:
    _Counter.shared = counter


@dataclass(frozen=True, slots=True)
class _OneSeed:
    """A seed's work, as something that another process can be sent."""

    experiment: Experiment

    def __call__(self, seed: int) -> _SeedResult:
        counted = 0

        def told(rows: int) -> None:
            nonlocal counted
            if _Counter.shared is not None:
                with _Counter.shared.get_lock():
                    _Counter.shared.value += rows - counted
            counted = rows

        return _one_seed(self.experiment, seed, told)


def _one_seed(experiment: Experiment, seed: int, progress: Progress | None) -> _SeedResult:
    trace: Trace = open_trace(experiment.what, seed=seed, format_name=experiment.format_name)
    arms = [arm for _, arm in experiment.cells()]
    world = World(experiment.world.outages, experiment.world.change_s, experiment.world.missing_ttl, seed)
    by_name = any(arm.policy.by_name for arm in arms)
    preparation = Preparation(trace, world, by_name=by_name)
    tallies = replay(preparation, arms, warm_up_s=experiment.warm_up_s, progress=progress)
    limited = any(arm.budget_bytes is not None for arm in arms)
    if limited and tallies[0].questions <= FORESEEN_MOST:
        seer = Clairvoyant(Preparation(trace, world, by_name=by_name))
        known: dict[tuple[int, int], float] = {}
        for number, arm in enumerate(arms):
            if arm.budget_bytes is not None:
                key = (id(arm.policy), arm.budget_bytes)
                if key not in known:
                    known[key] = seer.hits(arm.policy, arm.budget_bytes, experiment.warm_up_s)
                tallies[number] = replace(tallies[number], clairvoyant=known[key])
    losses = tuple(
        f"{reading.file}: {reading.bad:,} bad rows, the first at {reading.places[0]}"
        for reading in (trace.readings if isinstance(trace, FileTrace) else ())
        if reading.bad
    )
    return _SeedResult(trace.about, tallies, preparation.ttl_sources, losses)
