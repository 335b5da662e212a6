# SPDX-License-Identifier: ISC
"""What it costs that caches do not share: one trace, its clients spread over n caches, each with all to learn anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np

from resolver.errors import ResolverError
from resolver.lab import models
from resolver.lab.replay.changes import grown
from resolver.lab.replay.numbers import KEPT, PolicyNumbers
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.replaying import Arm, Progress, replay
from resolver.lab.traces.rows import Columns, Row, Trace
from resolver.policy import Policy


@dataclass(frozen=True, slots=True)
class Share:
    """The share of questions that find a fresh answer when `caches` share nothing: replayed, and by theory."""

    caches: int
    hit: float
    modelled: float


def fragmentation(
    trace: Trace, world: World, policy: Policy, caches: Sequence[int], progress: Progress | None = None
) -> list[Share]:
    """Replay `trace` over each number of caches without a limit, from empty ones.

    Theory is h(λ/n) of each RRset, weighted by its questions, for Poisson questions evenly spread and without prefetch;
    of c questions in the whole span, c - 1 may have brought what one of them finds. Raises what reading the trace does.
    """
    rates, kept, asked = _rates_and_lives(trace, world, policy)
    found = []
    for number in caches:
        apart = trace if number == 1 else Fragmented(trace, number)
        preparation = Preparation(apart, world, by_name=policy.by_name)
        (tally,) = replay(preparation, [Arm(policy)], progress=progress)
        modelled = models.over_names(asked, models.hit_ratio(rates / number, kept))
        found.append(Share(number, tally.data_hit, modelled))
    return found


def _rates_and_lives(
    trace: Trace, world: World, policy: Policy
) -> tuple[models.Rates, models.Rates, models.Rates]:
    """Of each RRset: questions a second but for the first, seconds kept (at most the whole span), and questions."""
    preparation = Preparation(trace, world, by_name=policy.by_name)
    asked, subjects, last = np.zeros(0), np.zeros(0, np.int32), 0.0
    for block in preparation.blocks():
        asked = grown(asked, preparation.rrsets, 0.0)
        subjects = grown(subjects, preparation.rrsets, 0)
        counted = np.bincount(block.rrset)
        asked[: len(counted)] += counted
        subjects[block.rrset] = block.named_subject if policy.by_name else block.subject
        last = float(block.time[-1])
    numbers = PolicyNumbers(policy)
    numbers.cover(preparation.codes, preparation.named_subjects)
    asked, subjects = asked[: preparation.rrsets], subjects[: preparation.rrsets]
    span = max(last, 1e-9)
    return (asked - 1.0) / span, np.minimum(numbers.table[subjects, KEPT], span), asked


class TooManyNames(ResolverError):
    """Names cannot be numbered apart; its text is `what - what to do`."""


class Fragmented:
    """A trace whose names are apart by cache: replayed through one cache without a limit, it is as through `caches`.

    A client's questions always go to the same cache, its number modulo `caches`. Rows stay as they are.
    """

    def __init__(self, trace: Trace, caches: int) -> None:
        self.about = f"{trace.about}, over {caches} caches"
        self.names: Sequence[bytes] = _Apart(trace.names, caches)
        self.made_from = trace
        self._caches = caches

    def client(self, number: int) -> str:
        """Return the client of that number."""
        return self.made_from.client(number)

    def blocks(self) -> Iterator[Columns]:
        """Yield the blocks of the trace; a name has another number at each cache."""
        most = np.iinfo(np.int32).max // self._caches
        for block in self.made_from.blocks():
            if len(block) and int(block.name.max()) >= most:
                raise TooManyNames(
                    f"{self.about}: more than {most:,} names - fewer caches, or a shorter trace"
                )
            yield replace(block, name=block.name * self._caches + block.client % self._caches)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the trace."""
        return self.made_from.rows()


class _Apart(Sequence[bytes]):
    """Each name as often as there are caches."""

    def __init__(self, names: Sequence[bytes], caches: int) -> None:
        self._names = names
        self._caches = caches

    def __len__(self) -> int:
        return len(self._names) * self._caches

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        return self._names[number // self._caches]
