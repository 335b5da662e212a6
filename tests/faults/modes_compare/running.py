# SPDX-License-Identifier: ISC
"""Plays cases: each in a process of its own, in a network namespace of its own, many at once. Linux and root only.

What a case does stands in the cases; here is only when and where it is done.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.peers.contenders import Contender, contenders
from tests.faults.modes_compare.case import Case, Found
from tests.faults.modes_compare.peers import peer
from tests.faults.modes_compare.result import Line, Outcome

CLONE_NEWNET: Final = 0x40000000  # sched.h; `os.unshare` is younger than Python 3.11
LONGEST_S: Final = 170  # a play that is not over by then has failed
AT_ONCE: Final = 8  # plays for each processor: they wait nearly all of the time


@dataclass(frozen=True, slots=True)
class Task:
    """One part of one case by one resolver, once."""

    case: Case
    part: str
    name: str
    turn: int


def enter_namespace() -> None:
    """Leave the machine's network for an empty one whose loopback is up. Raises OSError where that is not allowed."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "a network namespace")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def hindrance() -> tuple[str, str] | None:
    """Why nothing can be played here, and what to do about it; None when it can."""
    if os.geteuid() == 0 and shutil.which("ip"):
        return None
    return "network namespaces need root and `ip`", "run it as root, or in a container, with iproute2"


def run(cases: Sequence[Case], names: Sequence[str], rounds: int) -> list[Line]:
    """Every case with every resolver, so many times; progress is told on stderr."""
    tasks = [
        Task(case, part, name, turn)
        for case in cases
        for part in case.parts
        for name in names
        for turn in range(rounds)
    ]
    waiting = [task for task in tasks if not task.case.busy]
    busy = [task for task in tasks if task.case.busy]
    found: dict[tuple[str, str, int], dict[str, Found]] = defaultdict(dict)
    done = 0
    for batch, at_once in ((waiting, AT_ONCE * (os.cpu_count() or 1)), (busy, 1)):
        for task, outcome in _play_all(batch, at_once):
            found[task.case.title, task.name, task.turn][task.part] = outcome
            done += 1
            if sys.stderr.isatty():
                print(f"\r{done} of {len(tasks)}  {task.case.title:.60}\033[K", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return [
        Line(
            case.row,
            case.what,
            case.figures,
            {
                name: [_together(case, found[case.title, name, turn]) for turn in range(rounds)]
                for name in names
            },
        )
        for case in cases
    ]


def _together(case: Case, found: dict[str, Found]) -> Outcome:
    """The parts of a case as one: sums, and what failed by name."""
    if len(case.parts) == 1:
        (only,) = found.values()
        return Outcome(only.values, only.remark)
    values = tuple(
        _sum([found[part].values[number] for part in case.parts]) for number in range(len(case.figures))
    )
    parts = {part: found[part].values for part in case.parts}
    return Outcome(values, "; ".join(f"{part}: {found[part].remark}" for part in case.parts), parts)


def _sum(values: Sequence[float | None]) -> float | None:
    """None when a part failed: what it would have added is not known."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _play_all(tasks: Sequence[Task], at_once: int) -> Iterator[tuple[Task, Found]]:
    _TASKS[:] = tasks
    # Forked, so that each begins with everything imported; one play each, so that its network is fresh.
    with multiprocessing.get_context("fork").Pool(at_once, maxtasksperchild=1) as pool:
        for number, found in pool.imap_unordered(_play_number, range(len(tasks))):
            yield tasks[number], found


_TASKS: list[Task] = []  # plays are closures: a pipe does not carry them, a fork does


def _play_number(number: int) -> tuple[int, Found]:
    return number, play(_TASKS[number], contenders()[_TASKS[number].name])


def play(task: Task, contender: Contender) -> Found:
    """One play in this process, which is used up by it. What goes wrong is said in the remark."""
    nothing = (None,) * len(task.case.figures)
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST_S)
    try:
        enter_namespace()
        return task.case.parts[task.part](peer(contender, task.case.variant))
    except Exception as error:  # noqa: BLE001 - a resolver may fail in any way, and the others go on
        return Found(nothing, f"failed: {str(error) or type(error).__name__}"[:200])
    finally:
        signal.alarm(0)


def _too_long(number: int, frame: object) -> None:
    raise TimeoutError(f"not over after {LONGEST_S} s")
