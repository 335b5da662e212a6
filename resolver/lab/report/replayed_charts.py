# SPDX-License-Identifier: ISC
"""The figures of a comparison that need another look at its trace: by TTL, TTLs kept, an outage, a record that moves.

Of the first seed alone; what is replayed for each, `by_ttl` and `outages` say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from resolver.lab.comparison.candidates import Candidate
from resolver.lab.comparison.comparing import Comparison, Experiment
from resolver.lab.figures import Grid, Line, Panel
from resolver.lab.migration.keeping import Caches
from resolver.lab.migration.population import Population
from resolver.lab.migration.simulate import Scenario, Way, simulate
from resolver.lab.replay.questions import World
from resolver.lab.replay.replaying import Progress
from resolver.lab.report.by_ttl import TTLS, ByTtl, by_ttl
from resolver.lab.report.chart import Chart, Curve, lines, shortened
from resolver.lab.report.comparison_charts import title
from resolver.lab.report.lifetimes import Histogram, bucket_names, histograms
from resolver.lab.report.outages import ThroughOutage, through_outage
from resolver.lab.traces.opening import open_trace
from resolver.policy import AnswerClass
from resolver.units import Seconds
from resolver.wire import ROOT, Rtype

_LEAST_MOVED: Final = 30  # seconds: a shorter TTL is no migration
_SEEDS: Final = 20
_LONGEST_SHOWN: Final = 1.5  # times the TTL
_POINTS: Final = 81


def replayed_charts(
    experiment: Experiment, found: Comparison, progress: Progress = lambda done: None
) -> Iterator[Chart]:
    """Yield the figures in the order of a report. `progress` is told questions, about 1.5 times those of a seed."""
    seed = experiment.seeds[0]
    trace = open_trace(experiment.what, seed=seed, format_name=experiment.format_name)
    world = World((), experiment.world.change_s, experiment.world.missing_ttl, seed)
    asked = by_ttl(trace, world, progress)
    yield _by_ttl(asked)
    questions = found.questions // len(found.seeds)
    outage = through_outage(experiment, asked.span_s, questions, lambda done: progress(questions + done))
    if outage is not None:
        yield _outage(found, outage)
    yield _histograms(histograms(asked, _distinct(experiment.candidates)))
    ttl = median_ttl(asked)
    if ttl >= _LEAST_MOVED:
        yield _moving(_distinct(experiment.candidates), found, ttl)


def _by_ttl(found: ByTtl) -> Chart:
    ticks = tuple((float(ttl), str(Seconds(ttl))) for ttl in TTLS)
    drawn = (
        Line("model: Poisson questions at the same rates", found.lengths, found.modelled),
        Line("this trace, replayed", TTLS, found.replayed, dotted=True),
    )
    text = (
        "The trace with all records given one TTL, from an empty cache: fresh hits. The curve is"
        " Σ nᵢ·λᵢT/(1+λᵢT) / Σ nᵢ with λᵢ = (nᵢ−1)/length; a trace above it is burstier than Poisson, one below it more"
        " regular."
    )
    data = {
        "ttl_s": list(TTLS),
        "replayed": [round(hit, 6) for hit in found.replayed],
        "model": {
            "ttl_s": [round(t, 3) for t in found.lengths],
            "hit": [round(h, 6) for h in found.modelled],
        },
    }
    return Chart(
        "hits-by-ttl",
        "Hit ratio by TTL",
        text,
        (Panel("", "TTL of every record", "fresh hits", drawn, ticks),),
        data,
    )


def _outage(found: Comparison, outage: ThroughOutage) -> Chart:
    minutes = [t / 60 for t in outage.times]
    curves = [
        Curve(title(row), minutes, served, row.on_front)
        for row, served in zip(found.lines, outage.served, strict=True)
    ]
    drawn, left = lines(curves)
    length = Seconds(round(outage.length_s))
    text = (
        f"All servers silent for {length} (grey), {Seconds(round(outage.begins_at))} after the trace's first question"
        f"{'; assumed for this figure alone' if outage.assumed else ''}. Stale data counts.{left}"
    )
    panel = Panel(
        "",
        "minutes since servers fell silent",
        "questions that got data",
        drawn,
        spans=((0.0, outage.length_s / 60),),
    )
    data: dict[str, Any] = {
        "begins_at_s": outage.begins_at,
        "length_s": outage.length_s,
        "assumed": outage.assumed,
        "t_s": [round(t, 3) for t in outage.times],
        "lines": [
            {"policy": c.label, "served": [None if share != share else round(share, 6) for share in c.y]}
            for c in curves
        ],
    }
    return Chart("outage", "Through an outage", text, (panel,), data)


def _histograms(found: list[Histogram]) -> Chart:
    groups: dict[tuple[int, ...], list[Histogram]] = {}
    for each in found[1:]:
        groups.setdefault(tuple(round(1000 * share) for share in each.shares), []).append(each)
    rows = [(found[0].label, found[0].shares)]
    rows += [(shortened(h.label for h in group), group[0].shares) for group in groups.values()]
    wide = max(at for _, shares in rows for at, share in enumerate(shares, 1) if share or at == 1)
    grid = Grid(
        "", "TTL; per cent of questions", bucket_names()[:wide], tuple((n, s[:wide]) for n, s in rows)
    )
    text = (
        "What owners publish for what is asked, and how long each policy keeps it: per cent of questions. A column has"
        " what is above the one before it."
    )
    data = {
        "buckets": list(bucket_names()),
        "lines": [{"policy": each.label, "share": [round(s, 6) for s in each.shares]} for each in found],
    }
    return Chart("ttls", "TTLs, published and kept", text, (grid,), data)


def _moving(candidates: Iterable[Candidate], found: Comparison, ttl: int) -> Chart:
    """Who is still given the old value, when a record of that TTL changes without notice."""
    fronts = {row.label for row in found.lines if row.on_front}
    scenario, seeds = Scenario(ROOT, int(Rtype.A), ttl, ttl), range(1, 1 + _SEEDS)
    times = [_LONGEST_SHOWN * ttl * number / (_POINTS - 1) for number in range(_POINTS)]
    minutes = [t / 60 for t in times]
    curves, half = [], 0.0
    for candidate in candidates:
        population = Population({candidate.label: 1.0}, browsers=0.0)
        caches = Caches({candidate.label: candidate.policy})
        (outcome,) = simulate(scenario, population, caches, seeds, (Way.NO_PREPARATION,), times=times)
        shares = outcome.change.shares
        curves.append(Curve(candidate.label, minutes, [s.mean for s in shares], candidate.label in fronts))
        half = max(half, *(s.half for s in shares))
    drawn, left = lines(curves)
    text = (
        f"A record of TTL {Seconds(ttl)}, this trace's median, changes without notice: 200 resolvers under each policy"
        " with 2,000 clients, each asking every 10 minutes in the mean; mean of seeds 1 to"
        f" {_SEEDS}, ± {half:.1%} at most.{left}"
    )
    panel = Panel("", "minutes after the change", "clients given the old value", drawn)
    data = {
        "ttl_s": ttl,
        "t_s": [round(t, 3) for t in times],
        "half_width_95_most": round(half, 6),
        "lines": [{"policy": c.label, "share": [round(s, 6) for s in c.y]} for c in curves],
    }
    return Chart("change", "After a change", text, (panel,), data)


def median_ttl(found: ByTtl) -> int:
    """The published TTL of positive answers that half of the questions for such stay within; 0 where there are none."""
    known = sorted(
        (subject.published, int(count))
        for subject, count in zip(found.subjects, found.asked.tolist(), strict=True)
        if subject.answer is AnswerClass.POSITIVE
    )
    half, below = sum(count for _, count in known) / 2, 0
    for ttl, count in known:
        below += count
        if below >= half:
            return ttl
    return 0


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    return list({candidate.label: candidate for candidate in candidates}.values())
