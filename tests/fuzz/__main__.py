# SPDX-License-Identifier: ISC
"""Fuzzes all targets in turn for so many seconds, from a stored corpus and a seed; `make fuzz`.

    python -m tests.fuzz [--seconds 120] [--seed 1] [--target NAME]...
    python -m tests.fuzz --target NAME --repeat FILE          # one input again, with its traceback

An input that breaks a promise is kept in the corpus, where `test_corpus` finds it: it stays, under the name that is
printed, as a test. What breaks it is `targets`'.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.fuzz.mutate import mutate
from tests.fuzz.targets import CORPUS, TARGETS, stored

_MOST: Final = 3  # broken inputs of a target that are kept in a run: a bug has many faces
_SHARES: Final = {"answers": 4, "worlds": 2}  # of the time, where others have one: they are whole resolutions
_LONGEST: Final = 16 << 10  # octets: longer inputs take longer and find no more


def fuzz(target: str, seconds: float, seed: int) -> tuple[int, int]:
    """Judge the stored corpus, then mutated inputs until the time is up; how many were judged, and how many broke."""
    known = stored(target)
    inputs = TARGETS[target].seeds() + [path.read_bytes() for path in known]
    draw, end, judged, broken = random.Random(f"{seed} {target}"), time.monotonic() + seconds, 0, 0
    for octets in inputs:
        judged += 1
        broken += not holds(target, octets)
    while time.monotonic() < end and broken < _MOST:
        data = bytearray(draw.choice(inputs))
        for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
            mutate(draw, data, draw.choice(inputs))
        judged += 1
        broken += not holds(target, bytes(data[:_LONGEST]))
    return judged, broken


def holds(target: str, octets: bytes) -> bool:
    """Judge one input; if it breaks a promise, say so, keep it, and say how to repeat it."""
    try:
        TARGETS[target].judge(octets)
    except Exception:  # noqa: BLE001 - whatever it is, it is what we look for
        path = keep(target, octets)
        traceback.print_exc()
        print(f"broken: python -m tests.fuzz --target {target} --repeat {path}", file=sys.stderr)
        return False
    return True


def keep(target: str, octets: bytes) -> Path:
    """Store an input under the name that its octets give it."""
    path = CORPUS / target / f"{hashlib.sha256(octets).hexdigest()[:12]}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=sorted(TARGETS))
    parser.add_argument("--repeat", type=Path)
    given = parser.parse_args(arguments)
    chosen: list[str] = given.target or list(TARGETS)
    if given.repeat is not None:
        if len(chosen) != 1:
            parser.error("--repeat needs one --target")
        TARGETS[chosen[0]].judge(given.repeat.read_bytes())
        print("every promise held")
        return 0
    total, share = 0, given.seconds / sum(_SHARES.get(target, 1) for target in chosen)
    for target in chosen:
        judged, broken = fuzz(target, share * _SHARES.get(target, 1), given.seed)
        total += broken
        print(f"{target:>9} {judged:>8} inputs, {broken} broken", flush=True)
    print(f"seed {given.seed}: " + (f"{total} broken" if total else "every promise held"))
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
