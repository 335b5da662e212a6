# SPDX-License-Identifier: ISC
"""Questions that failed lately, and until when to say so without asking (RFC 9520). No data, good or stale.

failed ──► record: 1, 2, 4 … s          answered ──► succeeded: forgotten
stale refresh failed ──► set_recheck    its zone answers again ──► zone_answered: both cleared at once
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from resolver.cache.budget import BYTES, LRU_ITEM, NUMBER, OBJECT
from resolver.cache.by_zone import ByZone
from resolver.cache.flushes import Flush
from resolver.policy.failure import retry_after
from resolver.policy.rules import FAILURE_MOST_S
from resolver.policy.terms import Policy

# An item with its key, its value and its place in the index of zones.
_ITEM: Final = LRU_ITEM + 4 * OBJECT + 3 * BYTES + 3 * NUMBER + 300


@dataclass(frozen=True, slots=True)
class Failure:
    """One question's failure: to be told until `until`; `count` times in a row so far.

    `unreachable`: no server of `zone` (folded) answered at all. `ede` and `text` are the Extended DNS Error (RFC 8914).
    """

    until: float
    count: int
    structural: bool
    unreachable: bool
    ede: int
    text: str
    zone: bytes


@dataclass(frozen=True, slots=True)
class Recheck:
    """Until when a stale answer is given without another refresh; `zone` is the one that would not answer."""

    until: float
    zone: bytes


class FailureCache:
    """Failures by (name, type, CD) and stale recheck timers by (name, type), bounded in bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._failures: ByZone[tuple[bytes, int, bool], Failure] = ByZone(max_bytes * 3 // 4)
        self._rechecks: ByZone[tuple[bytes, int], Recheck] = ByZone(max_bytes // 4)

    def __len__(self) -> int:
        return len(self._failures)

    @property
    def size_bytes(self) -> int:
        """What is held weighs this much."""
        return self._failures.size_bytes + self._rechecks.size_bytes

    def get(self, key: bytes, rtype: int, cd: bool, now: float) -> Failure | None:
        """The failure to answer with, or None: none known, or its time is over."""
        failure = self._failures.get((key, rtype, cd))
        return failure if failure is not None and _holds(failure, now) else None

    def record(
        self,
        key: bytes,
        rtype: int,
        cd: bool,
        now: float,
        *,
        structural: bool,
        unreachable: bool,
        ede: int,
        text: str,
        zone: bytes,
        policy: Policy,
    ) -> Failure:
        """Remember that the question failed at `now`; the value says until when.

        The count outlives the period, so that failing again doubles it, and is forgotten when the question was not
        asked (or not failing) for twice the longest period after that. A failure inside a period does not lengthen it.
        """
        previous = self._failures.get((key, rtype, cd))
        count = 1
        if previous is not None and now < previous.until + 2 * policy.failure.max:
            count = previous.count if _holds(previous, now) else previous.count + 1
        until = now + retry_after(count, structural, policy, owner=key, rtype=rtype)
        if previous is not None and _holds(previous, now):
            until = previous.until
        failure = Failure(until, count, structural, unreachable, ede, text, zone)
        waits_for = zone if unreachable else None
        self._failures.put((key, rtype, cd), failure, waits_for, _weight(key, zone, text))
        return failure

    def succeeded(self, key: bytes, rtype: int, cd: bool) -> None:
        """The question was answered: its failures, its count and its recheck timer are history."""
        self._failures.remove((key, rtype, cd))
        self._rechecks.remove((key, rtype))

    def recheck_until(self, key: bytes, rtype: int) -> float:
        """Until when stale data for the question is served without a refresh; 0 when no timer runs."""
        recheck = self._rechecks.get((key, rtype))
        return 0.0 if recheck is None else recheck.until

    def set_recheck(self, key: bytes, rtype: int, zone: bytes, until: float) -> None:
        """A refresh failed, standing at `zone`: leave it until then (RFC 8767 section 5, failure recheck timer)."""
        self._rechecks.put((key, rtype), Recheck(until, zone), zone, _weight(key, zone, ""))

    def zone_answered(self, zone: bytes) -> None:
        """A server of `zone` answered: whatever waits for that zone need not wait. Cheap when nothing does."""
        self._rechecks.remove_zone(zone)
        self._failures.remove_zone(zone)

    def flush(self, name: bytes | None = None, *, subtree: bool = False, dry_run: bool = False) -> int:
        """Forget failures and timers and return how many: all, those of a name, or of its subtree."""
        return self.sweep(Flush(None if name is None else name.lower(), subtree=subtree), dry_run=dry_run)

    def sweep(self, flush: Flush, *, dry_run: bool = False) -> int:
        """Forget the failures and timers of the names and types that a flush covers, or only count them; how many."""
        wanted = replace(flush, negative=False, stale=False, server=None, stored_before=None)
        failures = [key for key in self._failures if wanted.covers(key[0], key[1], negative=True)]
        rechecks = [key for key in self._rechecks if wanted.covers(*key, negative=True)]
        if not dry_run:
            for failure_key in failures:
                self._failures.remove(failure_key)
            for recheck_key in rechecks:
                self._rechecks.remove(recheck_key)
        return len(failures) + len(rechecks)


def _holds(failure: Failure, now: float) -> bool:
    """Whether the failure is to be told at `now`; a clock that was set back must not make it last for hours."""
    return now < failure.until <= now + FAILURE_MOST_S


def _weight(key: bytes, zone: bytes, text: str) -> int:
    return _ITEM + len(key) + len(zone) + 4 * len(text)
