# SPDX-License-Identifier: ISC
"""What TTLs owners publish: one for all, or a mix from the literature with a named law inside its buckets.

No policy lives here: this is what is published, before anybody's minimum or maximum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from resolver.units import Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shares = NDArray[np.float64]
    Law = Callable[[Shares, Shares, Shares], Shares]


# Cumulative shares of names by TTL, seconds: measured over 6.26 million names in 2012 (the laboratory's reference).
MIX: Final = ((0, 0.0016), (60, 0.0984), (120, 0.1632), (300, 0.3988), (3600, 0.7007), (86400, 1.0))


def _log_uniform(share: Shares, low: Shares, high: Shares) -> Shares:
    low = np.maximum(low, 1.0)  # a second is the least TTL above zero
    return np.asarray(low * (high / low) ** share)


def _uniform(share: Shares, low: Shares, high: Shares) -> Shares:
    return np.asarray(low + share * (high - low))


def _top(share: Shares, low: Shares, high: Shares) -> Shares:
    return high


LAWS: Final[dict[str, Law]] = {"mix-log-uniform": _log_uniform, "mix-uniform": _uniform, "mix-top": _top}


class TtlLaw(NamedTuple):
    """`name` as a report shows it: `300s`, `mix-log-uniform` … ; `of` turns shares in [0, 1) into whole seconds."""

    name: str
    of: Callable[[Shares], NDArray[np.int32]]


def ttl_law(text: str) -> TtlLaw:
    """Read a law: a duration, or `mix` (log-uniform), `mix-log-uniform`, `mix-uniform`, `mix-top`.

    Raises ValueError on anything else, in words for an operator.
    """
    name = "mix-log-uniform" if text == "mix" else text
    if name in LAWS:
        law = LAWS[name]
        return TtlLaw(name, lambda shares: _mixed(shares, law))
    try:
        ttl = int(Seconds.read(text))
    except ValueError:
        raise ValueError(f"write a duration such as 300 or 1h, mix, {', '.join(LAWS)}") from None
    return TtlLaw(str(Seconds(ttl)), lambda shares: np.full(len(shares), ttl, np.int32))


def _mixed(shares: Shares, law: Law) -> NDArray[np.int32]:
    tops = np.array([top for top, _ in MIX], np.float64)
    ends = np.array([share for _, share in MIX])
    bucket = np.minimum(np.searchsorted(ends, shares, side="right"), len(tops) - 1)
    low = np.where(bucket > 0, tops[bucket - 1], 0.0)
    begins = np.where(bucket > 0, ends[bucket - 1], 0.0)
    inside = (shares - begins) / (ends[bucket] - begins)
    seconds = np.where(bucket > 0, np.ceil(law(inside, low, tops[bucket])), 0.0)
    return seconds.astype(np.int32)
