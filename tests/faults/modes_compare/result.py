# SPDX-License-Identifier: ISC
"""What came of a comparison, as it stands in the JSON file. Nothing is measured or shown here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tests.faults.modes_compare.case import Best, Figure


class Outcome(msgspec.Struct, frozen=True):
    """One case of one resolver in one round: a value for each figure, words, and the values of each part."""

    values: tuple[float | None, ...]
    remark: str = ""
    parts: dict[str, tuple[float | None, ...]] = {}


class Line(msgspec.Struct, frozen=True):
    """One case: its figures, and by resolver the outcome of each round."""

    row: str
    what: str
    figures: tuple[Figure, ...]
    outcomes: dict[str, list[Outcome]]

    def value(self, name: str, number: int) -> float | None:
        """The median over the rounds of one figure (the worse of two in the middle); None when it never came."""
        best = self.figures[number].best
        worst = float("inf") if best is Best.LEAST else float("-inf")
        found = [outcome.values[number] for outcome in self.outcomes.get(name, ()) if outcome.values]
        ordered = sorted((worst if v is None else v for v in found), reverse=best is Best.MOST)
        return None if not ordered or (middle := ordered[len(ordered) // 2]) == worst else middle

    def remark(self, name: str) -> str:
        """The words of the first round."""
        return next((outcome.remark for outcome in self.outcomes.get(name, ())), "")


class Peer(msgspec.Struct, frozen=True):
    """Who took part."""

    name: str
    title: str
    version: str


class Result(msgspec.Struct, frozen=True):
    """A whole run. `about` says when, what commit, on which machine; `left_out` who was not there."""

    about: dict[str, Any]
    peers: list[Peer]
    left_out: list[str]
    lines: list[Line]

    def updated(self, newer: Result) -> Result:
        """With what is measured again in its place, and the rest as it was."""
        again = {(line.row, line.what): line for line in newer.lines}
        lines = []
        for line in self.lines:
            found = again.pop((line.row, line.what), None)
            outcomes = {**line.outcomes, **found.outcomes} if found else line.outcomes
            lines.append(Line(line.row, line.what, (found or line).figures, outcomes))
        peers = {peer.name: peer for peer in (*self.peers, *newer.peers)}
        about = {**self.about, "updated_at": newer.about["taken_at"]}
        return Result(about, list(peers.values()), self.left_out, [*lines, *again.values()])

    def write(self, path: Path) -> None:
        """As JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")


def read(path: Path) -> Result:
    """The file's. Raises OSError, and msgspec.DecodeError when it is no such result."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
