# SPDX-License-Identifier: ISC
"""The Markdown of a comparison: every figure, or the summary that the README has. Only renders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.faults.modes_compare.case import Best, Figure, Unit
from tests.faults.modes_compare.result import Line, Peer, Result

BEGIN: Final = "<!-- faults compared: made by `python -m tests.faults.modes_compare table`, do not edit -->"
END: Final = "<!-- faults compared end -->"
OURS: Final = "resolver"
_ALIKE: Final = {
    Unit.SECONDS: (0.1, 0.02),
    Unit.PERCENT: (0.0, 0.5),
}  # relative and absolute; others differ by one


def whole(result: Result) -> str:
    """Every figure of every case, what its row allows, and what clients heard."""
    head = ["row", "what", "allowed", *(peer.title for peer in _ordered(result))]
    rows = [
        [line.row, f"{line.what}: {figure.what}", _allowed(figure), *_cells(result, line, number)]
        for line in result.lines
        for number, figure in enumerate(line.figures)
    ]
    return f"{_table(head, rows)}\n{_about(result)}\n"


def summary(result: Result) -> str:
    """The figures that have a headline."""
    head = ["fault", "what counts", *(peer.title for peer in _ordered(result))]
    rows = [
        [figure.headline, figure.what, *_cells(result, line, number)]
        for line in result.lines
        for number, figure in enumerate(line.figures)
        if figure.headline
    ]
    return f"{_table(head, rows)}\n{_about(result)}\n"


def put_into(page: Path, text: str) -> None:
    """Between the markers of a page. Raises ValueError when it has none."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(
            f"{page} has no markers - put these two lines where the table belongs: {BEGIN} {END}"
        )
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}", "utf-8")


def _ordered(result: Result) -> list[Peer]:
    """Ourselves first."""
    return sorted(result.peers, key=lambda peer: peer.name != OURS)


def _cells(result: Result, line: Line, number: int) -> list[str]:
    figure = line.figures[number]
    values = {peer.name: line.value(peer.name, number) for peer in _ordered(result)}
    best = _best(figure, values.values())
    if all(
        value is not None and best is not None and _alike(figure, value, best) for value in values.values()
    ):
        best = None  # nobody stands out
    cells = []
    for name, value in values.items():
        if not line.outcomes.get(name):
            cells.append("–")
            continue
        text = _instead(line, name) if value is None else _shown(figure, value)
        wins = value is not None and best is not None and _alike(figure, value, best)
        cells.append(f"**{text}**" if wins else text)
    return cells


def _best(figure: Figure, values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return (min if figure.best is Best.LEAST else max)(known, default=None)


def _alike(figure: Figure, value: float, best: float) -> bool:
    """Whether two measurements are as good as each other."""
    relative, absolute = _ALIKE.get(figure.unit, (0.0, 0.0))
    return abs(value - best) <= best * relative + absolute


def _instead(line: Line, name: str) -> str:
    """What is shown where there is no value: what the client was told in place of the right thing."""
    remark = line.remark(name)
    if "failed: " in remark:
        return "failed"
    return remark.partition(",")[0] if len(line.figures) == 1 else "–"


def _shown(figure: Figure, value: float) -> str:
    match figure.unit:
        case Unit.SECONDS:
            return f"{value:.2f}"
        case Unit.PERCENT:
            return f"{value:.1f}".removesuffix(".0")
        case _:
            return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


def _allowed(figure: Figure) -> str:
    if figure.limit is None:
        return ""
    return f"{'≤' if figure.best is Best.LEAST else '≥'} {figure.limit:g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _about(result: Result) -> str:
    about, machine = result.about, result.about["machine"]
    names = ", ".join(f"{peer.title} {peer.version}" for peer in _ordered(result))
    rounds = about["rounds"]
    often = "once" if rounds == 1 else f"{rounds} times, the median is shown"
    missing = f" Not installed: {', '.join(result.left_out)}." if result.left_out else ""
    changed = " with changes" if about["changed"] else ""
    again = f", some of it again {about['updated_at']}" if "updated_at" in about else ""
    virtual = ", virtual" if machine["hypervisor"] else ""
    return (
        f"Each fault {often}, in a fresh process in a network of its own. Bold is best, times within a tenth alike;"
        f" a dash: not all were answered."
        f" {names}; no DNSSEC validation, stale answers switched on for the outage, else as they come.{missing}"
        f" {about['taken_at']}{again}, commit {str(about['commit'])[:9]}{changed}; {machine['processor']},"
        f" {machine['cores']} cores{virtual}, {machine['kernel']}."
    )
