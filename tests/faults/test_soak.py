# SPDX-License-Identifier: ISC
"""Row R30: a minute of the soak, and that its verdict can fail. The hour's numbers: benchmarks/results/soak.json.

A minute says nothing of a slope: memory is judged by `make soak` alone, which takes the hour.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.assertions import Row
from tests.faults.soak import laid_out, soak
from tests.faults.soak_clients import Counts
from tests.faults.soak_verdict import Quiet, Sample, Verdict, judge, slope_of

Run = tuple[list[Sample], list[Quiet], Counts, str]
HOUR = range(60)
OPEN = {"socket": 8, "pipe": 5}


@pytest.mark.live
def test_R30_soak_for_a_minute(row: Row) -> None:
    verdict, seen = soak(1, 1, print, cycle=20)
    row.exactly("crashes and tracebacks in a minute", verdict.crashes + verdict.tracebacks, 0)
    row.at_least("% answered right in a minute", verdict.right_percent, 99.9)
    row.exactly("descriptors between quiet points", verdict.descriptors_max - verdict.descriptors_min, 0)
    assert verdict.holds, (verdict.faults, seen["clients"])


def hour(growth: float = 0.0) -> Run:
    """An hour in which all is well, but for memory that grows by so many octets an hour."""
    rss = [100_000_000 + round(growth * minute / 60) for minute in HOUR]
    quiet = [Quiet(float(minute), rss[minute], OPEN, 3, 0, 20, 18, 2, 1.0) for minute in HOUR]
    samples = [Sample(float(minute), rss[minute], 13, 3, 0, {"records": (1, 100)}, 0) for minute in HOUR]
    return samples, quiet, Counts(asked=1000, right=900, excused=100), "info start: answering"


def test_an_hour_in_which_all_is_well_holds() -> None:
    assert judge(*hour()).holds
    assert judge(*hour(growth=900_000)).holds


def test_memory_that_grows_breaks_it() -> None:
    assert "memory grows by 1.10 MB/h" in judge(*hour(growth=1_100_000)).faults


def test_what_the_caches_hold_more_is_told_besides() -> None:
    samples, quiet, counts, log = hour(growth=1_100_000)
    filling = [
        one._replace(caches={"records": (1, 50_000 * minute), "images": (1, 7)})
        for minute, one in enumerate(samples)
    ]
    verdict = judge(filling, quiet, counts, log)
    assert verdict.cached.octets_an_hour == pytest.approx(3_000_000)
    assert not verdict.holds


def test_the_document_is_json_a_sample_a_line() -> None:
    document = {
        "seed": 1,
        "events": {"reloads": 2},
        "quiet": [],
        "samples": [{"minute": 0.5}, {"minute": 1.5}],
    }
    text = laid_out(document)
    assert json.loads(text) == document
    assert '  {"minute": 1.5}\n' in text


def lose(run: Run) -> Run:
    return run[0], run[1], replace(run[2], right=899, unanswered=1), run[3]


def crash(run: Run) -> Run:
    return [*run[0], run[0][-1]._replace(crashes=1)], *run[1:]


def trace(run: Run) -> Run:
    return *run[:3], "Traceback (most recent call last):"


def leak(run: Run) -> Run:
    return run[0], [*run[1][:-1], run[1][-1]._replace(descriptors={"socket": 9, "pipe": 5})], *run[2:]


def exchange(run: Run) -> Run:
    """As many are open, of other kinds."""
    return run[0], [*run[1][:-1], run[1][-1]._replace(descriptors={"socket": 9, "pipe": 4})], *run[2:]


def work_on(run: Run) -> Run:
    return run[0], [*run[1][:-1], run[1][-1]._replace(in_flight=1)], *run[2:]


@pytest.mark.parametrize("fault", [lose, crash, trace, leak, exchange, work_on])
def test_each_fault_breaks_it(fault: Callable[[Run], Run]) -> None:
    verdict: Verdict = judge(*fault(hour()))
    assert len(verdict.faults) == 1


def test_what_is_lost_while_others_have_the_processors_breaks_it_and_is_told_apart() -> None:
    samples, quiet, counts, log = hour()
    starved = [*quiet[:-1], quiet[-1]._replace(right=9, waited_percent=30.0)]
    verdict = judge(samples, starved, replace(counts, right=891), log)
    assert not verdict.holds
    assert (verdict.starved_cycles, verdict.right_percent_elsewhere) == (1, 100)


def test_the_first_third_is_warm_up() -> None:
    samples, quiet, counts, log = hour()
    early = [point._replace(rss=point.rss // 2, descriptors={"socket": 3}) for point in quiet[:20]]
    assert judge(samples, early + quiet[20:], counts, log).holds


def test_the_standard_error_is_that_of_least_squares() -> None:
    """Worked by hand: y = 0, 2, 1 at 0, 1, 2 minutes; slope 0.5, residual sum 1.5, one degree of freedom."""
    slope = slope_of([(0.0, 0.0), (1.0, 2.0), (2.0, 1.0)])
    assert slope.octets_an_hour == pytest.approx(30)
    assert slope.standard_error == pytest.approx(60 * (1.5 / 2) ** 0.5)
    assert not slope.is_judged
