# SPDX-License-Identifier: ISC
"""Values as JSON: entries, records, outcomes. Numbers as numbers, durations in seconds. Nothing is asked or changed."""

from __future__ import annotations

from typing import Any

from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind
from resolver.cache.held import Held
from resolver.control.presentation import record_view
from resolver.engine.outcome import Failed, Outcome
from resolver.policy.lifetime import Lifetime, freshness
from resolver.wire import to_text
from resolver.wire.codes import ede_to_text, rcode_to_text, type_to_text

View = dict[str, Any]


def entry_view(entry: Entry, now: float) -> View:
    """One cache entry at the instant `now`, with the audit of its lifetime."""
    view: View = {
        "name": to_text(entry.owner),
        "type": "*" if entry.rtype == NXDOMAIN_TYPE else type_to_text(entry.rtype),
        "kind": entry.kind.value,
        "rank": entry.rank.name.lower(),
        "zone": to_text(entry.zone),
        "server": entry.server,
        **lifetime_view(entry.lifetime, now),
        "records": [record_view(record)["data"] for record in entry.records],
        "signatures": len(entry.signatures),
    }
    if entry.soa is not None:
        view["soa"] = record_view(entry.soa)
    if entry.wildcard:
        view["wildcard"] = True
    if entry.synthesized:
        view["synthesized"] = True
    return view


def held_view(held: Held, now: float) -> View:
    """One cache entry at a glance."""
    return {
        "name": to_text(held.key),
        "type": "*" if held.rtype == NXDOMAIN_TYPE else type_to_text(held.rtype),
        "kind": held.kind.value,
        "state": freshness(held.lifetime, now).value,
        "published_ttl": held.published_ttl,
        "kept_ttl": round(held.lifetime.kept_ttl, 3),
        "fresh_for": round(max(0.0, held.lifetime.fresh_until - now), 3),
        "bytes": held.size,
        **{key: value for key, value in held.tally._asdict().items() if key != "since"},
    }


def lifetime_view(lifetime: Lifetime, now: float) -> View:
    """A lifetime: its state now, what is left of it, and each rule that made it what it is."""
    return {
        "state": freshness(lifetime, now).value,
        "published_ttl": lifetime.published_ttl,
        "kept_ttl": round(lifetime.kept_ttl, 3),
        "fresh_for": round(max(0.0, lifetime.fresh_until - now), 3),
        "stale_for": round(max(0.0, lifetime.stale_until - now), 3),
        "age": round(now - lifetime.stored_at, 3),
        "rules": [
            {"rule": reason.rule, "before": reason.before, "after": reason.after}
            for reason in lifetime.reasons
        ],
    }


def outcome_view(outcome: Outcome | None, now: float) -> View:
    """What a question came to; None is a question that no time was left for."""
    if outcome is None:
        return {"rcode": "SERVFAIL", "failed": {"cause": "deadline", "ede": 22, "text": "no answer in time"}}
    if isinstance(outcome, Failed):
        failed = {
            "cause": outcome.cause.value,
            "ede": int(outcome.ede),
            "ede_name": ede_to_text(outcome.ede),
            "text": outcome.text,
            "zone": to_text(outcome.zone),
        }
        return {"rcode": "SERVFAIL", "failed": failed, "queries": outcome.queries}
    end = outcome.chain[-1]
    return {
        "rcode": rcode_to_text(outcome.rcode),
        "nodata": end.kind is Kind.NODATA,
        "answer": [record_view(record) for entry in outcome.chain for record in entry.records],
        "chain": [entry_view(entry, now) for entry in outcome.chain],
        "queries": outcome.queries,
    }
