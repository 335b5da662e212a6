# SPDX-License-Identifier: ISC
"""QNAME minimisation: how much of a name the next query reveals (RFC 9156 section 2.3). Pure."""

from __future__ import annotations

from typing import Literal

from resolver.engine.budget import Work
from resolver.wire import Rtype, names

Mode = Literal["relaxed", "strict", "off"]


class Minimiser:
    """The steps from a zone cut towards one full name.

    Holds what has been revealed so far, in labels; `relax` gives up hiding for good (a broken server was met).
    """

    __slots__ = ("_full", "_labels", "_mode", "_name", "_rtype", "_steps", "_total", "_work")

    def __init__(self, name: bytes, rtype: int, mode: Mode, work: Work) -> None:
        self._name = name
        self._rtype = rtype
        self._mode = mode
        self._work = work
        self._labels = names.labels(name)
        self._total = len(self._labels)
        self._steps = 0
        self._full = mode == "off" or self._total <= 1

    @property
    def strict(self) -> bool:
        """Whether a broken answer to a minimised query is believed instead of worked around."""
        return self._mode == "strict"

    def relax(self) -> None:
        """Reveal the whole name from now on."""
        self._full = True

    def next_query(self, revealed: int) -> tuple[bytes, int]:
        """Return the name and type to ask when `revealed` labels are known to exist.

        The type of a minimised query is A (RFC 9156 section 2.1). A full name comes with its own type.
        """
        count = self._total if self._full else self._count_after(revealed)
        if count >= self._total:
            return self._name, self._rtype
        self._steps += 1
        return names.suffix(self._name, count), Rtype.A

    def _count_after(self, revealed: int) -> int:
        """RFC 9156 section 2.3: one label at a time first, then the rest in equal strides, ten queries in all."""
        limits = self._work.limits
        left = self._total - revealed
        if left <= 1:
            return self._total
        if self._steps >= limits.minimise_steps:
            self._work.reach("limits.minimise_steps")
            return self._total
        stride = 1
        if self._steps >= limits.minimise_one_label:
            self._work.reach("limits.minimise_one_label")
            stride = -(-left // (limits.minimise_steps - self._steps))
        count = revealed + stride
        # Labels such as _tcp are no zone cuts of their own; asking for them alone meets broken servers.
        while count < self._total and self._labels[self._total - count].startswith(b"_"):
            count += 1
        return count
