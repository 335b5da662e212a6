# SPDX-License-Identifier: ISC
"""What a report leaves in its folder, and what is said when it cannot."""

from __future__ import annotations

import csv
import json

import pytest

from resolver.lab.figures import Line, Panel
from resolver.lab.report.chart import Chart
from resolver.lab.report.folder import FolderError, prepare, save, versions
from resolver.lab.report.page import Report

CHART = Chart("one", "One", "About one", (Panel("", "x", "y", (Line("a", [0, 1], [0, 1]),)),), {"x": [0, 1]})
REPORT = Report("Heading", "resolver this", [["", "POLICY"], ["", "a"]], 2, [], [CHART], versions())


def test_a_page_a_summary_tables_and_every_figure_twice(tmp_path):
    folder = tmp_path / "new" / "report"
    prepare(folder)
    written = save(folder, REPORT, {"seeds": [1]}, {"summary.csv": [["a"], [1]]})
    assert sorted(path.name for path in written) == sorted(path.name for path in folder.iterdir())
    assert sorted(path.name for path in written) == [
        *("one.png", "one.svg", "report.html", "summary.csv", "summary.json"),
    ]
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["schema"], summary["command"], summary["seeds"]) == (1, "resolver this", [1])
    assert summary["versions"]["resolver"] == versions()["resolver"]
    assert summary["figures"] == {"one": {"x": [0, 1]}}
    assert list(csv.reader((folder / "summary.csv").open())) == [["a"], ["1"]]


def test_a_folder_that_cannot_be_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match=" - choose a folder that can be written to"):
        prepare(tmp_path / "file")


def test_a_file_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(FolderError, match=" - choose a folder"):
        save(tmp_path, REPORT, {}, {})
