# SPDX-License-Identifier: ISC
"""Runs the rows and prints the acceptance matrix: number, what, ours, best peer, pass or not; a JSON file for machines.

    python -m tests.faults rows [-n JOBS] [-k ROWS] [-m MARKS] [--out FILE] [pytest arguments ...]

Two passes: all tests that no clock judges, several at a time; then those marked `timed`, one at a time. The rows stand
in `matrix.md`, the numbers asserted in the tests; what is judged here is whether a row was shown at all: a P1 row of
which a test was skipped, or that no live test has passed, fails the run like one whose number does not hold.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.assertions import PROPERTY, Measured
from tests.faults.scale import FULL

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "faults.json"
PART = ROOT / "build" / "faults.json"  # a part of the rows never takes the whole's place
_ROW = re.compile(r"\| ([FAOR]\d\d) \| (.+) \| (.+) \| (.+) \| (P1|P2|V) \|")
_TEST = re.compile(r"test_([FAOR]\d\d)_\w+(?:\[(.+)\])?")
BUDGET_S = 900  # for both passes


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the matrix, as the page has it."""

    ident: str
    what: str
    number: str
    best_peer: str
    priority: str


@dataclass(slots=True)
class Result:
    """What became of one test: `outcome` is pytest's word, `reason` why it was skipped or is expected to fail."""

    test: str
    outcome: str
    live: bool
    seconds: float
    measured: list[Measured] = field(default_factory=list)
    reason: str = ""


def rows() -> list[Fault]:
    """All rows, in order."""
    text = (HERE / "matrix.md").read_text("utf-8").replace("**", "")
    return [Fault(*found.groups()) for found in map(_ROW.fullmatch, text.splitlines()) if found]


class Collector:
    """A pytest plugin that keeps the result of every row's test."""

    def __init__(self) -> None:
        self.results: dict[str, list[Result]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test is done, or its setup or teardown went wrong (the worse outcome counts)."""
        found = _TEST.search(report.nodeid.rpartition("::")[2])
        if found is None or (report.when != "call" and report.passed):
            return
        results = self.results.setdefault(found[1], [])
        results[:] = [r for r in results if r.test != found[0]]
        measured = [Measured(*_values(value)) for name, value in report.user_properties if name == PROPERTY]
        outcome = "not yet" if hasattr(report, "wasxfail") else report.outcome
        live = "live" in report.keywords
        results.append(Result(found[0], outcome, live, report.duration, measured, _reason(report)))


def _reason(report: pytest.TestReport) -> str:
    """Why it was skipped, or is not expected to pass yet."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(getattr(report, "wasxfail", ""))


def _values(value: object) -> tuple[Any, ...]:
    assert isinstance(value, tuple | list)  # xdist hands over lists
    return tuple(value)


def verdict(results: Iterable[Result]) -> str:
    """One word for a row: the worst of its tests. A test that was skipped shows nothing, and so does its row."""
    outcomes = {result.outcome for result in results}
    for outcome, word in (
        ("failed", "FAIL"),
        ("not yet", "not yet"),
        ("skipped", "skipped"),
        ("passed", "pass"),
    ):
        if outcome in outcomes:
            return word
    return "not run"


def shortfall(fault: Fault, results: Sequence[Result], *, whole: bool) -> str:
    """Why the run fails by this row, or nothing. `whole`: no row was left out, so one that has not run is missing."""
    word = verdict(results)
    if word == "FAIL":
        return "does not hold: " + ", ".join(r.test for r in results if r.outcome == "failed")
    if fault.priority != "P1" or (word == "not run" and not whole):
        return ""
    if word != "pass":
        return f"{word}: " + (", ".join(f"{r.test} ({r.reason})" for r in results if r.reason) or "no test")
    if whole and not any(r.live for r in results):
        return "passes without a live test"
    return ""


def ours(results: Sequence[Result]) -> str:
    """The worst value of each number measured, over all tests of the row."""
    worst: dict[str, Measured] = {}
    for measured in (m for result in results for m in result.measured):
        known = worst.get(measured.what)
        if known is None or _is_worse(measured, known):
            worst[measured.what] = measured
    return ", ".join(
        f"{m.value:.3g} {m.what}" if m.value < 1000 else f"{m.value:.0f} {m.what}" for m in worst.values()
    )


def _is_worse(measured: Measured, known: Measured) -> bool:
    return measured.value < known.value if measured.allowed.startswith(">=") else measured.value > known.value


def table(results: dict[str, list[Result]]) -> str:
    """The matrix as a Markdown table."""
    lines = ["| row | what | allowed | ours | best peer | |", "|---|---|---|---|---|---|"]
    for fault in rows():
        found = results.get(fault.ident, [])
        cells = (fault.ident, fault.what, fault.number, ours(found), fault.best_peer, verdict(found))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write. The exit code is 0 when no row falls short and nothing else went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults rows", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--out",
        type=Path,
        help="where the JSON goes: benchmarks/results/faults.json, of some rows alone build/faults.json",
    )
    parser.add_argument("-n", dest="jobs", type=int, default=2, help="tests at a time in the first pass")
    parser.add_argument(
        "-k", dest="names", default="", help="some rows alone, as pytest takes it: A05 or R17"
    )
    parser.add_argument("-m", dest="marks", default="", help="some tests alone: 'not live'")
    given, rest = parser.parse_known_args(arguments)
    begun_at = time.monotonic()
    collector = Collector()
    chosen = f"({given.marks}) and " if given.marks else ""
    common = [str(HERE), "-q", *rest, *(["-k", given.names] if given.names else [])]
    passes = (["-m", f"{chosen}not timed", "-n", str(given.jobs)], ["-m", f"{chosen}timed"])
    codes = {int(pytest.main([*common, *one], plugins=[collector])) for one in passes}
    if pytest.ExitCode.USAGE_ERROR in codes:  # pytest has said which argument; nothing has run
        return 2
    took = time.monotonic() - begun_at
    print(table(collector.results))
    whole = not (given.names or given.marks)
    short = _print_summary(collector.results, whole=whole)
    late = " - LONGER" if took > BUDGET_S else ""
    print(f"{took:.0f} s, of {BUDGET_S} that the whole matrix may take{late}")
    out = given.out or (RESULTS if whole else PART)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(_as_json(collector.results, took), indent=1) + "\n", "utf-8")
    return 1 if short or not codes <= {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else 0


def _print_summary(results: dict[str, list[Result]], *, whole: bool) -> bool:
    """How many rows came to what, what was not shown, and what the run fails by; whether it does."""
    faults = rows()
    words = [verdict(results.get(fault.ident, [])) for fault in faults]
    print(", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)))
    for ident, found in sorted(results.items()):
        for result in found:
            if result.reason:
                print(f"{ident} {result.test}: {result.outcome} - {result.reason}")
    short = {fault.ident: shortfall(fault, results.get(fault.ident, []), whole=whole) for fault in faults}
    for ident, why in short.items():
        if why:
            print(f"FAILS {ident}: {why}")
    return any(short.values())


def _as_json(results: dict[str, list[Result]], took: float) -> dict[str, object]:
    git = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False
    )
    return {
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "version": git.stdout.strip(),
        "full": FULL,
        "seconds": round(took),
        "rows": [
            asdict(fault)
            | {
                "verdict": verdict(results.get(fault.ident, [])),
                "ours": ours(results.get(fault.ident, [])),
                "tests": [asdict(result) for result in results.get(fault.ident, [])],
            }
            for fault in rows()
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
