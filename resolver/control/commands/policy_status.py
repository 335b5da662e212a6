# SPDX-License-Identifier: ISC
"""The policy in force beside those that are judged as its shadows: what each did, or would have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from resolver.control.commands.command import Command, Inside, View, added_up
from resolver.service.counters import ServiceCounters
from resolver.service.shadows.book import Shadows
from resolver.service.shadows.estimates import Groups, added, estimate, grouped

_DIGITS = 6


class PolicyStatus(Command, frozen=True, tag="policy_status"):
    """Hit ratio, upstream rate, outdated answers by policy, with the error that looking at a sample of names leaves.

    `counts` are what was counted of the sample, by group of names.
    """

    path: ClassVar[str] = "policy/status"

    async def run(self, inside: Inside) -> View:
        """Ask the shadows of this process."""
        service = inside.service()
        counters, shadows = service.counters, service.shadows
        view: View = {
            "enforced": inside.policy().name,
            "really": _really(counters),
            "seconds": 0.0,
            "sample": 1.0,
            "memory": {"rows": 0, "bytes": 0, "budget": 0},
            "counts": [],
        }
        if shadows is not None:
            view |= _counted(shadows, inside.world.now())
        return self.combine([(0, view)])

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Add up what was counted, and estimate from the sums."""
        views = [view for _, view in answers]
        if not views:
            return {}
        counts = _merged([view["counts"] for view in views])
        really = added_up([view["really"] for view in views])
        sample = views[-1]["sample"]
        seconds = max(view["seconds"] for view in views)
        part = really["hits"] / really["questions"] if really["questions"] else None
        return {
            "enforced": views[-1]["enforced"],
            "sample": sample,
            "seconds": seconds,
            "really": really,
            "memory": added_up([view["memory"] for view in views]),
            "policies": [_estimated(policy, counts[0]["groups"], sample, part, seconds) for policy in counts],
            "counts": counts,
        }


def _really(counters: ServiceCounters) -> View:
    """What the cache did, over all questions."""
    hits = sum(
        n for (kind, state), n in counters.cache_hits.items() if state == "fresh" and kind != "failure"
    )
    return {"questions": counters.cache_requests, "hits": hits}


def _counted(shadows: Shadows, now: float) -> View:
    table = shadows.table
    return {
        "seconds": round(now - shadows.began_at, 3),
        "sample": shadows.judged[0].part,
        "memory": {"rows": len(table), "bytes": table.size_bytes, "budget": table.budget_bytes},
        "counts": [{"name": j.name, "mode": j.mode, "groups": grouped(j)} for j in shadows.judged],
    }


def _merged(several: Sequence[Sequence[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """The counts of several processes, policy by policy; one that is not judged everywhere is judged where it is."""
    merged: dict[tuple[str, str], Mapping[str, Any]] = {}
    for counts in several:
        for policy in counts:
            key = policy["name"], policy["mode"]
            known = merged.get(key)
            groups = added(known["groups"], policy["groups"]) if known else policy["groups"]
            merged[key] = {**policy, "groups": groups}
    return list(merged.values())


def _estimated(
    policy: Mapping[str, Any], enforced: Groups, sample: float, really: float | None, seconds: float
) -> View:
    groups: Groups = policy["groups"]
    found = asdict(estimate(groups, enforced, part=sample, really=really))
    upstream = sum(groups["upstream"]) / sample
    return {
        "name": policy["name"],
        "mode": policy["mode"],
        "questions": round(sum(groups["requests"]) / sample),
        **{key: _rounded(value) for key, value in found.items()},
        "upstream_per_second": round(upstream / seconds, 3) if seconds > 0 else None,
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return None if value is None else round(value, _DIGITS)
