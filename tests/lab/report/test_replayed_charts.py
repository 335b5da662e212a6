# SPDX-License-Identifier: ISC
"""The figures that look at the trace again: all there, of the same policies, and silent about what there is none of."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from resolver.lab.comparison.comparing import compare
from resolver.lab.report.by_ttl import ByTtl
from resolver.lab.report.replayed_charts import median_ttl, replayed_charts
from resolver.policy import AnswerClass, Subject
from tests.lab.report.experiments import comparison, experiment


@pytest.fixture(scope="module")
def made():
    return {chart.name: chart for chart in replayed_charts(experiment(), comparison())}


def test_every_figure_is_there_and_its_numbers_are_json(made):
    assert list(made) == ["hits-by-ttl", "outage", "ttls", "change"]
    for chart in made.values():
        json.dumps(chart.data, allow_nan=False)


def test_policies_are_those_of_the_table(made):
    labels = [row.label for row in comparison().lines]
    assert [line["policy"] for line in made["outage"].data["lines"]] == labels
    assert [line["policy"] for line in made["ttls"].data["lines"]] == ["as published", *labels]
    assert [line["policy"] for line in made["change"].data["lines"]] == labels


def test_an_assumed_outage_is_called_so(made):
    assert made["outage"].data["assumed"]
    assert "assumed for this figure alone" in made["outage"].text
    ((low, high),) = made["outage"].drawings[0].spans
    assert (low, high) == (0.0, pytest.approx(5.0, rel=0.01))


def test_after_a_change_the_old_value_fades(made):
    for line in made["change"].data["lines"]:
        assert line["share"] == sorted(line["share"], reverse=True)
        assert line["share"][0] > 0.5 > line["share"][-1]


def test_a_record_that_is_not_kept_does_not_move():
    brief = replace(experiment(), what="zipf:n=20,rate=5,duration=10m,ttl=5")
    made = [chart.name for chart in replayed_charts(brief, compare(brief, processes=1))]
    assert made == ["hits-by-ttl", "ttls"]


def test_progress_never_goes_back():
    told = []
    list(replayed_charts(experiment(), comparison(), told.append))
    assert told == sorted(told)


def test_the_median_is_by_question_and_of_positive_answers():
    def subject(ttl, answer=AnswerClass.POSITIVE):
        return Subject(b"\0", 1, answer, ttl)

    subjects = (subject(60), subject(300), subject(3600), subject(9, AnswerClass.NXDOMAIN))
    assert median_ttl(ByTtl((), (), (), subjects, np.array([1, 5, 2, 100]), 1.0)) == 300
    assert median_ttl(ByTtl((), (), (), (), np.array([]), 1.0)) == 0
