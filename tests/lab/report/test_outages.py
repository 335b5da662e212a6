# SPDX-License-Identifier: ISC
"""How an outage goes by: with stale data and without, assumed or given, and none where too little is asked."""

from __future__ import annotations

import pytest

from resolver.lab.comparison.candidates import read_candidates
from resolver.lab.comparison.comparing import Experiment
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.report.outages import Until, through_outage
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic

SPEC = "zipf:n=100,rate=20,duration=2h,ttl=60"
CANDIDATES = tuple(read_candidates(["rfc", "default"]))


def test_without_stale_data_answers_run_out_with_their_ttl():
    world = World(outages=((3600, 4200),))
    found = through_outage(Experiment(SPEC, CANDIDATES, world), 7200.0, 144_000)
    assert (found.begins_at, found.length_s, found.assumed) == (3600, 600, False)
    during = [number for number, t in enumerate(found.times) if 70 < t < 590]  # middles of 19 s each
    rfc, default = found.served
    assert max(rfc[number] for number in during) == 0.0
    assert min(default[number] for number in during) > 0.99
    assert rfc[0] == default[0] == 1.0
    assert found.times[0] < 0 < 600 < found.times[-1]


def test_where_nobody_named_one_an_outage_is_assumed_in_the_middle():
    found = through_outage(Experiment(SPEC, CANDIDATES), 7200.0, 144_000)
    assert (found.begins_at, found.length_s, found.assumed) == (3600.0, 300.0, True)
    assert min(found.served[0]) < 0.5


def test_too_few_questions_make_no_curve():
    assert through_outage(Experiment(SPEC, CANDIDATES), 7200.0, 1_000) is None
    late = World(outages=((9000, 9600),))
    assert through_outage(Experiment(SPEC, CANDIDATES, late), 7200.0, 144_000) is None


def test_the_beginning_of_a_trace_is_the_trace_until_then():
    trace = Synthetic(read_spec(SPEC), 3)
    cut = Until(trace, 100.0)
    every, some = list(trace.rows()), list(cut.rows())
    assert some == every[: len(some)]
    assert some[-1].time <= every[0].time + 100.0 < every[len(some)].time
    told = Preparation(cut, World())
    assert sum(map(len, told.blocks())) == len(some)
    assert told.ttl_sources["told"] == len(some)
    assert cut.client(0) == trace.client(0)


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_a_cut_may_leave_little_or_all(seconds):
    trace = Synthetic(read_spec("zipf:n=10,rate=1,duration=60,ttl=60"), 1)
    kept = list(Until(trace, seconds).rows())
    assert len(kept) == (1 if seconds == 0 else len(list(trace.rows())))
