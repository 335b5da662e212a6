# SPDX-License-Identifier: ISC
"""What it costs that caches do not share: one trace, its clients spread over n caches, each with all to learn anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

from resolver.lab.traces.rows import Columns, Row, Trace


class Fragmented:
    """A trace whose names are apart by cache: replayed through one cache without a limit, it is as through `caches`.

    A client's questions always go to the same cache, its number modulo `caches`. Rows stay as they are.
    """

    def __init__(self, trace: Trace, caches: int) -> None:
        self.about = f"{trace.about}, over {caches} caches"
        self.names: Sequence[bytes] = _Apart(trace.names, caches)
        self.made_from = trace
        self._caches = caches

    def client(self, number: int) -> str:
        """Return the client of that number."""
        return self.made_from.client(number)

    def blocks(self) -> Iterator[Columns]:
        """Yield the blocks of the trace; a name has another number at each cache."""
        for block in self.made_from.blocks():
            yield replace(block, name=block.name * self._caches + block.client % self._caches)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the trace."""
        return self.made_from.rows()


class _Apart(Sequence[bytes]):
    """Each name as often as there are caches."""

    def __init__(self, names: Sequence[bytes], caches: int) -> None:
        self._names = names
        self._caches = caches

    def __len__(self) -> int:
        return len(self._names) * self._caches

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        return self._names[number // self._caches]
