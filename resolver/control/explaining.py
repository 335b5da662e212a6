# SPDX-License-Identifier: ISC
"""Why a name is in the cache as it is, or is not there: one story of links, causes and instants, JSON-ready.

    question ──► follow ──► each link: lifetime, its rules, origin, use, delegation, prefetch, images, other policies
                   └─► where it breaks off: failure, timer, past life, or never asked

Nothing is asked, changed or counted: explaining is not a use. Durations in seconds, instants as UNIX time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from resolver.cache import NXDOMAIN_TYPE, Caches, Chain, ChainState, Entry, ImageCache, Rank, follow
from resolver.cache.lives import End
from resolver.cache.tallies import Tally
from resolver.control.views import entry_view, lifetime_view
from resolver.engine.keeping import expire_in
from resolver.policy import Freshness, Lifetime, Policy, freshness, judge, prefetch_at
from resolver.service.rebinding import Rebinding
from resolver.wire import Rtype, to_text
from resolver.wire.codes import ede_to_text, type_to_text
from resolver.wire.records import soa_fields

View = dict[str, Any]

_LINKS_MOST: Final = 24  # more than any chain that is answered has
_ENDS: Final = {
    End.EXPIRED: "expired",
    End.EVICTED: "evicted",
    End.FLUSHED: "flushed",
    End.DENIED: "denied",
    End.ZERO_TTL: "zero_ttl",
    End.TOO_LARGE: "too_large",
}


@dataclass(frozen=True, slots=True)
class Present:
    """The instant of a story: `now` on the clock of lifetimes, `wall` in UNIX time."""

    now: float
    wall: float

    def wall_of(self, instant: float) -> float:
        """UNIX time of an instant, to the millisecond."""
        return round(self.wall + instant - self.now, 3)


class Explaining:
    """Tells the story of one question from the caches, under `policy`; `others` are shown beside it.

    `rebinding` says what of it clients are not told.
    """

    def __init__(
        self,
        caches: Caches,
        images: ImageCache,
        policy: Policy,
        others: Sequence[Policy],
        rebinding: Rebinding,
        present: Present,
    ) -> None:
        self._caches = caches
        self._images = images
        self._policy = policy
        self._others = others
        self._rebinding = rebinding
        self._present = present

    def story(self, name: bytes, rtype: int) -> View:
        """Everything known about the answer to a question."""
        present = self._present
        chain = follow(self._caches.records, name, rtype, present.now, _LINKS_MOST, mark_use=False)
        view: View = {
            "name": to_text(name),
            "type": type_to_text(rtype),
            "state": chain.state.value,
            "at": round(present.wall, 3),
            "links": [self._link(link.key, link.rtype) for link in chain.sources],
        }
        if chain.entries and chain.state is not ChainState.MISSING:
            view["fresh_for"] = round(chain.fresh_until - present.now, 3)
            view["withheld"] = self._rebinding.withholds(chain.entries)
        if chain.state is ChainState.MISSING:
            view["missing"] = self._missing(chain, rtype)
        view |= self._trouble(name.lower(), rtype)
        return view

    def _link(self, key: bytes, rtype: int) -> View:
        """One entry of the chain, with all that is known of it."""
        entry = self._caches.records.peek(key, rtype)
        slot = self._caches.records.slot(key, rtype)
        assert entry is not None  # the walk has just found it
        assert slot is not None
        present, lifetime = self._present, entry.lifetime
        images = self._images.made_from(slot)  # first: it settles their hits
        view = entry_view(entry, present.now)
        view |= {
            "stored_at": present.wall_of(lifetime.stored_at),
            "fresh_until": present.wall_of(lifetime.fresh_until),
            "stale_until": present.wall_of(max(lifetime.fresh_until, lifetime.stale_until)),
            "use": self._use(self._caches.records.tallies.of(slot)),
            "images": images,
            "delegation": self._delegation(entry),
            "policies": [self._other(policy, entry) for policy in self._others],
        }
        due = prefetch_at(entry.subject, lifetime, self._policy)
        if due != inf and freshness(lifetime, present.now) is Freshness.FRESH:
            view["prefetch"] = {"at": present.wall_of(due), "in": round(max(0.0, due - present.now), 3)}
        if self._caches.records.lives.last(key, rtype) is not None:
            view["past"] = self._past(key, rtype)
        return view

    def _use(self, tally: Tally) -> View:
        return {**tally._asdict(), "since": self._present.wall_of(tally.since)}

    def _delegation(self, entry: Entry) -> View | None:
        """The cut of the zone whose server said so, if it is still known."""
        cut = self._caches.delegations.get(entry.zone)
        if cut is None:
            return None
        return {
            "zone": to_text(cut.zone),
            "parent": to_text(cut.parent),
            "servers": [to_text(name) for name in cut.names],
            "addresses": len(cut.addresses),
            **lifetime_view(cut.lifetime, self._present.now),
            "lease_until": self._present.wall_of(cut.lifetime.fresh_until),
        }

    def _other(self, policy: Policy, entry: Entry) -> View:
        """What another policy would have made of the same answer."""
        lifetime = self._judged(policy, entry)
        due = prefetch_at(entry.subject, lifetime, policy)
        stale = max(0.0, lifetime.stale_until - lifetime.fresh_until)
        return {
            "policy": policy.name,
            "kept_ttl": round(lifetime.kept_ttl, 3),
            "stale": round(stale, 3),
            "prefetch_before_end": None if due == inf else round(lifetime.fresh_until - due, 3),
            "rules": [reason.rule for reason in lifetime.reasons],
        }

    def _judged(self, policy: Policy, entry: Entry) -> Lifetime:
        stored_at = entry.lifetime.stored_at
        wall = self._present.wall_of(stored_at)
        minimum = None if entry.soa is None else soa_fields(entry.soa.rdata).minimum
        proofs = entry.proofs if entry.wildcard else ()
        return judge(
            entry.subject,
            stored_at,
            policy,
            soa_minimum=minimum,
            signatures_expire_in=expire_in((*entry.signatures, *entry.proofs), wall),
            proof_ttl=min((record.ttl for record in proofs), default=None),
            lease_until=self._lease(entry),
        )

    def _lease(self, entry: Entry) -> float | None:
        """A zone's own NS set ends with what its parent granted."""
        if entry.rtype != Rtype.NS or entry.zone != entry.key:
            return None
        cut = self._caches.delegations.get(entry.zone)
        return None if cut is None else cut.lifetime.fresh_until

    def _missing(self, chain: Chain, rtype: int) -> View:
        """Why the chain cannot go on."""
        name = chain.next_name
        view: View = {"name": to_text(name), "type": type_to_text(rtype)}
        if chain.stop is not None:
            return view | {"why": "stopped", "stop": chain.stop.value}
        return view | self._absence(name.lower(), rtype)

    def _absence(self, key: bytes, rtype: int) -> View:
        records, present = self._caches.records, self._present
        for held_type in (rtype, int(Rtype.CNAME), NXDOMAIN_TYPE):
            entry = records.peek(key, held_type)
            if entry is None:
                continue
            if entry.rank is Rank.GLUE and freshness(entry.lifetime, present.now) is not Freshness.DEAD:
                return {"why": "glue", "entry": entry_view(entry, present.now)}
            ended_at = max(entry.lifetime.fresh_until, entry.lifetime.stale_until)
            return {
                "why": "expired",
                "ended_at": present.wall_of(ended_at),
                "ended": round(present.now - ended_at, 3),
                "entry": entry_view(entry, present.now),
            }
        for held_type in (rtype, int(Rtype.CNAME), NXDOMAIN_TYPE):
            if records.lives.last(key, held_type) is not None:
                return self._past(key, held_type)
        held = [held for held in (int(t) for t in _OFTEN) if records.peek(key, held) is not None]
        return {"why": "never_asked", "other_types": [type_to_text(held_type) for held_type in held]}

    def _past(self, key: bytes, rtype: int) -> View:
        """How the entry ended when it last left."""
        life = self._caches.records.lives.last(key, rtype)
        assert life is not None  # whoever asks has looked
        present = self._present
        return {
            "why": _ENDS[life.end],
            "of": "*" if rtype == NXDOMAIN_TYPE else type_to_text(rtype),
            "published_ttl": life.published_ttl,
            "since": present.wall_of(life.since),
            "ended_at": present.wall_of(life.ended_at),
            "ended": round(present.now - life.ended_at, 3),
            "lived": round(life.ended_at - life.since, 3),
            "hits": life.hits,
            "refreshes": life.refreshes,
        }

    def _trouble(self, key: bytes, rtype: int) -> View:
        """The failure that is remembered for the question, and the timer of a failed refresh, where there are such."""
        failures, present = self._caches.failures, self._present
        view: View = {}
        failure = failures.get(key, rtype, False, present.now)
        if failure is not None:
            view["failure"] = {
                "until": present.wall_of(failure.until),
                "for": round(failure.until - present.now, 3),
                "count": failure.count,
                "ede": failure.ede,
                "ede_name": ede_to_text(failure.ede),
                "text": failure.text,
                "zone": to_text(failure.zone),
                "unreachable": failure.unreachable,
            }
        recheck = failures.recheck_until(key, rtype)
        if recheck > present.now:
            view["recheck"] = {
                "until": present.wall_of(recheck),
                "for": round(recheck - present.now, 3),
            }
        return view


# Types looked for beside the one asked, where that was never asked for.
_OFTEN: Final = (Rtype.A, Rtype.AAAA, Rtype.NS, Rtype.MX, Rtype.TXT, Rtype.SOA, Rtype.HTTPS, Rtype.SRV)
