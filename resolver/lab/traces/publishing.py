# SPDX-License-Identifier: ISC
"""What the owners of generated names publish at an instant: TTL, response code, and a hash of the data.

The truth at the time of the question, whatever a cache would say: data that change, TTLs that are lowered before a
move, servers that fall silent. No cache and no policy live here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from resolver.lab.traces.chance import mix, unit
from resolver.lab.traces.naming import ZONE_NAMES, Ranges
from resolver.lab.traces.rows import EMPTY, UNKNOWN, Columns
from resolver.lab.traces.ttl_law import ttl_law
from resolver.wire import Rcode, Rtype

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.lab.traces.spec import Spec

# Traits, see chance.
_TTL, _CHAIN, _TARGET, _TARGET_TTL, _NODATA, _MISSING, _DARK, _MOVED, _DATA = range(31, 40)
_AAAA: Final = int(Rtype.AAAA)
# What the data of an RRset are hashed from: its number in the low 33 bits, changes so far, and whether it has moved.
_VERSION: Final = 33
_MOVE: Final = 24


class Publishing:
    """What each name publishes, drawn once; `begin` starts a run over time."""

    def __init__(self, spec: Spec, seed: int) -> None:
        self.spec = spec
        self.seed = seed
        self.ranges = Ranges(spec)
        self.law = ttl_law(spec.ttl)
        names = np.arange(spec.n)
        self.ttl = self._ttl_of(names)
        self.without_aaaa = unit(names, seed, _NODATA) < spec.nodata
        self.moved = unit(names, seed, _MOVED) < spec.move_share
        self.dark = unit(names // ZONE_NAMES, seed, _DARK) < spec.outage_share

    def begin(self) -> Publisher:
        """Return a publisher that stands at the start of the trace."""
        return Publisher(self)

    def ttl_of_new(self, names: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the TTLs of names beyond the first n: by the same law, never chains."""
        return self.law.of(unit(names, self.seed, _TTL))

    def _ttl_of(self, names: NDArray[np.int64]) -> NDArray[np.int32]:
        own = self.ttl_of_new(names)
        if not self.spec.chains:
            return own
        is_chain = unit(names, self.seed, _CHAIN) < self.spec.chains
        target = (unit(names, self.seed, _TARGET) * self.spec.targets).astype(np.int64)
        end = self.law.of(unit(target, self.seed, _TARGET_TTL))
        # A chain lives as long as its shortest link; its row tells that one TTL.
        return np.where(is_chain, np.minimum(own, end), own)


class Publisher:
    """Walks forward in time: the number of changes of each RRset is drawn from one question for it to the next."""

    def __init__(self, publishing: Publishing) -> None:
        self._of = publishing
        size = 2 * publishing.spec.n if publishing.spec.change else 0
        self._asked_at = np.zeros(size)
        self._version = np.zeros(size, np.int64)
        self._rng = np.random.Generator(np.random.PCG64([publishing.seed, _DATA]))

    def publish(
        self,
        time: NDArray[np.float64],
        client: NDArray[np.int32],
        name: NDArray[np.int32],
        rtype: NDArray[np.uint16],
    ) -> Columns:
        """Return the block with what is published at each instant; blocks must come in order of time."""
        of, spec = self._of, self._of.spec
        known = name < spec.n
        rank = np.where(known, name, 0)
        is_aaaa = rtype == _AAAA
        missing = ~known
        ttl = of.ttl[rank]
        new = np.flatnonzero(name >= of.ranges.once)
        if len(new):
            numbers = name[new].astype(np.int64)
            ttl[new] = of.ttl_of_new(numbers)
            missing[new] = unit(numbers, of.seed, _MISSING) < spec.once_nxdomain
        empty = missing | (known & is_aaaa & of.without_aaaa[rank])
        version = self._changes(time, rank, is_aaaa, known)
        if spec.move_share:
            moves = known & of.moved[rank]
            if spec.lower_to:
                low = moves & (time >= spec.lower_at) & (time < spec.move_at)
                ttl = np.where(low, np.minimum(ttl, int(spec.lower_to)), ttl).astype(np.int32)
            version = version + ((moves & (time >= spec.move_at)).astype(np.int64) << _MOVE)
        ttl[empty] = int(spec.negative_ttl)
        data = (
            mix(2 * name.astype(np.int64) + is_aaaa + (version << _VERSION), of.seed, _DATA) >> np.uint64(1)
        ) | 1
        rdata_hash = data.astype(np.int64)
        rdata_hash[empty] = EMPTY
        rcode = np.where(missing, int(Rcode.NXDOMAIN), int(Rcode.NOERROR)).astype(np.int16)
        if spec.outage_share:
            silent = self._silent(time, name)
            rcode[silent], ttl[silent], rdata_hash[silent] = int(Rcode.SERVFAIL), UNKNOWN, UNKNOWN
        return Columns(
            time, client, name, rtype, ttl, rcode, rdata_hash, np.full(len(time), np.nan, np.float32)
        )

    def _silent(self, time: NDArray[np.float64], name: NDArray[np.int32]) -> NDArray[np.bool_]:
        spec, ranges = self._of.spec, self._of.ranges
        during = (time >= spec.outage_at) & (time < spec.outage_at + spec.outage_for)
        return np.asarray(during & (name < ranges.attack) & self._of.dark[name % spec.n])

    def _changes(
        self,
        time: NDArray[np.float64],
        rank: NDArray[np.int32],
        is_aaaa: NDArray[np.bool_],
        known: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Return how often each RRset has changed by the time of its question: a Poisson process has no memory."""
        version = np.zeros(len(time), np.int64)
        if not self._of.spec.change:
            return version
        at = np.flatnonzero(known)
        rrset = 2 * rank[at].astype(np.int64) + is_aaaa[at]
        order = np.argsort(rrset, kind="stable")
        at, rrset = at[order], rrset[order]
        first = np.r_[True, rrset[1:] != rrset[:-1]]
        asked_at = time[at]
        before = np.r_[0.0, asked_at[:-1]]
        before[first] = self._asked_at[rrset[first]]
        changes = self._rng.poisson((asked_at - before) / self._of.spec.change)
        total = np.cumsum(changes)
        group = np.cumsum(first) - 1
        starts = np.flatnonzero(first)
        base = self._version[rrset[starts]] - (total[starts] - changes[starts])
        version[at] = total + base[group]
        last = np.r_[starts[1:] - 1, len(at) - 1]
        self._asked_at[rrset[last]] = asked_at[last]
        self._version[rrset[last]] = version[at[last]]
        return version
