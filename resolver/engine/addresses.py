# SPDX-License-Identifier: ISC
"""The addresses of one zone's servers as one question sees them: those at hand, and one more look-up at a time.

NXNSAttack, TsuNAME and CAMP live here: every look-up is a sub-question on the same meter, few are made, none for a name
inside the zone itself, and none through an alias.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from resolver.cache.entry import Kind
from resolver.cache.records import RecordCache
from resolver.engine.budget import ResolutionFailed, Work
from resolver.engine.delegation import AddressFilter, Cut, unique_addresses
from resolver.engine.limits import UpstreamSettings
from resolver.engine.outcome import Cause, Failed, Outcome
from resolver.engine.ports import Server
from resolver.policy.lifetime import Freshness, freshness
from resolver.wire import Ede, Record, Rtype, names

SubResolve = Callable[[bytes, int, Work], Awaitable[Outcome]]


class Addresses:
    """The servers of `cut`: glue, cached addresses of its names, then look-ups on demand."""

    def __init__(
        self,
        cut: Cut,
        records: RecordCache,
        allowed: AddressFilter,
        upstream: UpstreamSettings,
        work: Work,
        sub_resolve: SubResolve,
    ) -> None:
        self._cut = cut
        self._records = records
        self._allowed = allowed
        self._upstream = upstream
        self._work = work
        self._sub_resolve = sub_resolve
        self._collected = False
        self._servers: dict[Server, None] = {}
        self._unknown: list[bytes] = []
        self.given: frozenset[Server] = frozenset()  # with the delegation; the others are found by look-ups
        self.looked_up = 0  # names so far
        self._missing = 0
        self.failure: Failed | None = None  # the last look-up that failed, for the reason told

    def known(self, now: float) -> list[Server]:
        """Return the servers at hand, each once: those known at the first call, at `now`, and those found since."""
        if not self._collected:
            self._collected = True
            self._collect(now)
        return list(self._servers)

    def _collect(self, now: float) -> None:
        """Take glue and what the cache has; names with glue of a family switched off are still to be looked up."""
        with_address = set()
        for name, server in self._cut.addresses:
            self._add(server)
            if self._allowed.speaks_to(server):
                with_address.add(name)
        self.given = frozenset(self._servers)
        for name in self._cut.names:
            key = name.lower()
            if key in with_address:
                continue
            if not self._add_cached(key, now) and not names.is_at_or_below(key, self._cut.zone):
                self._unknown.append(name)

    @property
    def trusted(self) -> bool:
        """Whether an operator, or the hints, named the servers."""
        return self._cut.trusted_addresses

    @property
    def may_grow(self) -> bool:
        """Whether one more name may be looked up."""
        return bool(self._unknown) and self._bound() is None

    def tell_bound(self) -> None:
        """Nothing more is looked up: note which limit keeps the names that are left from it, if one does."""
        bound = self._bound() if self._unknown else None
        if bound is not None:
            self._work.reach(bound)

    def _bound(self) -> str | None:
        """The limit by which no more names may be looked up."""
        limits = self._work.limits
        if self.looked_up >= limits.glueless:
            return "limits.glueless"
        if self._missing >= limits.glueless_nxdomain:
            return "limits.glueless_nxdomain"
        return "limits.ns_addresses" if len(self._servers) >= limits.ns_addresses else None

    async def grow(self, work: Work) -> list[Server]:
        """Look up one more name server's address; return the servers not known before, perhaps none.

        A look-up that fails is noted in `failure`; running out of the work limit raises ResolutionFailed.
        """
        name = self._unknown.pop(0)
        self.looked_up += 1
        before = set(self._servers)
        self.failure = None
        for rtype in self._types():
            outcome = await self._look_up(name, rtype, work)
            if isinstance(outcome, Failed):
                self.failure = outcome
                if outcome.cause is Cause.LIMIT and work.is_used_up:
                    raise ResolutionFailed(outcome.cause, outcome.ede, outcome.text, outcome.zone)
                break
            end = outcome.chain[-1]
            self._missing += end.kind is not Kind.POSITIVE  # NODATA counts for each type that was asked for
            if end.kind is Kind.NXDOMAIN:
                break
            # An alias does not name a server (RFC 2181 section 10.3).
            if len(outcome.chain) == 1 and self._add_records(end.records):
                break  # one family is enough to go on with, also where another name had the same address
        found = [server for server in self._servers if server not in before]
        if not found and self.failure is None:
            self.failure = Failed(
                Cause.BROKEN,
                Ede.NO_REACHABLE_AUTHORITY,
                f"name server {names.to_text(name)} of {names.to_text(self._cut.zone)} has no address",
                self._cut.zone,
            )
        return found

    async def _look_up(self, name: bytes, rtype: int, work: Work) -> Outcome:
        try:
            child = work.child(name.lower(), rtype)
        except ResolutionFailed as failure:
            return Failed(failure.cause, failure.ede, failure.text, self._cut.zone)
        return await self._sub_resolve(name, rtype, child)

    def _types(self) -> Sequence[int]:
        return [Rtype.A] * self._upstream.ipv4 + [Rtype.AAAA] * self._upstream.ipv6

    def _add(self, server: Server) -> bool:
        """Take one in; whether it may be asked."""
        if server in self._servers:
            return True
        if not self._allowed.allows(server, trusted=self.trusted):
            return False
        if len(self._servers) >= self._work.limits.ns_addresses:
            self._work.reach("limits.ns_addresses")
            return False
        self._servers[server] = None
        return True

    def _add_cached(self, key: bytes, now: float) -> bool:
        """Take the fresh addresses that the cache has for a name; whether it has any."""
        found = False
        for rtype in self._types():
            entry = self._records.get(key, rtype)
            if (
                entry is not None
                and entry.kind is Kind.POSITIVE
                and freshness(entry.lifetime, now) is Freshness.FRESH
            ):
                self._add_records(entry.records)
                found = True
        return found

    def _add_records(self, records: tuple[Record, ...]) -> bool:
        """Take their addresses in; whether any of them may be asked."""
        servers = (Server(address, self._upstream.port) for _, address in unique_addresses(records))
        return sum(map(self._add, servers)) > 0
