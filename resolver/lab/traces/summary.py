# SPDX-License-Identifier: ISC
"""What a trace is like: counted in one pass over its blocks, in memory that grows with names and not with rows.

Counts and estimates only: printing is the command's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resolver.lab.traces.rows import EMPTY, UNKNOWN, Columns, Trace
from resolver.wire import Rcode, to_text
from resolver.wire.codes import rcode_to_text, type_to_text
from resolver.wire.names import suffix

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_MINUTE: Final = 60.0
_ENOUGH: Final = 10  # questions that make a name's rank worth counting in the estimate of alpha
_RANKS: Final = 10  # … and so many such names
_TLDS_OF: Final = 200_000  # most asked names that are read for their top-level domain
_MINUTES_MAX: Final = 1 << 20  # two years; a trace with times further apart has no rate by minutes


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a trace. Shares are of rows unless they say of names; `alpha` is None when too few names repeat."""

    rows: int
    begins_at: float
    ends_at: float
    clients: int
    names: int
    rate: float
    peak_rate: float | None
    names_asked_once: float
    alpha: float | None
    types: dict[str, float]
    rcodes: dict[str, float]
    nodata: float
    with_ttl: float
    with_data: float
    ttls: dict[str, int]
    top_level: dict[str, float]
    most_asked: dict[str, float]

    @property
    def span(self) -> float:
        """Seconds from the first question to the last."""
        return self.ends_at - self.begins_at


class _Count:
    """How often each number came, in an array that grows."""

    def __init__(self) -> None:
        self.of = np.zeros(0, np.int64)

    def add(self, numbers: NDArray[Any]) -> None:
        found = np.bincount(numbers)
        if len(found) > len(self.of):
            self.of = np.concatenate(
                [self.of, np.zeros(max(len(found), 2 * len(self.of)) - len(self.of), np.int64)]
            )
        self.of[: len(found)] += found


def summarise(trace: Trace, told: Callable[[int], None] = lambda _: None) -> Summary:
    """Read the whole trace and return its figures. `told` is called now and then with the rows so far."""
    account = _Account()
    for block in trace.blocks():
        account.add(block)
        told(account.rows)
    return account.summary(trace.names)


class _Account:
    def __init__(self) -> None:
        self.rows = self._nodata = self._with_ttl = self._with_data = 0
        self._begins_at = self._ends_at = 0.0
        self._names, self._clients, self._types = _Count(), _Count(), _Count()
        self._rcodes, self._minutes = _Count(), _Count()
        self._ttls: Counter[int] = Counter()

    def add(self, block: Columns) -> None:
        if not self.rows:
            self._begins_at = float(block.time[0])
        self._ends_at = float(block.time[-1])
        self.rows += len(block)
        self._names.add(block.name)
        self._clients.add(block.client + 1)  # 0 is the unknown one
        self._types.add(block.rtype)
        self._rcodes.add(block.rcode + 1)
        self._nodata += int(np.sum((block.rdata_hash == EMPTY) & (block.rcode == int(Rcode.NOERROR))))
        self._with_data += int(np.sum(block.rdata_hash != UNKNOWN))
        ttl = block.ttl[block.ttl != UNKNOWN]
        self._with_ttl += len(ttl)
        self._ttls.update(
            dict(zip(*(each.tolist() for each in np.unique(ttl, return_counts=True)), strict=True))
        )
        if self._ends_at - self._begins_at < _MINUTES_MAX * _MINUTE:
            self._minutes.add(((block.time - self._begins_at) / _MINUTE).astype(np.int64))

    def summary(self, names: Sequence[bytes]) -> Summary:
        counts = self._names.of
        asked = np.flatnonzero(counts)
        asked = asked[np.argsort(-counts[asked], kind="stable")]
        sizes = counts[asked]
        span = self._ends_at - self._begins_at
        rows = max(1, self.rows)
        return Summary(
            rows=self.rows,
            begins_at=self._begins_at,
            ends_at=self._ends_at,
            clients=int(np.count_nonzero(self._clients.of[1:])),
            names=len(asked),
            rate=self.rows / span if span else 0.0,
            peak_rate=self._peak_rate(span),
            names_asked_once=float(np.mean(sizes == 1)) if len(sizes) else 0.0,
            alpha=estimate_alpha(sizes),
            types=_shares(self._types.of, rows, type_to_text),
            rcodes=_shares(self._rcodes.of[1:], rows, rcode_to_text),
            nodata=self._nodata / rows,
            with_ttl=self._with_ttl / rows,
            with_data=self._with_data / rows,
            ttls=_quantiles(self._ttls),
            top_level=_top_level(asked[:_TLDS_OF], sizes[:_TLDS_OF], names),
            most_asked={
                to_text(names[int(n)]): int(c) / rows for n, c in zip(asked[:10], sizes[:10], strict=True)
            },
        )

    def _peak_rate(self, span: float) -> float | None:
        if span < 2 * _MINUTE or span >= _MINUTES_MAX * _MINUTE:
            return None
        return float(self._minutes.of.max()) / _MINUTE


def estimate_alpha(sizes: NDArray[np.int64]) -> float | None:
    """Return the Zipf exponent of names asked so often, `sizes` descending: the likeliest, given the head of the ranks.

    Only names asked ten times or more count: ranks in the tail are noise. None when there are fewer than ten of
    them. The likeliest exponent is the one at which the mean of log(rank) is what was seen (exponential family).
    """
    head = sizes[sizes >= _ENOUGH]
    if len(head) < _RANKS:
        return None
    logs = np.log(np.arange(1, len(head) + 1))
    seen = float(head @ logs / head.sum())
    low, high = 0.0, 10.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        weights = np.exp(-middle * logs)
        if float(weights @ logs / weights.sum()) > seen:
            low = middle
        else:
            high = middle
    return round(low, 3)


def _shares(counts: NDArray[np.int64], rows: int, spell: Callable[[int], str]) -> dict[str, float]:
    found = np.flatnonzero(counts)
    found = found[np.argsort(-counts[found], kind="stable")]
    return {spell(int(number)): int(counts[number]) / rows for number in found}


def _quantiles(ttls: Counter[int]) -> dict[str, int]:
    """Return the TTL below or at which each share of the rows with a TTL lies."""
    if not ttls:
        return {}
    values = sorted(ttls)
    cumulative = np.cumsum([ttls[value] for value in values])
    wanted = {"min": 0.0, "10%": 0.1, "50%": 0.5, "90%": 0.9, "max": 1.0}
    places = {label: math.ceil(share * cumulative[-1]) for label, share in wanted.items()}
    return {label: values[int(np.searchsorted(cumulative, max(1, place)))] for label, place in places.items()}


def _top_level(
    asked: NDArray[np.int64], sizes: NDArray[np.int64], names: Sequence[bytes]
) -> dict[str, float]:
    """Return the share of each top-level domain in the questions for the most asked names, the ten largest."""
    found: Counter[bytes] = Counter()
    for number, size in zip(asked.tolist(), sizes.tolist(), strict=True):
        found[suffix(names[number], 1)] += size
    total = max(1, found.total())
    return {to_text(name): count / total for name, count in found.most_common(10)}
