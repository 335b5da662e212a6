# SPDX-License-Identifier: ISC
"""Runs the rows and prints the acceptance matrix: number, what, ours, best peer, pass or not; a JSON file for machines.

    python -m tests.faults.matrix [--out FILE] [pytest arguments ...]

The rows stand in `matrix.md`, the numbers asserted in the tests; nothing is judged here.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.assertions import PROPERTY, Measured

HERE = Path(__file__).parent
RESULTS = HERE.parent.parent / "benchmarks" / "results" / "faults.json"
_ROW = re.compile(r"\| ([FAOR]\d\d) \| (.+) \| (.+) \| (.+) \| (P1|P2|V) \|")
_TEST = re.compile(r"test_([FAOR]\d\d)_\w+(?:\[(.+)\])?")


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
    """What became of one test: `outcome` is pytest's word, `reason` why it is not expected to pass yet."""

    test: str
    outcome: str
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
        xfailed = hasattr(report, "wasxfail")
        results = self.results.setdefault(found[1], [])
        test = found[0]
        measured = [Measured(*_values(value)) for name, value in report.user_properties if name == PROPERTY]
        reason = str(getattr(report, "wasxfail", ""))
        results[:] = [r for r in results if r.test != test]
        results.append(Result(test, "not yet" if xfailed else report.outcome, measured, reason))


def _values(value: object) -> tuple[Any, ...]:
    assert isinstance(value, tuple | list)  # xdist hands over lists
    return tuple(value)


def verdict(results: Iterable[Result]) -> str:
    """One word for a row: the worst of its tests."""
    outcomes = {result.outcome for result in results}
    for outcome, word in (("failed", "FAIL"), ("not yet", "not yet"), ("passed", "pass")):
        if outcome in outcomes:
            return word
    return "skipped" if outcomes else "not run"


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
    """Run, print, write. The exit code is pytest's: 0 when every row that has a test is as it should be."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.matrix", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    given, rest = parser.parse_known_args(arguments)
    collector = Collector()
    code = pytest.main([str(HERE), "-q", *rest], plugins=[collector])
    print(table(collector.results))
    words = [verdict(collector.results.get(fault.ident, [])) for fault in rows()]
    print(", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)))
    for ident, found in sorted(collector.results.items()):
        for result in found:
            if result.reason:
                print(f"{ident} {result.test}: not yet - {result.reason}")
    given.out.write_text(json.dumps(_as_json(collector.results), indent=1) + "\n", "utf-8")
    return int(code)


def _as_json(results: dict[str, list[Result]]) -> dict[str, object]:
    git = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False
    )
    return {
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "version": git.stdout.strip(),
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
