# SPDX-License-Identifier: ISC
"""The zone walk: from the deepest known cut to the zone that answers one owner name, referral by referral.

    start (configured zone, cached cut, root) ─► minimise ─► ask ─► referral: store the cut, go on
                                                                  └► answer or denial: keep it, done

No alias is followed here (question_walk), no socket touched (ask).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from resolver.cache import Caches
from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind
from resolver.engine.addresses import Addresses, SubResolve
from resolver.engine.ask import Asking, Heard, Tools
from resolver.engine.budget import ResolutionFailed, Work
from resolver.engine.classify import Answer, Denial, Referral
from resolver.engine.delegation import AddressFilter, Cut, CutKind, cut_of, granted
from resolver.engine.keeping import Keeper, Origin
from resolver.engine.minimise import Minimiser
from resolver.engine.outcome import Cause
from resolver.engine.querying import Wanted
from resolver.engine.revalidate import Revalidator
from resolver.engine.zones import ConfiguredZones
from resolver.events import CutLearnt
from resolver.policy import Policy
from resolver.policy.lifetime import Freshness, freshness
from resolver.wire import Ede, Rtype, names


class Found(NamedTuple):
    """What came back: entries from the name asked on, and where an alias leads out of the zone, if it does."""

    entries: tuple[Entry, ...]
    next_name: bytes | None


class ZoneWalk:
    """Walks down to the zone of a name. One object serves all questions; it holds no state of any."""

    def __init__(
        self,
        tools: Tools,
        caches: Caches,
        policy: Policy,
        keeper: Keeper,
        zones: ConfiguredZones,
        allowed: AddressFilter,
        root: Callable[[Work], Cut],
        sub_resolve: SubResolve,
        revalidator: Revalidator,
    ) -> None:
        self._tools = tools
        self._world = tools.world
        self._caches = caches
        self._policy = policy
        self._keeper = keeper
        self._zones = zones
        self._allowed = allowed
        self._root = root
        self._sub_resolve = sub_resolve
        self._revalidator = revalidator

    async def find(self, name: bytes, rtype: int, work: Work, *, cd: bool, epoch: int) -> Found:
        """Return what the zone of `name` says about `rtype` there. Raises ResolutionFailed."""
        cut = self.start(name, rtype, work)
        work.stand_at(cut.zone)
        addresses = self._addresses(cut, work)
        mode = "off" if cut.kind is CutKind.FORWARD else self._tools.upstream.qname_minimisation
        steps = Minimiser(name, rtype, mode, work)
        revealed = names.count_labels(cut.zone)
        hidden: Answer | None = None  # a denial of a minimised name, not believed yet
        referrals_left = work.limits.referrals
        while referrals_left >= 0:  # all else that this goes round for is bounded by the minimiser
            asked, asked_type = steps.next_query(revealed)
            whole = len(asked) == len(name)
            if not whole and self._exists(asked.lower()):
                revealed = names.count_labels(asked)
                continue
            try:
                heard = await self._ask(cut, addresses, asked, asked_type, work, cd=cd)
            except ResolutionFailed as failure:
                if whole or steps.strict or failure.cause is not Cause.BROKEN:
                    raise
                steps.relax()  # RFC 9156 section 3: servers that choke on minimised queries
                continue
            meaning = heard.meaning
            if isinstance(meaning, Referral):
                referrals_left -= 1
                cut = self._descend(meaning, cut, epoch, work)
                addresses = self._addresses(cut, work)
                hidden = None  # what denied a name above this cut was wrong
                revealed = names.count_labels(cut.zone)
                continue
            origin = self._origin(cut, heard, epoch)
            if whole:
                if hidden is not None:
                    self._confirm(hidden, meaning, origin)
                return Found(self._keeper.keep(meaning, origin, rtype), meaning.next_name)
            revealed = names.count_labels(asked)
            if meaning.denial is not None and meaning.denial.nxdomain and not meaning.links:
                if steps.strict:
                    return self._denied(meaning, origin, name, asked_type)
                hidden = meaning if _can_be_confirmed(meaning.denial, cut) else None
                steps.relax()  # RFC 9156 section 2.3 step 6: some deny empty non-terminals
            elif meaning.links and meaning.next_name is not None:
                steps.relax()  # an alias on the way: only the whole name tells what it means
            else:
                self._keeper.keep(meaning, origin, asked_type)
        work.reach("limits.referrals")
        raise ResolutionFailed(
            Cause.LIMIT, Ede.OTHER, f"work limit: more than {work.limits.referrals} referrals", cut.zone
        )

    def start(self, name: bytes, rtype: int, work: Work) -> Cut:
        """Return the deepest cut known for a question: a configured zone, a live delegation, or the root.

        DS belongs to the parent's side of a cut (RFC 4035 section 3.1.4.1).
        """
        key = name.lower()
        above = rtype == Rtype.DS and key != names.ROOT
        configured = self._zones.match(names.parent(key) if above else key)
        if configured is not None and configured.kind is CutKind.FORWARD:
            return configured
        now = self._world.now()
        delegation = self._caches.delegations.deepest(key, now, strictly_above=above)
        if configured is not None and (delegation is None or len(delegation.zone) <= len(configured.zone)):
            return configured
        if delegation is None or delegation.zone == names.ROOT:
            return self._root(work)
        return cut_of(delegation, self._tools.upstream.port)

    def _addresses(self, cut: Cut, work: Work) -> Addresses:
        """The servers of `cut` for all queries of this walk: what was looked up once is not looked up again."""
        records, upstream = self._caches.records, self._tools.upstream
        return Addresses(cut, records, self._allowed, upstream, work, self._sub_resolve)

    async def _ask(
        self, cut: Cut, addresses: Addresses, name: bytes, rtype: int, work: Work, *, cd: bool
    ) -> Heard:
        forwarded = cut.kind is CutKind.FORWARD
        serials = self._revalidator
        versioned = serials.is_on and not forwarded and serials.wants_version(cut.zone)
        wanted = Wanted(cut.zone, name, rtype, forwarded, forwarded and cd, versioned)
        heard = await Asking(self._tools, wanted, addresses, work, forwarded=forwarded).run()
        # A referral counts: questions that failed below, or stale data kept back, for want of this zone may go on.
        self._caches.failures.zone_answered(cut.zone)
        return heard

    def _descend(self, referral: Referral, cut: Cut, epoch: int, work: Work) -> Cut:
        """Store the delegation and stand on it. Raises ResolutionFailed when too many questions stand there already."""
        now = self._world.now()
        order = _in_random_order(len(referral.ns), self._world.draw)
        delegation = granted(referral, cut, now, self._policy, work, order)
        if cut.keep:
            self._caches.delegations.store(delegation, now, epoch)
        self._tools.tell(
            CutLearnt(
                self._world.ticks(),
                delegation.zone,
                len(delegation.names),
                len(delegation.addresses),
                delegation.lifetime.fresh_until - now,
                delegation.lifetime.published_ttl,
                tuple(reason.rule for reason in delegation.lifetime.reasons),
            )
        )
        work.stand_at(delegation.zone)
        return cut_of(delegation, self._tools.upstream.port)._replace(keep=cut.keep)

    def _origin(self, cut: Cut, heard: Heard, epoch: int) -> Origin:
        world = self._world
        return Origin(
            zone=cut.zone,
            lease_until=cut.lease_until,
            server=heard.server.address,
            at=world.ticks(),
            now=world.now(),
            wall=world.wall(),
            epoch=epoch,
            keep=cut.keep,
            version=self._revalidator.heard(cut, heard) if self._revalidator.is_on else None,
        )

    def _exists(self, key: bytes) -> bool:
        """Whether the cache already knows that a name exists, so that nobody need be asked about it on the way."""
        entry = self._caches.records.peek(key, Rtype.A)
        return (
            entry is not None
            and entry.kind is not Kind.NXDOMAIN
            and freshness(entry.lifetime, self._world.now()) is Freshness.FRESH
        )

    def _denied(self, meaning: Answer, origin: Origin, name: bytes, rtype: int) -> Found:
        """Strict mode believes NXDOMAIN for an ancestor: it denies the whole name (RFC 8020 section 2)."""
        entry = self._keeper.keep(meaning, origin, rtype)[-1]
        return Found((replace(entry, owner=name),), None)

    def _confirm(self, hidden: Answer, whole: Answer, origin: Origin) -> None:
        """An ancestor's NXDOMAIN that the full name confirmed is kept too: the cut of RFC 8020."""
        denial: Denial | None = hidden.denial
        if denial is not None and whole.denial is not None and whole.denial.nxdomain and not whole.links:
            self._keeper.deny(denial, origin, NXDOMAIN_TYPE, hidden.authoritative)


def _can_be_confirmed(denial: Denial, cut: Cut) -> bool:
    """Whether the denial of an ancestor can be true to RFC 8020: it comes with proofs, or from the root.

    From others the whole name's denial confirms nothing: a server that denies empty non-terminals says both, and one
    mistyped name would take all its neighbours with it. The root has no empty non-terminals.
    """
    return bool(denial.proofs) or cut.zone == names.ROOT


def _in_random_order(count: int, draw: Callable[[int], int]) -> Iterator[int]:
    """The numbers 0 … count-1 in an order that no server can predict (Fisher-Yates), drawn as they are taken."""
    order = list(range(count))
    for index in range(count - 1, -1, -1):
        other = draw(index + 1)
        order[index], order[other] = order[other], order[index]
        yield order[index]
