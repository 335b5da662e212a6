# SPDX-License-Identifier: ISC
"""Histograms of TTLs: what is published, and what a policy makes of it."""

from __future__ import annotations

import numpy as np

from resolver.lab.comparison.candidates import read_candidates
from resolver.lab.report.by_ttl import ByTtl
from resolver.lab.report.lifetimes import BUCKETS, bucket_names, histograms, shares
from resolver.policy import AnswerClass, Subject


def subject(ttl, answer=AnswerClass.POSITIVE):
    return Subject(b"\0", 1, answer, ttl)


def asked(*counted):
    subjects, counts = zip(*counted, strict=True)
    return ByTtl((), (), (), subjects, np.array(counts), 60.0)


def test_a_bucket_has_its_top_and_not_that_of_the_one_before():
    assert shares([0, 5, 5.5, 86400, 86401], [1, 1, 1, 1, 1]) == (
        *(0.2, 0.2, 0.2),
        *([0.0] * (len(BUCKETS) - 4)),
        *(0.2, 0.2),
    )
    assert len(bucket_names()) == len(shares([], [])) == len(BUCKETS) + 1
    assert set(shares([], [])) == {0.0}


def test_a_minimum_empties_the_buckets_below_it():
    published, kept = histograms(asked((subject(20), 3), (subject(300), 1)), read_candidates(["rfc:min=60"]))
    assert published.shares[bucket_names().index("≤30s")] == 0.75
    assert kept.label == "rfc min=60"
    assert kept.shares[bucket_names().index("≤1m")] == 0.75
    assert kept.shares[bucket_names().index("≤5m")] == 0.25


def test_failures_have_no_ttl():
    (published,) = histograms(asked((subject(0, AnswerClass.FAILURE), 9), (subject(300), 1)), [])
    assert published.shares[bucket_names().index("≤5m")] == 1.0
