# SPDX-License-Identifier: ISC
"""What the kernel counts: processor time and memory of process trees, and how busy each core was and with whom.

Reads /proc and judges; starts nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
BUSY = 0.9  # a core used this much of the time is what held the run back


class Cpu(NamedTuple):
    """Processor time in seconds."""

    user: float
    system: float

    def __sub__(self, other: object) -> Cpu:
        if not isinstance(other, Cpu):
            return NotImplemented
        return Cpu(self.user - other.user, self.system - other.system)

    @property
    def total(self) -> float:
        return self.user + self.system


class Stat(NamedTuple):
    """What is used of /proc/PID/stat: the parent, and the ticks of the process and of its children that ended."""

    parent: int
    user: int
    system: int


def parse_stat(text: str) -> Stat:
    """The fields after the command, which may hold spaces and brackets (proc(5))."""
    fields = text.rpartition(")")[2].split()
    return Stat(int(fields[1]), int(fields[11]) + int(fields[13]), int(fields[12]) + int(fields[14]))


def tree(roots: Iterable[int], parents: Mapping[int, int]) -> set[int]:
    """The roots and all that descend from them, given the parent of each process."""
    members = {pid for pid in roots if pid in parents}
    growing = True
    while growing:
        found = {pid for pid, parent in parents.items() if parent in members} - members
        members |= found
        growing = bool(found)
    return members


def _all_stats() -> dict[int, Stat]:
    stats: dict[int, Stat] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stats[int(entry.name)] = parse_stat((entry / "stat").read_text())
            except OSError:  # it ended meanwhile
                continue
    return stats


def cpu_of(roots: Iterable[int]) -> Cpu:
    """Processor time used so far by the trees below these processes, in seconds, to a tick (10 ms)."""
    stats = _all_stats()
    members = tree(roots, {pid: stat.parent for pid, stat in stats.items()})
    return Cpu(
        sum(stats[pid].user for pid in members) / TICKS, sum(stats[pid].system for pid in members) / TICKS
    )


def parse_pss(text: str) -> int:
    """Bytes of /proc/PID/smaps_rollup: what is resident, a page shared by n processes counted as 1/n."""
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError("no Pss line")


def resident(roots: Iterable[int]) -> int:
    """Bytes resident of the trees below these processes."""
    stats = _all_stats()
    members = tree(roots, {pid: stat.parent for pid, stat in stats.items()})
    return sum(parse_pss(Path(f"/proc/{pid}/smaps_rollup").read_text()) for pid in members)


def parse_core_busy(text: str, core: int) -> int:
    """Ticks of /proc/stat in which this core was not idle; stolen ones count as used by others."""
    for line in text.splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _wait, irq, softirq, steal = (int(tick) for tick in ticks[:8])
            return user + nice + system + irq + softirq + steal
    raise ValueError(f"no core {core}")


def core_busy(core: int) -> float:
    """Seconds for which this core has not been idle."""
    return parse_core_busy(Path("/proc/stat").read_text(), core) / TICKS


class Bound(StrEnum):
    """What held a run back."""

    SERVER = "server"
    GENERATOR = "generator"
    AUTHORITY = "authority"
    NEIGHBOURS = "neighbours"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of a core's time in one run: the three parts', and what others used of the two cores."""

    server: float
    generator: float
    authority: float
    others_beside_server: float
    others_beside_load: float
    load_on_one_core: bool = True

    def bound(self) -> Bound:
        """Who was at the end of its core. WAITING: nobody; replies or the pace of the load were waited for."""
        if self.server >= BUSY:
            return Bound.SERVER
        if self.server + self.others_beside_server >= BUSY:
            return Bound.NEIGHBOURS
        if self.load_on_one_core:
            if self.generator + self.authority >= BUSY:
                return Bound.GENERATOR if self.generator >= self.authority else Bound.AUTHORITY
            if self.generator + self.authority + self.others_beside_load >= BUSY:
                return Bound.NEIGHBOURS
        elif max(self.generator, self.authority) >= BUSY:
            return Bound.GENERATOR if self.generator >= self.authority else Bound.AUTHORITY
        return Bound.WAITING
