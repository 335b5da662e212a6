# SPDX-License-Identifier: ISC
"""Every peer beside the preset that is named after it: step by step, what each showed. What may differ is `known`.

All peers run at once, each in front of an authority of its own. They are real processes on a machine that may have
other work: a difference that nobody knows is one when it shows every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from tests.interop.presets.asking import runs, theirs
from tests.interop.presets.known import explained
from tests.interop.presets.ours import ours
from tests.interop.presets.peers import Peer
from tests.interop.presets.script import PARTS, Part, Seen, Step


class Row(NamedTuple):
    """One step: what a client of the peer saw, and what one of ours."""

    part: Part
    step: Step
    theirs: Seen
    ours: Seen

    @property
    def key(self) -> str:
        """The step by name, as `known` speaks of it."""
        return f"{self.part.title}: {self.step}"


_ATTEMPTS: Final = 3  # at a peer that goes away in the middle, or is not what the preset and `known` say


def unexplained(program: str, rows: Sequence[Row]) -> list[Row]:
    """Where the two differ and nobody knows why."""
    return [row for row in rows if row.theirs != row.ours and explained(program, row.key) is None]


def compared(
    peers: Iterable[Peer], program: Callable[[str], str], folder: Path, library: Path
) -> dict[str, list[Row]]:
    """All rows, by the peer's program, in the order of the script."""
    jobs = [(peer, parts, program(peer.program)) for peer in peers for parts in runs(peer)]
    told = {
        (peer.program, part, step): seen
        for peer, parts, _ in jobs
        for part in parts
        for step, seen in ours(peer.preset, part, prefetches=peer.prefetches)
    }

    def once(number: int, attempt: int) -> list[Row]:
        peer, parts, path = jobs[number]
        found = theirs(peer, parts, path, folder / f"{peer.program}-{number}-{attempt}", library)
        return [Row(part, step, seen, told[peer.program, part, step]) for part, step, seen in found]

    def run(number: int) -> list[Row]:
        for attempt in range(1, _ATTEMPTS):
            # It did not begin, it ended, or somebody else had its port first.
            with suppress(AssertionError, ConnectionRefusedError, TimeoutError):
                rows = once(number, attempt)
                if not unexplained(jobs[number][0].program, rows):
                    return rows
        return once(number, _ATTEMPTS)

    rows: dict[str, list[Row]] = {}
    with ThreadPoolExecutor(len(jobs)) as pool:
        for (peer, *_), found in zip(jobs, pool.map(run, range(len(jobs))), strict=True):
            rows.setdefault(peer.program, []).extend(found)
    return {name: sorted(found, key=lambda row: PARTS.index(row.part)) for name, found in rows.items()}
