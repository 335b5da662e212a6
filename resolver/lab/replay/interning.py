# SPDX-License-Identifier: ISC
"""Dense numbers for keys of 63 bits, in the order of their first appearance: a hash table over arrays."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay.machine import kernel

_EMPTY: Final = -1
_GOLDEN: Final = 0x9E3779B97F4A7C15 - (1 << 64)


class Interner:
    """Numbers keys from 0; the same key always gets the same number. `keys[:len]` are the keys by number."""

    def __init__(self) -> None:
        self._slots = np.full(1 << 12, _EMPTY, np.int32)
        self._keys = np.zeros(1 << 11, np.int64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def keys(self) -> NDArray[np.int64]:
        """The keys, by number."""
        return self._keys[: self._length]

    def numbers(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        """The number of each key, all of which are 0 or more."""
        found = np.empty(len(keys), np.int32)
        row = 0
        while True:
            row, self._length = _number(keys, row, self._slots, self._keys, self._length, found)
            if row == len(keys):
                return found
            self._grow()

    def _grow(self) -> None:
        known = self.keys
        self._slots = np.full(len(self._slots) * 4, _EMPTY, np.int32)
        self._keys = np.zeros(len(self._slots) // 2, np.int64)
        self._keys[: len(known)] = known
        _place(known, self._slots)


@kernel
def _slot(key: int, slots: NDArray[np.int32], keys: NDArray[np.int64]) -> int:
    """Where the key is, or where it belongs. Fibonacci hashing, then linear probing."""
    mask = len(slots) - 1
    mixed = key * _GOLDEN
    slot = int((mixed ^ (mixed >> 32)) & mask)
    while slots[slot] >= 0 and keys[slots[slot]] != key:
        slot = (slot + 1) & mask
    return slot


@kernel
def _number(
    wanted: NDArray[np.int64],
    row: int,
    slots: NDArray[np.int32],
    keys: NDArray[np.int64],
    length: int,
    found: NDArray[np.int32],
) -> tuple[int, int]:
    """Number `wanted` from `row` on; the row where the table was full, or the end, and how many keys there are."""
    while row < len(wanted):
        slot = _slot(wanted[row], slots, keys)
        if slots[slot] < 0:
            if length == len(keys):
                break
            slots[slot] = length
            keys[length] = wanted[row]
            length += 1
        found[row] = slots[slot]
        row += 1
    return row, length


@kernel
def _place(known: NDArray[np.int64], slots: NDArray[np.int32]) -> None:
    for number in range(len(known)):
        slots[_slot(known[number], slots, known)] = number
