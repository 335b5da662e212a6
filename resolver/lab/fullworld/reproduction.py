# SPDX-License-Identifier: ISC
"""The reference table once more, from the server itself: does the code that answers clients obey theory?

The table's names, rates and TTLs, up to 300 s. The cache begins in its stationary state: what would be fresh is asked
for first, at the instants at which it would have been fetched. What is measured then is scaled down in time alone, to
a hundred seconds for each seed, which widens the intervals and biases nothing.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Final, NamedTuple

import numpy as np

from resolver.lab import models
from resolver.lab.comparison.intervals import student_t
from resolver.lab.fullworld.comparing import ServerOf
from resolver.lab.fullworld.questions import Asked, asked
from resolver.lab.fullworld.replaying import Replay
from resolver.lab.fullworld.tallying import Counting
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.reference import Question, ReferenceReplay
from resolver.lab.replay.subjects import ANY_OWNER
from resolver.lab.reproduction import ALPHA, NAMES, RATE, Row
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import AnswerClass, Policy, PrefetchRules, StaleRules, Subject
from resolver.wire import Rtype

SEEDS: Final = 6
DURATION_S: Final = 100.0
_PUBLISHED: Final = {300: 0.592, 60: 0.430, 30: 0.368, 5: 0.226}  # by TTL, the longest work first
_CHANGE_S: Final = 3600.0
_CHANCE: Final = 43  # tells these draws from those of traces
_MISTAKES: Final = 0.05  # the chance that any row at all fails for want of luck
_PLAIN: Final = Policy(stale=StaleRules(enabled=False), prefetch=PrefetchRules(enabled=False))


class Measured(NamedTuple):
    """Of one TTL and seed: the share of fresh hits, how many questions, and how many the two depths differ in."""

    ttl: int
    hit: float
    questions: int
    differing: int


@dataclass(frozen=True, slots=True)
class Part:
    """One TTL and one seed's work, as what another process can be sent. `names` and `rate` are the table's."""

    server_of: ServerOf
    names: int = NAMES
    rate: float = RATE
    duration_s: float = DURATION_S

    def __call__(self, what: tuple[int, int]) -> Measured:
        """Replay for a TTL and a seed."""
        ttl, seed = what
        spec = f"zipf:n={self.names},alpha={ALPHA},rate={self.rate:g},duration={self.duration_s:g},ttl={ttl}"
        trace = Synthetic(read_spec(spec), seed)
        replay, counting = Replay(self.server_of(_PLAIN), seed=seed), Counting(measure_from=float(ttl))
        reference, differing = ReferenceReplay(_PLAIN), 0
        for answered in replay.ask(self._questions(trace, ttl, seed)):
            counting.add(answered)
            time, _, _, _, rrset, said, changes_at, down = answered.asked
            outcome = reference.answer(Question(time, rrset, said, changes_at, down))
            differing += outcome != answered.outcome
        tally = counting.tally(replay, self.names)
        return Measured(ttl, tally.data_hit, tally.questions, differing)

    def _questions(self, trace: Synthetic, ttl: int, seed: int) -> Iterator[Asked]:
        """Those that bring the cache into its stationary state in the first `ttl` seconds, then the trace's.

        At a random instant a name is fresh with chance λT/(1+λT), and was fetched at a time uniform on the T before.
        """
        rng = np.random.Generator(np.random.PCG64([seed, ttl, _CHANCE]))
        rates = models.zipf_rates(self.names, ALPHA, self.rate)
        fresh = np.flatnonzero(rng.random(self.names) < models.hit_ratio(rates, ttl))
        times = np.sort(rng.random(len(fresh))) * ttl
        changes = times + rng.standard_exponential(len(fresh)) * _CHANGE_S
        said = Subject(ANY_OWNER, int(Rtype.A), AnswerClass.POSITIVE, ttl)
        preparation = Preparation(trace, World(change_s=_CHANGE_S, seed=seed))
        rrsets = preparation.number(np.arange(self.names, dtype=np.int32), int(Rtype.A))
        order = rng.permutation(fresh)
        firsts = zip(order.tolist(), rrsets[order].tolist(), times.tolist(), changes.tolist(), strict=True)
        for rank, rrset, time, changes_at in firsts:
            name, client = trace.names[rank], trace.client(0)
            yield Asked(time, client, name, int(Rtype.A), rrset, said, changes_at, down=False)
        coming = dict(zip(rrsets[order].tolist(), changes.tolist(), strict=True))
        for question in asked(preparation):
            time, changes_at = question.time + ttl, question.changes_at + ttl
            # What was fetched before the trace began changes when that was settled, whatever is drawn for the trace.
            if coming.get(question.rrset, 0.0) > time:
                changes_at = coming[question.rrset]
            yield question._replace(time=time, changes_at=changes_at)


@dataclass(frozen=True, slots=True)
class Reproduced:
    """The rows, over how many questions they are, and how many of those were answered otherwise than at cache level."""

    rows: list[Row]
    questions: int
    differing: int


def reproduce_full(
    server_of: ServerOf,
    seeds: Sequence[int] = range(1, SEEDS + 1),
    told: Callable[[str], None] = lambda line: None,
    processes: int | None = None,
) -> Reproduced:
    """The hit rows of the table. `told` hears how far it is; `processes` None: one a processor."""
    work = [(ttl, seed) for ttl in _PUBLISHED for seed in seeds]
    found = []
    part = Part(server_of)
    with multiprocessing.get_context("spawn").Pool(min(processes or os.cpu_count() or 1, len(work))) as pool:
        for number, measured in enumerate(pool.imap_unordered(part, work), 1):
            found.append(measured)
            told(f"full world: {number} of {len(work)} replays")
    return reproduced(found)


def reproduced(found: Sequence[Measured]) -> Reproduced:
    """Each TTL beside its closed form, with an interval so wide that chance fails one table in twenty."""
    rates = models.zipf_rates(NAMES, ALPHA, RATE)
    rows = []
    for ttl, published in sorted(_PUBLISHED.items()):
        model = models.over_names(rates, models.hit_ratio(rates, ttl))
        values = [measured.hit for measured in found if measured.ttl == ttl]
        wide = student_t(len(values) - 1, 1 - _MISTAKES / len(_PUBLISHED))
        half_width = wide * stdev(values) / sqrt(len(values))
        rows.append(Row(f"hits, TTL {ttl} s", published, model, fmean(values), half_width, ""))
    return Reproduced(rows, sum(each.questions for each in found), sum(each.differing for each in found))
