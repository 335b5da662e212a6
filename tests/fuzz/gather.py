# SPDX-License-Identifier: ISC
"""Gathers the stored corpus: of mutated inputs, those that reach lines, or steps from line to line, not reached before.

    python -m tests.fuzz.gather [--seconds 60] [--seed 1] [--target NAME]...

Coverage is that of the rooms that read what others send. What the stored corpus reaches already is not gathered again,
and a target's share of the corpus is bounded: shorter inputs, found first, stay.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from tests.fuzz.__main__ import holds, keep
from tests.fuzz.mutate import mutate
from tests.fuzz.targets import TARGETS, stored

_ROOT: Final = Path(__file__).parents[2] / "resolver"
_READERS: Final = (
    *(str(_ROOT / room) for room in ("wire", "persistence", "settings")),
    *(str(_ROOT / "service" / f"{module}.py") for module in ("request", "respond", "notify", "local")),
    *(str(_ROOT / "engine" / f"{module}.py") for module in ("classify", "matching", "bailiwick", "keeping")),
    *(str(_ROOT / "control" / f"{module}.py") for module in ("requests", "parameters", "guard", "api")),
)
_SHARE: Final = 40 << 10  # octets of corpus a target
_LONGEST: Final = 2 << 10  # octets of one input

Step = tuple[str, int, int]  # file, line before (0: called), line


class Steps:
    """Notes each step from line to line in the readers while it is entered."""

    def __init__(self) -> None:
        self.seen: set[Step] = set()
        self._is_reader: dict[str, bool] = {}

    def __enter__(self) -> Steps:
        sys.settrace(self._called)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(None)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        if not self._is_reader.setdefault(file, file.startswith(_READERS)):
            return None
        seen, before = self.seen, 0

        def stepped(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal before
            if event == "line":
                seen.add((file, before, frame.f_lineno))
                before = frame.f_lineno
            return stepped

        return stepped


def gather(target: str, seconds: float, seed: int) -> tuple[int, int]:
    """Look for new steps until the time is up; how many inputs were kept, and how many steps are reached in all."""
    draw, end = random.Random(f"{seed} {target}"), time.monotonic() + seconds
    inputs = TARGETS[target].seeds()
    own = [path.read_bytes() for path in stored(target)]
    room = _SHARE - sum(map(len, own))
    reached: set[Step] = set()
    kept = 0
    for octets in inputs + own:
        reached |= steps_of(target, octets)
    inputs += own
    while time.monotonic() < end:
        data = bytearray(draw.choice(inputs))
        for _ in range(draw.choice((1, 1, 2, 3))):
            mutate(draw, data, draw.choice(inputs))
        octets = bytes(data[:_LONGEST])
        new = steps_of(target, octets) - reached
        if new and len(octets) <= room:
            reached |= new
            inputs.append(octets)
            keep(target, octets)
            room -= len(octets)
            kept += 1
    return kept, len(reached)


def steps_of(target: str, octets: bytes) -> set[Step]:
    """The steps that judging it takes; an input that breaks a promise is kept by `holds`, and said."""
    with Steps() as steps:
        holds(target, octets)
    return steps.seen


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.gather")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=sorted(TARGETS))
    given = parser.parse_args(arguments)
    chosen: list[str] = given.target or list(TARGETS)
    for target in chosen:
        kept, reached = gather(target, given.seconds / len(chosen), given.seed)
        print(f"{target:>9} {kept:>5} kept, {reached} steps reached", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
