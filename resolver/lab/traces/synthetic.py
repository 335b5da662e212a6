# SPDX-License-Identifier: ISC
"""Generated traces: a spec and a seed give the same questions in every run, as columns and as rows.

    arrivals (when, who) ─► which name ─► pairs ─► publishing (TTL, code, data) ─► Columns ─► Row

The random numbers of a trace are drawn in blocks of fixed length, so that nobody's buffer changes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from resolver.lab.traces.arrivals import Arrivals, arrivals
from resolver.lab.traces.columns import rows_of
from resolver.lab.traces.naming import SyntheticNames, client_of
from resolver.lab.traces.publishing import Publishing
from resolver.lab.traces.rows import Columns, Row
from resolver.lab.traces.spec import Spec
from resolver.wire import Rtype

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Synthetic:
    """A `Trace` that is generated. `about` holds what makes it again: spec and seed."""

    def __init__(self, spec: Spec, seed: int) -> None:
        self.spec = spec
        self.seed = seed
        self.about = f"{spec.about()} seed {seed}"
        self.names = SyntheticNames(spec, seed)
        self._publishing = Publishing(spec, seed)
        weights = np.arange(1, spec.n + 1, dtype=np.float64) ** -spec.alpha
        self._cumulative = np.cumsum(weights)
        self._cumulative /= self._cumulative[-1]

    @property
    def ttl(self) -> NDArray[np.int32]:
        """The TTL in seconds that each of the n names publishes at first."""
        return self._publishing.ttl

    def blocks(self) -> Iterator[Columns]:
        """Yield the trace from its start, in blocks of about 100,000 questions. Memory does not grow with length."""
        rng = np.random.Generator(np.random.PCG64(self.seed))
        publisher = self._publishing.begin()
        asked_once = attacks = 0
        for arrived in arrivals(self.spec, self.seed, rng):
            name, news, hostile = self._choose(arrived, rng, asked_once, attacks)
            asked_once += news
            attacks += hostile
            self.names.asked_once = max(self.names.asked_once, asked_once)
            pair = (rng.random(len(name)) < self.spec.pairs) & ~arrived.attack
            times = 1 + pair
            rtype = np.full(int(times.sum()), int(Rtype.AAAA), np.uint16)
            rtype[np.cumsum(times) - times] = int(Rtype.A)
            if len(rtype):
                time, client = np.repeat(arrived.time, times), np.repeat(arrived.client, times)
                yield publisher.publish(time, client, np.repeat(name, times), rtype)

    def rows(self) -> Iterator[Row]:
        """Yield the same questions one by one."""
        for block in self.blocks():
            yield from rows_of(block, self.names, self.client)

    def client(self, number: int) -> str:
        """Return the address of a client."""
        return client_of(number)

    def _choose(
        self, arrived: Arrivals, rng: np.random.Generator, asked_once: int, attacks: int
    ) -> tuple[NDArray[np.int32], int, int]:
        """Return each arrival's name, and how many names of them are asked once and are of the attack."""
        spec, ranges = self.spec, self.names.ranges
        size = len(arrived.time)
        chance = rng.random(size)
        name = np.minimum(np.searchsorted(self._cumulative, rng.random(size), side="right"), spec.n - 1)
        is_once = (chance < spec.once) & ~arrived.attack
        is_missing = (chance >= spec.once) & (chance < spec.once + spec.nxdomain)
        name[is_missing] += ranges.missing
        news, hostile = int(is_once.sum()), int(arrived.attack.sum())
        name[is_once] = ranges.once + asked_once + np.arange(news)
        if hostile:
            name[arrived.attack] = ranges.attack + (attacks + np.arange(hostile)) % ranges.attack_size
        return name.astype(np.int32), news, hostile
