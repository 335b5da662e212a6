# SPDX-License-Identifier: ISC
"""The cache over a restart (`cache.persist`): written whole or not at all, read back in the background.

    save:     entries, slice by slice ─► PATH.new ─► fsync ─► rename to PATH
    restore:  own file first, then those of other workers ─► entry by entry, slice by slice, while there is room

A file that is foreign or cut short is reported and the cache starts cold; a line that is bad costs its entry alone.
Scheduling is the caller's: every slice ends in `turn`, and what blocks goes through `aside`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from resolver.cache import RecordCache
from resolver.errors import ResolverError
from resolver.persistence.admission import Admitted, admit
from resolver.persistence.form import BadForm, EntryForm, entry_of, form_of
from resolver.persistence.lines import (
    LINE_MAX,
    Ending,
    ForeignFile,
    elapsed,
    ending_line,
    entry_line,
    header_line,
    read_entry,
    read_header,
)
from resolver.policy import Freshness, Policy, freshness

SLICE: Final = 64  # entries between two turns: a few milliseconds' work
_WORKERS_MAX: Final = 256

Turn = Callable[[], Awaitable[None]]
Aside = Callable[[Callable[[], None]], Awaitable[None]]
Clocks = Callable[[], tuple[float, float]]  # `now` of lifetimes, and UNIX time, of the same moment
Say = Callable[[str, dict[str, object]], None]  # a line for the log, and its fields


class PersistError(ResolverError):
    """A cache file that cannot be written or read; one line with the remedy."""


class CacheFile:
    """The file of one process: worker `worker` of several, or 0 for a process that is alone."""

    def __init__(self, path: str, worker: int) -> None:
        self._base = Path(path)
        self.path = self._base if not worker else Path(f"{path}.{worker}")

    def others(self) -> list[Path]:
        """The files of other workers, of this run or of one with another number of them."""
        numbered = re.compile(re.escape(self._base.name) + r"\.(\d{1,3})")
        try:
            near = sorted(self._base.parent.iterdir())
        except OSError:
            return []
        found = [path for path in near if path.name == self._base.name or numbered.fullmatch(path.name)]
        return [path for path in found if path != self.path][:_WORKERS_MAX]


class Persistence:
    """Restores once, then saves every so often and at the end. Errors are said, never raised: they cost no answer.

    `budget` is how many bytes the records may weigh until reading ends, `policy` gives the one in force, by which all
    that is read is judged; `sleep` waits for so many seconds.
    """

    def __init__(
        self,
        file: CacheFile,
        records: RecordCache,
        budget: int,
        policy: Callable[[], Policy],
        clocks: Clocks,
        sleep: Callable[[float], Awaitable[None]],
        aside: Aside,
        say: Say,
        complain: Callable[[str], None],
    ) -> None:
        self._file = file
        self._records = records
        self._budget = budget
        self._policy = policy
        self._clocks = clocks
        self._sleep = sleep
        self._aside = aside
        self._say = say
        self._complain = complain
        self._has_restored = False

    async def run(self, every_s: float) -> None:
        """Restore, then save every `every_s` seconds; 0 leaves it at that."""
        for path in (self._file.path, *self._file.others()):
            try:
                counts = await restore(
                    path, self._records, self._budget, self._policy, self._clocks, self._turn
                )
            except PersistError as error:
                self._complain(str(error))
                continue
            if counts is not None:
                self._say("cache read", {"file": str(path), **counts})
        self._has_restored = True
        while every_s > 0:
            await self._sleep(every_s)
            await self.save()

    async def save(self) -> None:
        """Write the file. A cache that has not read its own file yet must not take that file's place."""
        if not self._has_restored:
            self._say("cache not written: it was still being read", {"file": str(self._file.path)})
            return
        try:
            entries = await save(self._file, self._records, self._clocks, self._turn, self._aside)
        except PersistError as error:
            self._complain(str(error))
        else:
            self._say("cache written", {"file": str(self._file.path), "entries": entries})

    async def _turn(self) -> None:
        await self._sleep(0)


