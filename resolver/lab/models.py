# SPDX-License-Identifier: ISC
"""Closed forms: what theory says a cache does. Pure functions of rates and durations; nothing is simulated here.

Everywhere, questions for one name arrive by a Poisson process of `rate` per second, its record lives `ttl` seconds
and is fetched anew by the first question after that: cycles of `ttl` + Exp(1/rate). Rates may be arrays, one for each
name; results then are arrays too. Averages over names are the caller's, weighted by rates (`over_names`).

Sources: Jung, Berger, Balakrishnan, "Modeling TTL-based Internet caches", INFOCOM 2003; Fofack and Alouf, "Modeling
modern DNS caches", ValueTools 2013; the rest follows from the renewal theorem and from Poisson arrivals seeing time
averages.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rates = NDArray[np.float64]


def zipf_rates(names: int, alpha: float, total: float) -> Rates:
    """The question rates of `names` names whose popularity falls as rank^-`alpha`; together `total` per second."""
    weights = np.arange(1, names + 1, dtype=np.float64) ** -alpha
    return weights * (total / float(weights.sum()))


def over_names(rates: Rates, per_question: Rates) -> float:
    """The share over all questions, given each name's rate and its share: the mean weighted by rates."""
    return float(np.average(per_question, weights=rates))


def hit_ratio(rate: Rates, ttl: float | Rates) -> Rates:
    """The share of questions answered fresh from the cache: λT / (1 + λT)."""
    expected = np.asarray(rate, np.float64) * ttl
    return expected / (1.0 + expected)


def upstream_rate(rate: Rates, ttl: float) -> Rates:
    """Fetches per second: λ / (1 + λT)."""
    rate = np.asarray(rate, np.float64)
    return rate / (1.0 + rate * ttl)


def renewal_hit_ratio(arrivals_in_ttl: Rates) -> Rates:
    """The hit ratio for any renewal arrivals: E[N(T)] / (1 + E[N(T)]), given the mean number that follow within a TTL.

    Jung, Berger, Balakrishnan 2003, theorem 1.
    """
    expected = np.asarray(arrivals_in_ttl, np.float64)
    return expected / (1.0 + expected)


def unshared_hit_ratio(rate: Rates, ttl: float, caches: int) -> Rates:
    """The hit ratio when `caches` caches share the questions evenly and nothing else: h(λ/n)."""
    return hit_ratio(np.asarray(rate, np.float64) / caches, ttl)


def stored_share(rate: Rates, ttl: float, stale: float) -> Rates:
    """The chance that a name is held at a random instant, fresh or stale for at most `stale` seconds.

    (λT + 1 − e^(−λS)) / (1 + λT).
    """
    rate = np.asarray(rate, np.float64)
    return (rate * ttl - np.expm1(-rate * stale)) / (1.0 + rate * ttl)


def served_in_outage(rate: Rates, ttl: float, stale: float, outage: float) -> Rates:
    """The share of questions answered during an outage of `outage` seconds, when stale data serve for `stale` more.

    At its start a name is fresh with probability λT/(1+λT), for a time uniform on (0, T), or has been stale for x with
    density λ·e^(−λx)/(1+λT); it serves until S seconds after its end of life. For D ≤ S this is
    [λT + 1 − e^(−λS)(e^(λD) − 1)/(λD)] / (1 + λT); for S = 0, h·(1 − D/2T) up to D = T and h·T/2D beyond.
    """
    rate = np.asarray(rate, np.float64)
    beyond = max(outage - stale, 0.0)  # how long a life must still last for its stale window to reach the end
    mean_left = beyond * (1.0 - beyond / (2.0 * ttl)) if beyond <= ttl else ttl / 2.0
    fresh = rate * ttl * (min(stale, outage) + mean_left) / outage
    # The integral of λ·e^(−λx)·min(D, S − x) over (0, S), in two parts; no exponent is positive.
    reach = min(stale, outage)
    whole = -np.expm1(-rate * (stale - reach))
    part = (
        reach * np.exp(-rate * (stale - reach))
        + np.exp(-rate * (stale - reach)) * np.expm1(-rate * reach) / rate
    )
    stale_part = whole + part / outage
    return (fresh + stale_part) / (1.0 + rate * ttl)


def outdated_share(ttl: float, change_rate: float) -> float:
    """The share of hits that carry what the owner has changed since: 1 − (1 − e^(−μT)) / (μT).

    A hit's age is uniform on (0, T) when questions are Poisson, whatever their rate.
    """
    expected = change_rate * ttl
    return float(1.0 + np.expm1(-expected) / expected) if expected > 0 else 0.0


def beyond_owner_share(published: float, minimum: float) -> float:
    """The share of hits older than the TTL that the owner published, under a minimum clamp: (m − T)/m."""
    return max(0.0, (minimum - published) / minimum) if minimum > 0 else 0.0


def prefetched(rate: Rates, ttl: float, fraction: float) -> tuple[Rates, Rates]:
    """Hit ratio and fetches per second when the first hit in the last `fraction` of a life starts a new one.

    With w = fT and q = 1 − e^(−λw), the chance that there is such a hit, a life lasts
    q((1−f)T + E[first arrival | in the window]) + (1−q)(T + 1/λ) on average and ends in a miss with chance 1 − q.
    """
    rate = np.asarray(rate, np.float64)
    window = fraction * ttl
    missed = np.exp(-rate * window)
    caught = -np.expm1(-rate * window)
    # q·E[first arrival | in the window], written without a division by q, which may be 0.
    first = caught / rate - window * missed
    cycle = caught * (ttl - window) + first + missed * (ttl + 1.0 / rate)
    return 1.0 - missed / (rate * cycle), 1.0 / cycle
