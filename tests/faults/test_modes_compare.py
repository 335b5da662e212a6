# SPDX-License-Identifier: ISC
"""The compare mode: what wins, what is shown, and one case through another resolver as a user would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import IN_CI, ROOT
from tests.faults import matrix
from tests.faults.__main__ import main as modes_main
from tests.faults.modes_compare import cases_amplification, cases_broken, table
from tests.faults.modes_compare.__main__ import PROGRAM, RESULTS, main
from tests.faults.modes_compare.case import Best, Case, Figure, bad, good, packets, percent, seconds
from tests.faults.modes_compare.catalogue import CASES, chosen
from tests.faults.modes_compare.result import Line, Outcome, Peer, Result, read
from tests.faults.modes_scenario import scenario

MACHINE = {"processor": "a machine", "cores": 2, "hypervisor": False, "kernel": "Linux 6"}
ABOUT = {"taken_at": "today", "commit": "0123456789", "changed": False, "rounds": 1, "machine": MACHINE}
PEERS = [Peer("bind", "BIND", "9"), Peer("resolver", "ours", "1")]


def result(figure: Figure, ours: float | None, bind: float | None, remark: str = "") -> Result:
    outcomes = {"resolver": [Outcome((ours,), remark)], "bind": [Outcome((bind,), remark)]}
    return Result(dict(ABOUT), PEERS, [], [Line("A01", "a fault", (figure,), outcomes)])


def cells(found: Result) -> list[str]:
    """Ours, then theirs."""
    line = table.whole(found).splitlines()[2]
    return [cell.strip() for cell in line.split("|")[4:6]]


@pytest.mark.parametrize(
    ("figure", "ours", "bind", "shown"),
    [
        (packets(6), 6, 5, ["6", "**5**"]),
        (packets(6), 5, 5, ["5", "5"]),
        (seconds(1, "s"), 1.0, 1.09, ["1.00", "1.09"]),
        (seconds(1, "s"), 1.0, 1.2, ["**1.00**", "1.20"]),
        (percent(99, "%"), 99, 100, ["99", "**100**"]),
        (good(5, 5, "right of 5"), 4, 1, ["**4**", "1"]),
        (bad(0, 4, "wrong of 4"), 0, 3, ["**0**", "3"]),
    ],
)
def test_the_best_is_bold_where_somebody_stands_out(
    figure: Figure, ours: float, bind: float, shown: list[str]
) -> None:
    assert cells(result(figure, ours, bind)) == shown


def test_who_gave_no_answer_has_no_time_and_who_failed_says_so() -> None:
    assert cells(result(seconds(1, "s"), 1.0, None, "no answer, 15.00 s")) == ["**1.00**", "no answer"]
    assert cells(result(packets(1), None, 1, "failed: does not answer")) == ["failed", "**1**"]


def test_rounds_are_told_by_their_median_and_no_answer_is_the_worst_of_them() -> None:
    outcomes = {"bind": [Outcome((3.0,)), Outcome((None,)), Outcome((1.0,))]}
    assert Line("A01", "", (seconds(1, "s"),), outcomes).value("bind", 0) == 3.0
    assert Line("A01", "", (percent(1, "%"),), outcomes).value("bind", 0) == 1.0
    assert Line("A01", "", (seconds(1, "s"),), {}).value("bind", 0) is None


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = result(packets(6, headline="a headline"), 5, 6)
    written.write(tmp_path / "result.json")
    assert read(tmp_path / "result.json") == written


def test_what_is_measured_again_replaces_that_alone() -> None:
    old, figure = result(packets(6), 5, 6), packets(6)
    newer = Result(
        dict(ABOUT), PEERS[1:], [], [Line("A01", "a fault", (figure,), {"resolver": [Outcome((4,))]})]
    )
    both = old.updated(newer)
    assert cells(both) == ["**4**", "6"]
    assert both.about["updated_at"] == "today"


def test_the_summary_goes_between_the_markers_and_nowhere_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, file = tmp_path / "page.md", tmp_path / "result.json"
    result(packets(6, headline="a headline"), 5, 6).write(file)
    page.write_text(f"before\n{table.BEGIN}\nyesterday\n{table.END}\nafter\n")
    assert main(["table", str(file), "--into", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith(f"{table.END}\nafter\n")
    assert "| a headline | packets | **5** | 6 |" in text
    assert "yesterday" not in text
    page.write_text("nothing")
    assert main(["table", str(file), "--into", str(page)]) == 1
    assert capsys.readouterr().err.startswith(f"error: {page} has no markers - ")


def test_cases_are_of_rows_have_titles_of_their_own_and_are_chosen_by_them() -> None:
    rows = {fault.ident for fault in matrix.rows()}
    assert {case.row for case in CASES} <= rows
    assert len({case.title for case in CASES}) == len(CASES)
    assert {case.row for case in chosen("A13, r05")} == {"A13", "R05"}
    assert list(chosen("")) == list(CASES)
    assert main(["--only", "A99"]) == 2


VIRTUAL = [
    case
    for case in (*cases_amplification.CASES, *cases_broken.CASES)
    if case.row not in ("R01", "R02", "R04")
]


@pytest.mark.parametrize("case", VIRTUAL, ids=lambda case: case.title)
def test_a_case_can_be_played_and_ours_is_within_its_limit(case: Case) -> None:
    """A play is a function of a mode: under the virtual clock it takes no time."""
    found = [play(scenario).values for play in case.parts.values()]
    for figure, values in zip(case.figures, zip(*found, strict=True), strict=True):
        assert None not in values, figure.what
        total = sum(value for value in values if value is not None)
        limit = total if figure.limit is None else figure.limit
        assert total <= limit if figure.best is Best.LEAST else total >= limit, (figure.what, total)


def test_what_the_readme_shows_is_what_was_measured() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = readme.partition(table.BEGIN)[2].partition(table.END)[0].lstrip("\n")
    assert shown == table.summary(read(RESULTS)), f"run `{PROGRAM} table {RESULTS} --into README.md`"


def namespaces(program: Callable[[str], str]) -> None:
    """Skip without root; fail in CI."""
    program("ip")
    if os.geteuid() != 0:
        (pytest.fail if IN_CI else pytest.skip)("network namespaces need root")


def run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.interop
def test_a_case_through_another_resolver_and_ours(program: Callable[[str], str], tmp_path: Path) -> None:
    """Counts that no machine changes: a loop of two aliases costs two packets."""
    namespaces(program)
    program("named")
    out = tmp_path / "compared.json"
    run("compare", "bind", "resolver", "--only", "A09", "--out", str(out))
    (line,) = read(out).lines
    assert [line.value(name, 0) for name in ("bind", "resolver")] == [2, 2]
    assert out.with_suffix(".md").read_text("utf-8").count("\n| A09 |") == 1


def example(folder: Path) -> Path:
    """The world that docs/faults.md has its reader save."""
    page = (ROOT / "docs" / "faults.md").read_text("utf-8")
    found = re.search(r"^```python\n(.*?def world\(\).*?)^```", page, re.MULTILINE | re.DOTALL)
    assert found
    path = folder / "my_world.py"
    path.write_text(found[1], "utf-8")
    return path


def test_the_example_of_the_page_says_what_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "faults.md").read_text("utf-8")
    said = run("ask", str(example(tmp_path)), "www.z.pz.").splitlines()
    first, *packets_seen = said
    assert first in page
    assert len(packets_seen) == 5
    assert sum("127.66.9." in line for line in packets_seen) == 3


@pytest.mark.interop
def test_the_example_through_another_resolver(program: Callable[[str], str], tmp_path: Path) -> None:
    namespaces(program)
    program("named")
    said = run("ask", str(example(tmp_path)), "www.z.pz.", "--through", "bind")
    assert said.startswith("BIND 9.")
    assert "127.66.9.2" in said


def test_modes_are_listed_and_a_wrong_one_is_one_line() -> None:
    command = [sys.executable, "-m", "tests.faults"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert listed.strip() in (ROOT / "docs" / "faults.md").read_text("utf-8")
    wrong = subprocess.run([*command, "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert wrong.stderr.startswith("error: ")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["ask", "world.py", "a..b"], "'a..b' is no name"),
        (["ask", "world.py", "a.b", "BOGUS"], "'BOGUS' is no type"),
        (["ask", "world.py", "a.b", "A", "--again", "-1"], "'-1' is no number of times"),
        (["compare", "--only", "A13", "--rounds", "0"], "--rounds 0"),
        (["soak", "--minutes", "-1"], "not one cycle"),
        (["soak", "--cycle", "0"], "not one cycle"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    words: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = modes_main(words)
    except SystemExit as end:  # argparse's own way
        code = int(end.code or 0)
    assert code == 2
    assert fault in capsys.readouterr().err