async def save(file: CacheFile, records: RecordCache, clocks: Clocks, turn: Turn, aside: Aside) -> int:
    """Write what is not dead, replacing the file in one step at the end; how many entries. Raises PersistError."""
    fresh = file.path.with_name(file.path.name + ".new")
    try:
        fresh.unlink(missing_ok=True)  # of a process that was killed while writing
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            now, wall = clocks()
            stream.write(header_line(wall))
            entries = 0
            for start in range(0, records.slots, SLICE):
                entries += _write(stream, records, start, now)
                await turn()
            stream.write(ending_line(entries))
            stream.flush()
            await aside(lambda: os.fsync(stream.fileno()))
        await aside(lambda: _move(fresh, file.path))
    except OSError as error:
        raise PersistError(
            f"cache.persist = {str(file.path)!r}: cannot be written: {error.strerror or error}"
            " - make its directory writable, or set another path"
        ) from None
    return entries


def _write(stream: BinaryIO, records: RecordCache, start: int, now: float) -> int:
    entries = 0
    for held in records.walk(start, start + SLICE):
        if freshness(held.lifetime, now) is Freshness.DEAD:
            continue
        entry = records.peek(held.key, held.rtype)
        if entry is not None:
            stream.write(entry_line(form_of(entry, now)))
            entries += 1
    return entries


def _move(fresh: Path, path: Path) -> None:
    """The new file takes the place of the old one, also after a crash of the machine."""
    os.replace(fresh, path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


async def restore(
    path: Path,
    records: RecordCache,
    budget: int,
    policy: Callable[[], Policy],
    clocks: Clocks,
    turn: Turn,
) -> dict[str, int] | None:
    """Read one file into the cache until that weighs `budget` bytes; what became of its entries, by `Admitted`.

    Bad lines count as `bad`. None when there is no such file. Raises PersistError when it is not a whole file of ours.
    """
    try:
        with path.open("rb") as stream:
            return await _restore(stream, records, budget, policy, clocks, turn)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or str(error)
    except ForeignFile as error:
        reason = str(error)
    raise PersistError(
        f"cache.persist = {str(path)!r}: {reason} - remove the file, or set another path; the cache starts cold"
    )


async def _restore(
    stream: BinaryIO,
    records: RecordCache,
    budget: int,
    policy: Callable[[], Policy],
    clocks: Clocks,
    turn: Turn,
) -> dict[str, int]:
    header = read_header(stream.readline(LINE_MAX))
    elapsed(header.wall, clocks()[1])
    _need_ending(stream)
    counts = {**dict.fromkeys(map(str, Admitted), 0), "bad": 0}
    for number, found in enumerate(_lines(stream), 1):
        if isinstance(found, Ending) or records.size_bytes >= budget:
            break
        now, wall = clocks()
        try:
            if isinstance(found, BadForm):
                raise found
            entry = entry_of(found, now, elapsed(header.wall, wall))
            counts[admit(records, entry, policy(), now, wall)] += 1
        except BadForm:
            counts["bad"] += 1
        if number % SLICE == 0:
            await turn()
    return counts


def _lines(stream: BinaryIO) -> Iterator[EntryForm | Ending | BadForm]:
    while line := stream.readline(LINE_MAX):
        try:
            yield read_entry(line)
        except BadForm as error:
            yield error


def _need_ending(stream: BinaryIO) -> None:
    """The last line must be the end. Raises ForeignFile for a file that is cut short."""
    here = stream.tell()
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(here, size - 64))
    last = stream.read().rstrip(b"\n").rpartition(b"\n")[2]
    try:
        ending = read_entry(last)
    except BadForm:
        ending = None
    if not isinstance(ending, Ending):
        raise ForeignFile("it is cut short")
    stream.seek(here)
