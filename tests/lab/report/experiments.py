# SPDX-License-Identifier: ISC
"""A small experiment and what comparing it found, for the tests of reports."""

from __future__ import annotations

from functools import cache

from resolver.lab.comparison.candidates import read_candidates
from resolver.lab.comparison.comparing import Comparison, Experiment, compare
from resolver.lab.replay.questions import World

SPEC = "zipf:n=200,rate=20,duration=2h,ttl=mix"


@cache
def experiment() -> Experiment:
    """Three policies, one of them with a price, over a trace in which data change."""
    return Experiment(SPEC, tuple(read_candidates(["default", "rfc", "rfc:min=600"])), World(change_s=600.0))


@cache
def comparison() -> Comparison:
    """What comparing them found."""
    return compare(experiment(), processes=1)
