# SPDX-License-Identifier: ISC
"""Unpredictable numbers from the kernel's generator, read in blocks to save a system call per query.

No seed and no `random` module here, ever: IDs, ports, letter case and cookies rest on this (RFC 5452,
CVE-2025-40780).
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Final

_BLOCK: Final = 4096  # bytes a read; about 500 queries' worth


class Entropy:
    """A buffered source of random bytes and unbiased numbers. A fork starts with an empty buffer."""

    __slots__ = ("__weakref__", "_at", "_block", "_read")

    def __init__(self, read: Callable[[int], bytes] = os.urandom) -> None:
        self._read = read
        self._block = b""
        self._at = 0
        me = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forget(me()))

    def take(self, count: int) -> bytes:
        """Return `count` random bytes; no byte is ever given twice."""
        if count > _BLOCK:
            return self._read(count)
        at = self._at
        if at + count > len(self._block):
            self._block = self._read(_BLOCK)
            at = 0
        self._at = at + count
        return self._block[at : at + count]

    def draw(self, bound: int) -> int:
        """Return an integer, 0 <= n < bound, each equally likely. Raises ValueError below 1."""
        if bound < 1:
            raise ValueError("bound must be at least 1")
        bits = (bound - 1).bit_length()
        size, mask = (bits + 7) >> 3, (1 << bits) - 1
        while (value := int.from_bytes(self.take(size), "big") & mask) >= bound:
            continue  # to fold it in would make small numbers likelier
        return value


def _forget(entropy: Entropy | None) -> None:
    """Two processes must never draw the same bytes."""
    if entropy is not None:
        entropy._block = b""
        entropy._at = 0
