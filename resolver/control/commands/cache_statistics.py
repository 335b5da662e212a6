# SPDX-License-Identifier: ISC
"""What the caches hold, in numbers: entries and bytes of each, ages, and how TTLs are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, inf, log10
from typing import ClassVar, Final

from resolver.cache.budget import shares
from resolver.control.commands.command import Command, Inside, View, added_up
from resolver.control.commands.turns import everything
from resolver.policy import Freshness, freshness

# The parts of all entries that have at most the TTL shown.
QUANTILES: Final = {"least": 0.0, "tenth": 0.1, "half": 0.5, "nine_tenths": 0.9, "most": 1.0}
_NO_SUMS: Final = ("age_seconds", "ttl_seconds")
_SPREADS: Final = ("published", "kept", "left")


class CacheStatistics(Command, frozen=True, tag="cache_statistics"):
    """Entries, bytes and budget of each cache; of records also kind, state, age and the spread of TTLs."""

    path: ClassVar[str] = "cache/stats"
    beside: ClassVar[bool] = True

    async def run(self, inside: Inside) -> View:
        """Count, slice by slice."""
        return self.combine([(0, await self._counted(inside))])

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Add up; ages are the extremes of all, and quantiles those of all entries together."""
        views = [view for _, view in answers]
        if not views:
            return {}
        sums = [{key: view[key] for key in view if key not in _NO_SUMS} for view in views]
        whole = added_up(sums)
        spreads = whole["spreads"]
        whole["ttl_seconds"] = {which: quantiles(spreads[which]) for which in _SPREADS}
        ages = [view["age_seconds"] for view in views if view["age_seconds"]["oldest"] is not None]
        whole["age_seconds"] = {
            "oldest": max((age["oldest"] for age in ages), default=None),
            "newest": min((age["newest"] for age in ages), default=None),
        }
        return whole

    async def _counted(self, inside: Inside) -> View:
        now, caches = inside.world.now(), inside.caches
        records = caches.records
        states = {"fresh": 0, "stale": 0, "dead": 0}
        spreads: dict[str, dict[str, int]] = {which: {} for which in _SPREADS}
        oldest, newest = -inf, inf
        async for held in everything(inside.world, records):
            lifetime = held.lifetime
            state = freshness(lifetime, now)
            states[state.value] += 1
            age = now - lifetime.stored_at
            oldest, newest = max(oldest, age), min(newest, age)
            ttls = {"published": float(held.published_ttl), "kept": lifetime.kept_ttl}
            if state is Freshness.FRESH:
                ttls["left"] = lifetime.fresh_until - now
            for which, ttl in ttls.items():
                step = str(rounded(ttl))
                spreads[which][step] = spreads[which].get(step, 0) + 1
        known = oldest > -inf
        others = ("delegations", "failures", "servers")
        held_by = {name: getattr(caches, name) for name in others} | {"images": inside.images}
        budget = shares(caches.size)
        return {
            "records": {
                "entries": len(records),
                "bytes": records.size_bytes,
                "budget": budget.records,
                **{kind.value: count for kind, count in records.counts().items()},
                **states,
            },
            **{
                name: {"entries": len(cache), "bytes": cache.size_bytes, "budget": getattr(budget, name)}
                for name, cache in held_by.items()
            },
            "spreads": spreads,
            "age_seconds": {
                "oldest": round(oldest, 3) if known else None,
                "newest": round(newest, 3) if known else None,
            },
        }


def rounded(seconds: float) -> float:
    """To three significant digits, for a spread that is exact enough to read and small enough to add up."""
    if seconds < 1:
        return 0
    return round(seconds, 2 - floor(log10(seconds)))


def quantiles(spread: Mapping[str, int]) -> View:
    """The quantiles of a spread, which maps values to how often they occur; None in all when it is empty."""
    total = sum(spread.values())
    if not total:
        return dict.fromkeys(QUANTILES)
    values = sorted((float(value), count) for value, count in spread.items())
    found: View = {}
    for name, part in QUANTILES.items():
        seen = 0
        for value, count in values:
            seen += count
            if seen >= max(1.0, part * total):
                found[name] = value
                break
    return found
