# SPDX-License-Identifier: ISC
"""The entries that lead by one measure, and the cache summed up by zone and label."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, Self

from resolver.cache.held import Held
from resolver.control.commands.command import Command, Inside, View
from resolver.control.commands.turns import everything
from resolver.control.parameters import BadRequest, Parameters, given_name, read_count
from resolver.control.views import held_view
from resolver.policy import Freshness, freshness
from resolver.wire import ROOT, names, to_text

# What entries are ordered by, largest first. A miss is counted where it ends: when an answer is stored.
_MEASURES: Final[dict[str, Callable[[Held], float]]] = {
    "hits": lambda held: held.tally.hits,
    "bytes": lambda held: held.size,
    "ttl": lambda held: held.lifetime.kept_ttl,
    "misses": lambda held: 1 + held.tally.refreshes,
}
_MOST: Final = 1000
_BRANCHES_MOST: Final = 10_000  # names of one tree: what is below is summed up in the ones above
_LABELS_MOST: Final = 127


class CacheTop(Command, frozen=True, tag="cache_top"):
    """The `limit` entries with most hits, bytes, TTL or misses; dead ones are not counted."""

    path: ClassVar[str] = "cache/top"
    keys: ClassVar[tuple[str, ...]] = ("by", "limit")
    shows_names: ClassVar[bool] = True
    beside: ClassVar[bool] = True

    by: str = "hits"
    limit: int = 20

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read the measure. Raises BadRequest when it is none."""
        by = given.get("by", "hits")
        if by not in _MEASURES:
            raise BadRequest(f"no such measure; by is one of {', '.join(_MEASURES)}")
        return cls(by, read_count(given, "limit", 20, _MOST))

    async def run(self, inside: Inside) -> View:
        """Look at all."""
        now, measure = inside.world.now(), _MEASURES[self.by]
        inside.images.settle(now)
        best: list[tuple[float, int, Held]] = []
        number = 0
        async for held in everything(inside.world, inside.caches.records):
            number += 1
            if freshness(held.lifetime, now) is Freshness.DEAD:
                continue
            ranked = (measure(held), -number, held)  # no two are alike: what is held need not compare
            if len(best) < self.limit:
                heapq.heappush(best, ranked)
            elif best and ranked[:2] > best[0][:2]:
                heapq.heapreplace(best, ranked)
        best.sort(key=lambda each: each[:2], reverse=True)
        return {
            "by": self.by,
            "entries": [{"value": value, **held_view(held, now)} for value, _, held in best],
        }

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Return the leaders of all workers, each entry with the worker that holds it."""
        entries = [{**entry, "worker": worker} for worker, view in answers for entry in view["entries"]]
        entries.sort(key=lambda entry: entry["value"], reverse=True)
        return {"by": self.by, "entries": entries[: self.limit]}


class CacheTree(Command, frozen=True, tag="cache_tree"):
    """The names at and below `name` down to `depth` labels, each with the sums of all that is at and below it."""

    path: ClassVar[str] = "cache/tree"
    keys: ClassVar[tuple[str, ...]] = ("name", "depth")
    shows_names: ClassVar[bool] = True
    beside: ClassVar[bool] = True

    name: bytes | None = None
    depth: int = 2

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read where the tree begins and how deep it is."""
        return cls(given_name(given), read_count(given, "depth", 2, _LABELS_MOST))

    async def run(self, inside: Inside) -> View:
        """Sum up."""
        now, top = inside.world.now(), (self.name or ROOT).lower()
        inside.images.settle(now)
        base = names.count_labels(top)
        sums: dict[bytes, dict[str, Any]] = {top: _no_sums()}
        truncated = False
        async for held in everything(inside.world, inside.caches.records):
            state = freshness(held.lifetime, now)
            if state is Freshness.DEAD or not names.is_at_or_below(held.key, top):
                continue
            depth = names.count_labels(held.key) - base
            for level in range(min(depth, self.depth) + 1):
                at = names.suffix(held.key, base + level)
                if at not in sums:
                    if len(sums) >= _BRANCHES_MOST:
                        truncated = True
                        break
                    sums[at] = _no_sums()
                _add(sums[at], held, is_stale=state is Freshness.STALE)
        cuts = inside.caches.delegations
        nodes = [
            {
                "name": to_text(name),
                "depth": names.count_labels(name) - base,
                "zone": cuts.holds(name),
                **sum_,
            }
            for name, sum_ in sorted(sums.items(), key=lambda item: tuple(reversed(names.labels(item[0]))))
        ]
        return {"nodes": nodes, "truncated": truncated}

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Add the trees of all workers up, name by name."""
        sums: dict[str, dict[str, Any]] = {}
        for _, view in answers:
            for node in view["nodes"]:
                known = sums.setdefault(node["name"], {**node, **_no_sums()})
                known["zone"] = known["zone"] or node["zone"]
                for key in _no_sums():
                    known[key] += node[key]
        order = sorted(sums.values(), key=lambda node: list(reversed(node["name"].rstrip(".").split("."))))
        return {"nodes": order, "truncated": any(view["truncated"] for _, view in answers)}


def _no_sums() -> dict[str, int]:
    return {"entries": 0, "bytes": 0, "hits": 0, "stale": 0, "denials": 0}


def _add(sums: dict[str, Any], held: Held, *, is_stale: bool) -> None:
    sums["entries"] += 1
    sums["bytes"] += held.size
    sums["hits"] += held.tally.hits
    sums["stale"] += is_stale
    sums["denials"] += held.kind.value != "positive"
