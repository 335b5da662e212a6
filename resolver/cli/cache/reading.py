# SPDX-License-Identifier: ISC
"""Files that hold a cache, read line by line: our JSON lines, BIND's dump, Unbound's dump, or plain zone text.

    first line {…} ─► JSON lines        START_RRSET_CACHE ─► sections of Unbound        else ─► zone text

Zone text says little: the rank is what its comments say, never more, and no entry is served stale beyond it. A line
that cannot be read is told by its number and costs nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Final, NamedTuple

from resolver.cli.cache.zone_text import ZoneText
from resolver.errors import ResolverError
from resolver.persistence.form import BadForm, EntryForm
from resolver.persistence.lines import LINE_MAX, Ending, read_entry, read_header


class Bad(NamedTuple):
    """A line that is no entry, and why."""

    line: int
    why: str


_NO_DATE: Final = "$DATE must be fourteen digits"


class Reading:
    """One file. `wall` is the UNIX time that its ages count from, known before its first entry is."""

    def __init__(self, stream: BinaryIO, wall: float) -> None:
        """`wall` is the present: the time of a file that does not say its own."""
        self.wall = wall
        self._stream = stream

    def entries(self) -> Iterator[EntryForm | Bad]:
        """Yield what the lines say, in their order."""
        first = self._stream.readline(LINE_MAX)
        if first.startswith(b"{"):
            yield from self._json_lines(first)
        else:
            yield from self._zone_text(first)

    def _json_lines(self, first: bytes) -> Iterator[EntryForm | Bad]:
        try:
            self.wall = read_header(first).wall
        except ResolverError as error:
            yield Bad(1, str(error))
            return
        entries, has_ended = 0, False
        for number, line in self._lines(2):
            try:
                read = read_entry(line)
            except BadForm as error:
                yield Bad(number, str(error))
                continue
            if isinstance(read, Ending):
                has_ended = True
                continue
            entries += 1
            yield _at(read, number)
        if not has_ended:
            yield Bad(entries + 2, "the file is cut short: its last line is missing")

    def _zone_text(self, first: bytes) -> Iterator[EntryForm | Bad]:
        text = ZoneText()
        for number, line in ((1, first), *self._lines(2)) if first else ():
            try:
                decoded = line.decode().rstrip("\n")
                if decoded.startswith("$DATE"):
                    self.wall = _date(decoded)
                    continue
                yield from text.feed(decoded, number)
            except BadForm as error:
                yield Bad(number, str(error))
            except UnicodeDecodeError:
                yield Bad(number, "not text")
        yield from text.end()

    def _lines(self, number: int) -> Iterator[tuple[int, bytes]]:
        while line := self._stream.readline(LINE_MAX):
            if line.strip():
                yield number, line
            number += 1


def _at(form: EntryForm, line: int) -> EntryForm:
    from msgspec.structs import replace

    return replace(form, line=line)


def _date(line: str) -> float:
    """The instant of a `$DATE` directive, which is in UTC."""
    digits = line.removeprefix("$DATE").split()[:1]
    try:
        return datetime.strptime(digits[0], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except (IndexError, ValueError):
        raise BadForm(_NO_DATE) from None
