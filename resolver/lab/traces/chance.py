# SPDX-License-Identifier: ISC
"""Chance that depends on a number alone: every name, client or RRset draws its traits from its own number and a seed.

So no trait has to be kept: a hundred million names cost no memory, and one name's traits never depend on another's.
No stream of random numbers lives here, and nothing about DNS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GOLDEN: Final = 0x9E3779B97F4A7C15
# Seeds and traits must not step as numbers do, or one seed's names would be the next one's, shifted by one.
_SEEDS: Final = 0xD6E8FEB86659FD93
_TRAITS: Final = 0xD1342543DE82EF95
_MASK: Final = (1 << 64) - 1


def mix(numbers: NDArray[np.int64], seed: int, trait: int = 0) -> NDArray[np.uint64]:
    """Return 64 well-mixed bits for each of `numbers`: the finaliser of SplitMix64 (Steele, Lea, Flood 2014).

    `trait` tells the draws of one number apart: its TTL, whether it is a chain …
    """
    start = np.uint64((seed * _SEEDS + trait * _TRAITS + _GOLDEN) & _MASK)
    bits = numbers.astype(np.uint64)
    bits *= np.uint64(_GOLDEN)
    bits += start
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


def unit(numbers: NDArray[np.int64], seed: int, trait: int = 0) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each of `numbers`, as evenly spread as 53 bits allow."""
    return (mix(numbers, seed, trait) >> np.uint64(11)).astype(np.float64) * 2.0**-53
