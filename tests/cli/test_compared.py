# SPDX-License-Identifier: ISC
"""A comparison's three faces; `test_compare` sees them through the command."""

from __future__ import annotations

import io
from math import nan

from resolver.cli.compared import as_json, screen, write_csv
from resolver.lab.comparison.comparing import Comparison, Line
from resolver.lab.comparison.figures import FIGURES, Measured
from resolver.lab.replay.eviction import Eviction


def compared(**figures: Measured) -> Comparison:
    every = dict.fromkeys(FIGURES, Measured(0.0, 0.0)) | figures
    line = Line("mine", None, Eviction.S3FIFO, every, on_front=True)
    told = {"told": 0.5, "seen": 0.25, "assumed": 0.25}
    return Comparison("a trace", (1, 2), 10, 5, told, 0.5, "a model", ("mean",), (line,))


def test_columns_that_say_nothing_are_left_out():
    shown = list(screen(compared(hit=Measured(0.5, 0.01), served=Measured(nan, nan))))
    assert shown[0].split() == ["POLICY", "HIT"]
    assert shown[1].split() == ["*", "mine", "50.0%", "±1.0%"]
    assert "TTLs: 50.0% told, 25.0% seen, 25.0% assumed" in shown


def test_what_does_not_exist_is_null_and_empty():
    found = compared(served=Measured(nan, nan))
    assert as_json(found)["lines"][0]["figures"]["served"] == {"mean": None, "half_width_95": None}
    out = io.StringIO()
    write_csv(found, out)
    head, row = out.getvalue().splitlines()
    assert row.split(",")[head.split(",").index("served")] == ""
