# SPDX-License-Identifier: ISC
"""What was flushed lately, so that an answer asked for before a flush is not stored after it. Holds no entry."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from resolver.cache.entry import NXDOMAIN_TYPE
from resolver.wire import names

# Fetches last seconds: this many flushes are told apart; anything asked for before the oldest of them is not stored.
_REMEMBERED: Final = 64


@dataclass(frozen=True, slots=True)
class Flush:
    """What one flush covers. Each field narrows it; with none set it is everything.

    `name` is a folded name and with `subtree` all below it; `glob` a pattern of names in text (`*` any characters, `?`
    one, dots included); `rtype` one type; `negative` spares positive answers; `server` is the address an answer came
    from; `stored_before` an instant of `now`; `stale` spares what is fresh, which whoever flushes has to look at.
    """

    name: bytes | None = None
    rtype: int | None = None
    subtree: bool = False
    negative: bool = False
    glob: str | None = None
    server: str | None = None
    stored_before: float | None = None
    stale: bool = False

    @property
    def is_by_name_alone(self) -> bool:
        """Whether all that is known of the names goes, not answers of some kind alone."""
        return not (self.negative or self.stale) and self.rtype is None and self.server is None

    def covers(
        self, key: bytes, rtype: int, negative: bool, server: str = "", stored_at: float = 0.0
    ) -> bool:
        """Whether an entry of this name and type, from this server and this old, would have been flushed.

        An NXDOMAIN denies every type of its name and every name below it (RFC 8020 section 2), so whatever names one
        of those covers it too: after `flush new.example.` nothing may still say that it does not exist.
        """
        if self.negative and not negative:
            return False
        if self.server is not None and server != self.server:
            return False
        if self.stored_before is not None and stored_at >= self.stored_before:
            return False
        denies_all = rtype == NXDOMAIN_TYPE
        if self.rtype is not None and rtype != self.rtype and not denies_all:
            return False
        return self.covers_name(key) or (
            denies_all and self.name is not None and self.glob is None and names.is_below(self.name, key)
        )

    def covers_name(self, key: bytes) -> bool:
        """Whether the name is one of those meant."""
        wanted = self.name
        if wanted is None or key == wanted or (self.subtree and names.is_below(key, wanted)):
            return self.glob is None or matches(key, self.glob)
        return False


def matches(key: bytes, glob: str) -> bool:
    """Whether a folded name looks like the pattern; the last dot of either does not matter."""
    return fnmatchcase(names.to_text(key).rstrip("."), glob.lower().rstrip("."))


class FlushLog:
    """Numbers the flushes. A fetch carries `epoch` as it was when it began; storing asks `fenced`."""

    __slots__ = ("_last", "epoch")

    def __init__(self) -> None:
        self.epoch = 0
        self._last: deque[Flush] = deque(maxlen=_REMEMBERED)

    def note(self, flush: Flush) -> None:
        """A flush happened: the epoch moves on. One of stale data fences nothing, for what comes in is fresh."""
        if not flush.stale:
            self.epoch += 1
            self._last.append(flush)

    def fenced(
        self,
        epoch: int | None,
        key: bytes,
        rtype: int,
        negative: bool,
        server: str = "",
        stored_at: float = 0.0,
    ) -> bool:
        """Whether a flush since `epoch` covers this; None stands for the present."""
        if epoch is None or epoch >= self.epoch:
            return False
        missed = self.epoch - epoch
        if missed > len(self._last):
            return True
        recent = (self._last[-back] for back in range(1, missed + 1))
        return any(flush.covers(key, rtype, negative, server, stored_at) for flush in recent)
