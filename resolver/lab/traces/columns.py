# SPDX-License-Identifier: ISC
"""Between rows and columns: numbers for names and clients, blocks of rows as arrays, and back.

No format is read here and nothing is generated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, Generic, TypeVar

import numpy as np

from resolver.lab.traces.rows import UNKNOWN, Columns, Row

BLOCK: Final = 1 << 16  # rows of a file in one block
_UINT16_MAX: Final = 0xFFFF
_INT32_MAX: Final = 2**31 - 1
_HASH_MAX: Final = 2**63 - 1

Key = TypeVar("Key", str, bytes)


class Numbering(Generic[Key]):
    """Gives each new key the next number, from 0; `keys` are in order of number."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self._numbers: dict[Key, int] = {}

    def number(self, key: Key) -> int:
        """Return the number of `key`, a new one if it was never seen."""
        number = self._numbers.setdefault(key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(key)
        return number


def blocks_of(
    rows: Iterable[Row], names: Numbering[bytes], clients: Numbering[str], size: int = BLOCK
) -> Iterator[Columns]:
    """Yield `rows` in blocks of `size`, with their times as they are."""
    rows = iter(rows)
    while some := list(islice(rows, size)):
        yield _block(some, names, clients)


def in_order(blocks: Iterable[Columns], found: Callable[[int], None] = lambda _: None) -> Iterator[Columns]:
    """Yield `blocks` with times that never decrease: a row that is earlier than one before it takes that one's time.

    `found` is told the number of such rows in a block, if there are any.
    """
    latest = -math.inf
    for block in blocks:
        time = np.maximum.accumulate(np.maximum(block.time, latest))
        if late := int(np.count_nonzero(time != block.time)):
            found(late)
        latest = float(time[-1])
        yield replace(block, time=time)


def rows_of(block: Columns, names: Sequence[bytes], client: Callable[[int], str]) -> Iterator[Row]:
    """Yield the rows of `block`; what is UNKNOWN in it is None in them, and an unknown client is ""."""
    fields = (
        block.time.tolist(),
        block.client.tolist(),
        block.name.tolist(),
        block.rtype.tolist(),
        block.ttl.tolist(),
        block.rcode.tolist(),
        block.rdata_hash.tolist(),
        block.upstream_ms.tolist(),
    )
    for time, who, name, rtype, ttl, rcode, rdata_hash, ms in zip(*fields, strict=True):
        yield Row(
            time,
            client(who) if who >= 0 else "",
            names[name],
            rtype,
            None if ttl == UNKNOWN else ttl,
            None if rcode == UNKNOWN else rcode,
            None if rdata_hash == UNKNOWN else rdata_hash,
            None if ms != ms else ms,  # NaN alone differs from itself
        )


def _block(rows: Sequence[Row], names: Numbering[bytes], clients: Numbering[str]) -> Columns:
    time, client, name, rtype, ttl, rcode, rdata_hash, ms = zip(*rows, strict=True)
    return Columns(
        np.array(time, np.float64),
        np.array([clients.number(who) if who else UNKNOWN for who in client], np.int32),
        np.array([names.number(each) for each in name], np.int32),
        np.array([min(each, _UINT16_MAX) for each in rtype], np.uint16),
        np.array([UNKNOWN if each is None else min(each, _INT32_MAX) for each in ttl], np.int32),
        np.array([UNKNOWN if each is None else each for each in rcode], np.int16),
        np.array([UNKNOWN if each is None else min(each, _HASH_MAX) for each in rdata_hash], np.int64),
        np.array([math.nan if each is None else each for each in ms], np.float32),
    )
