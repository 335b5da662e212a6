# SPDX-License-Identifier: ISC
"""When questions come and from whom: a Poisson stream, thinned to the day's curve and to clients that come and go.

No name, type or answer lives here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from resolver.lab.traces.chance import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.lab.traces.spec import Spec

BLOCK: Final = 1 << 17  # candidates drawn at a time: part of the definition of a trace, so a constant
_DAY: Final = 86400.0
_PHASE, _SESSION = 11, 12  # traits, see chance


class Arrivals(NamedTuple):
    """Consecutive questions: when, by which client, and whether each is part of the attack."""

    time: NDArray[np.float64]
    client: NDArray[np.int32]
    attack: NDArray[np.bool_]


def arrivals(spec: Spec, seed: int, rng: np.random.Generator) -> Iterator[Arrivals]:
    """Yield the arrivals of the whole trace in order of time, from a Poisson stream of candidates by thinning.

    A pair counts as two questions, so that `spec.rate` is questions whatever the share of pairs.
    """
    most = spec.rate * (1 + spec.day) / spec.on / (1 + spec.pairs)
    attack = spec.attack_rate if spec.attack_for else 0.0
    phase = unit(np.arange(spec.clients), seed, _PHASE) * spec.session
    at, end = 0.0, float(spec.duration)
    while at < end:
        # The logarithm, not the generator's own exponentials: those may change from release to release.
        time = at + np.cumsum(-np.log1p(-rng.random(BLOCK))) / (most + attack)
        at = float(time[-1])
        chance = rng.random(BLOCK)
        client = (rng.random(BLOCK) * spec.clients).astype(np.int32)
        hostile = chance < attack / (most + attack)
        keep = time < end
        if attack:
            under = (time >= spec.attack_at) & (time < spec.attack_at + spec.attack_for)
            keep &= ~hostile | under
            chance = np.where(hostile, 0.0, (chance * (most + attack) - attack) / most)
        if spec.day:
            swing = 1 + spec.day * np.cos((time - spec.peak_at) * (2 * math.pi / _DAY))
            keep &= hostile | (chance < swing / (1 + spec.day))
        if spec.on < 1:
            keep &= hostile | _is_on(spec, seed, time, client, phase)
        yield Arrivals(time[keep], client[keep], hostile[keep])


def _is_on(
    spec: Spec, seed: int, time: NDArray[np.float64], client: NDArray[np.int32], phase: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return whether each client is on: its time is cut into sessions, each on or off by chance.

    Runs of sessions are then geometric: a client stays on for session / (1 - on) in the mean.
    """
    session = ((time + phase[client]) / spec.session).astype(np.int64)
    return np.asarray(unit((session << 24) + client, seed, _SESSION) < spec.on)
