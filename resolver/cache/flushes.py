# SPDX-License-Identifier: ISC
"""What was flushed lately, so that an answer asked for before a flush is not stored after it. Holds no entry."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from resolver.cache.entry import NXDOMAIN_TYPE
from resolver.wire import names

# Fetches last seconds: this many flushes are told apart; anything asked for before the oldest of them is not stored.
_REMEMBERED: Final = 64


@dataclass(frozen=True, slots=True)
class Flush:
    """What one flush covers: all (`name` None), a name or its subtree, one type of it or all, negatives only or all."""

    name: bytes | None = None
    rtype: int | None = None
    subtree: bool = False
    negative: bool = False

    def covers(self, key: bytes, rtype: int, negative: bool) -> bool:
        """Whether an entry of this name and type would have been flushed.

        An NXDOMAIN denies every type of its name and every name below it (RFC 8020 section 2), so whatever names one
        of those covers it too: after `flush new.example.` nothing may still say that it does not exist.
        """
        if self.negative and not negative:
            return False
        denies_all = rtype == NXDOMAIN_TYPE
        if self.rtype is not None and rtype != self.rtype and not denies_all:
            return False
        if self.name is None or key == self.name:
            return True
        if self.subtree and names.is_below(key, self.name):
            return True
        return denies_all and names.is_below(self.name, key)


class FlushLog:
    """Numbers the flushes. A fetch carries `epoch` as it was when it began; storing asks `fenced`."""

    __slots__ = ("_last", "epoch")

    def __init__(self) -> None:
        self.epoch = 0
        self._last: deque[Flush] = deque(maxlen=_REMEMBERED)

    def note(self, flush: Flush) -> None:
        """A flush happened: the epoch moves on."""
        self.epoch += 1
        self._last.append(flush)

    def fenced(self, epoch: int | None, key: bytes, rtype: int, negative: bool) -> bool:
        """Whether a flush since `epoch` covers this; None stands for the present."""
        if epoch is None or epoch >= self.epoch:
            return False
        missed = self.epoch - epoch
        if missed > len(self._last):
            return True
        recent = (self._last[-back] for back in range(1, missed + 1))
        return any(flush.covers(key, rtype, negative) for flush in recent)
