# SPDX-License-Identifier: ISC
"""Student's t: how far a mean over few seeds may be off."""

from __future__ import annotations

from math import atan, cos, exp, lgamma, log, pi, sqrt
from statistics import NormalDist

_STEPS = 400


def student_t(degrees: int, share: float = 0.95) -> float:
    """The quantile t with P(|T| ≤ t) = `share`, for `degrees` of freedom (1 or more)."""
    low, high = 0.0, NormalDist().inv_cdf((1 + share) / 2)
    while _within(high, degrees) < share:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, degrees) < share else (low, middle)
    return high


def _within(t: float, degrees: int) -> float:
    """P(|T| ≤ t): the density's integral, by Simpson's rule over the angle, where it is smooth and bounded."""
    end = atan(t / sqrt(degrees))
    constant = exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2) - 0.5 * log(pi))
    step = end / _STEPS
    total = 0.0
    for number in range(_STEPS + 1):
        weight = 1 if number in (0, _STEPS) else 4 if number % 2 else 2
        total += weight * cos(number * step) ** (degrees - 1)
    return 2 * constant * total * step / 3
