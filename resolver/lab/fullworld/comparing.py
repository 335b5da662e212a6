# SPDX-License-Identifier: ISC
"""Policies side by side in the full world: one replay each of the same trace, reported as any comparison.

Slower than cache level by a factor of hundreds, and the only one of the two that knows of latency, loss, joined
fetches, and of what a server does besides keeping time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from resolver.lab.comparison.candidates import Candidate
from resolver.lab.comparison.comparing import Comparison, Experiment, Line, measure, on_front
from resolver.lab.comparison.figures import FIGURES, figures
from resolver.lab.comparison.latency import LatencyModel
from resolver.lab.fullworld.hierarchy import Conditions
from resolver.lab.fullworld.questions import asked
from resolver.lab.fullworld.replaying import SIZE, Answered, MakeService, Replay
from resolver.lab.fullworld.tallying import Counting
from resolver.lab.replay.eviction import Eviction
from resolver.lab.replay.questions import Preparation
from resolver.lab.replay.replaying import Arm, EmptyTrace
from resolver.lab.replay.results import Tally
from resolver.lab.traces.opening import FileTrace, open_trace
from resolver.policy import Policy

_OBJECTIVES = ("upstream", "mean", "outdated")
_TELL_EVERY = 500  # questions
# Makes what makes a service under a policy: `composition.ServerUnder`.
ServerOf = Callable[[Policy], MakeService]
Hear = Callable[[str, Answered], None]  # of every question, with the candidate's label


def compare_full(
    experiment: Experiment,
    conditions: Conditions,
    server_of: ServerOf,
    progress: Callable[[int], None] = lambda done: None,
    hear: Hear = lambda label, answered: None,
) -> Comparison:
    """Replay the trace under every candidate, with the first of the seeds and of the budgets (None: `SIZE`).

    Outages are the experiment's; of `conditions`, latency, jitter and loss count. Raises what opening and reading the
    trace raises, and EmptyTrace.
    """
    found: list[tuple[Candidate, Tally, dict[str, float]]] = []
    waits: list[LatencyModel] = []
    conditions = replace(conditions, outages=experiment.world.outages)
    done = 0
    for candidate in experiment.candidates:
        server = server_of(candidate.policy)
        replayed = _replay(experiment, conditions, server, partial(hear, candidate.label), progress, done)
        tally = replayed.tally
        done += tally.questions
        arm = Arm(candidate.policy, experiment.budgets[0])
        waits.append(replayed.counting.latency())
        found.append((candidate, tally, figures(tally, arm, waits[-1])))
    return replace(_comparison(experiment, replayed, found), waits=tuple(waits))


@dataclass(frozen=True, slots=True)
class _Replayed:
    counting: Counting
    tally: Tally
    preparation: Preparation


def _replay(
    experiment: Experiment,
    conditions: Conditions,
    server: MakeService,
    hear: Callable[[Answered], None],
    progress: Callable[[int], None],
    before: int,
) -> _Replayed:
    seed = experiment.seeds[0]
    trace = open_trace(experiment.what, seed=seed, format_name=experiment.format_name)
    preparation = Preparation(trace, replace(experiment.world, seed=seed))
    replay = Replay(server, conditions, experiment.budgets[0] or SIZE, seed)
    counting = Counting(experiment.warm_up_s)
    for number, answered in enumerate(replay.ask(asked(preparation)), 1):
        counting.add(answered)
        hear(answered)
        if number % _TELL_EVERY == 0:
            progress(before + number)
    if counting.last <= experiment.warm_up_s:
        raise EmptyTrace(f"{trace.about}: nothing to count - a longer trace, or a shorter warm-up")
    return _Replayed(counting, counting.tally(replay, preparation.rrsets), preparation)


def _comparison(
    experiment: Experiment,
    replayed: _Replayed,
    found: list[tuple[Candidate, Tally, dict[str, float]]],
) -> Comparison:
    """As `comparison.compare` makes it; with one seed there are no intervals."""
    preparation, tally = replayed.preparation, replayed.tally
    trace, sources = preparation.trace, preparation.ttl_sources
    front = on_front([[values[key] * FIGURES[key].better for key in _OBJECTIVES] for _, _, values in found])
    readings = trace.readings if isinstance(trace, FileTrace) else []
    return Comparison(
        about=trace.about.removesuffix(f" seed {experiment.seeds[0]}"),
        seeds=experiment.seeds[:1],
        questions=tally.questions,
        rrsets=tally.rrsets,
        ttl_sources={kind: count / max(sum(sources.values()), 1) for kind, count in sources.items()},
        ceiling=1.0 - tally.rrsets / max(tally.questions, 1),
        latency=replayed.counting.latency().about,
        objectives=_OBJECTIVES,
        lines=tuple(
            Line(
                candidate.label,
                experiment.budgets[0],
                Eviction.S3FIFO,
                {key: measure([value]) for key, value in values.items()},
                is_on,
            )
            for (candidate, _, values), is_on in zip(found, front, strict=True)
        ),
        tallies=tuple(each for _, each, _ in found),
        losses=tuple(
            f"{reading.file}: {reading.bad:,} bad rows, the first at {reading.places[0]}"
            for reading in readings
            if reading.bad
        ),
    )
