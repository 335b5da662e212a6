# SPDX-License-Identifier: ISC
"""Who asks for a record, and through what: resolvers by preset, clients with rates of their own, browsers among them.

Values and seeded draws only; what becomes of them is `simulate`'s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from resolver.errors import ResolverError

# Assumed, and named so in every result: nobody counts who is behind which software. Shares of clients.
ASSUMED_SHARES: Final[Mapping[str, float]] = {
    "unbound": 20,
    "bind": 20,
    "powerdns": 10,
    "knot-resolver": 5,
    "dnsmasq": 10,
    "google": 20,
    "cloudflare": 10,
    "quad9": 3,
    "opendns": 2,
}


class RateLaw(StrEnum):
    """How the rates of clients are spread: log-normal, or Zipf over their ranks."""

    LOGNORMAL = "lognormal"
    ZIPF = "zipf"


class PopulationError(ResolverError):
    """A population that cannot be: one line, `what - what to do`."""


@dataclass(frozen=True, slots=True)
class Population:
    """`clients` in all behind `resolvers` caches; `shares` of the resolvers by preset, in any unit.

    Each client asks by a Poisson process; its rate is drawn from `law` with the mean `mean_rate` per second and the
    spread `shape`: sigma of the log-normal, or the exponent of Zipf. The share `browsers` of them keeps copies of its
    own. Which resolver a client is behind is drawn evenly.
    """

    shares: Mapping[str, float]
    resolvers: int = 200
    clients: int = 2000
    browsers: float = 0.6
    law: RateLaw = RateLaw.LOGNORMAL
    mean_rate: float = 1 / 600
    shape: float = 1.5

    def __post_init__(self) -> None:
        if not self.shares or min(self.shares.values()) < 0 or sum(self.shares.values()) <= 0:
            raise PopulationError("shares of resolvers must be positive - write them like unbound=2,bind=1")
        if self.resolvers < 1 or self.clients < 1:
            raise PopulationError("a population needs a resolver and a client - give 1 or more of each")
        if not 0 <= self.browsers <= 1:
            raise PopulationError(f"a share of {self.browsers:g} browsers - give it from 0 to 1")
        if not (self.mean_rate > 0 and self.shape >= 0):
            raise PopulationError("rates must be above 0 and their spread not below 0 - see --help")

    @property
    def title(self) -> str:
        """The population in a line, as every result names it."""
        total = sum(self.shares.values())
        mix = ", ".join(f"{name} {100 * share / total:.3g} %" for name, share in self.shares.items())
        spread = "sigma" if self.law is RateLaw.LOGNORMAL else "exponent"
        return (
            f"{self.clients} clients ({100 * self.browsers:.3g} % browsers), each asking every"
            f" {1 / self.mean_rate:.3g} s on average ({self.law.value}, {spread} {self.shape:g}),"
            f" behind {self.resolvers} resolvers: {mix}"
        )


@dataclass(frozen=True, slots=True)
class Client:
    """One client: its questions per second, and whether it is a browser, with copies of its own."""

    rate: float
    is_browser: bool


@dataclass(frozen=True, slots=True)
class Crowd:
    """The clients behind one resolver of a preset."""

    preset: str
    clients: tuple[Client, ...]


def draw(population: Population, rng: Random) -> tuple[Crowd, ...]:
    """Draw one population. Presets get their shares to within one resolver, so that few seeds go a long way."""
    rates = _rates(population, rng)
    behind: list[list[Client]] = [[] for _ in range(population.resolvers)]
    for rate in rates:
        behind[rng.randrange(population.resolvers)].append(Client(rate, rng.random() < population.browsers))
    presets = _presets(population, rng)
    return tuple(Crowd(preset, tuple(clients)) for preset, clients in zip(presets, behind, strict=True))


def _rates(population: Population, rng: Random) -> list[float]:
    count, mean, shape = population.clients, population.mean_rate, population.shape
    match population.law:
        case RateLaw.LOGNORMAL:
            mu = math.log(mean) - shape * shape / 2  # the mean of a log-normal is exp(mu + sigma²/2)
            return [rng.lognormvariate(mu, shape) for _ in range(count)]
        case RateLaw.ZIPF:
            weights = [rank**-shape for rank in range(1, count + 1)]
            scale = mean * count / math.fsum(weights)
            return [weight * scale for weight in weights]


def _presets(population: Population, rng: Random) -> list[str]:
    """One preset for each resolver: systematic sampling of the shares, then shuffled."""
    total, count = sum(population.shares.values()), population.resolvers
    presets: list[str] = []
    offset, reached = rng.random(), 0.0
    for name, share in population.shares.items():
        reached += share / total * count
        while len(presets) < count and len(presets) + offset < reached:
            presets.append(name)
    presets += [name] * (count - len(presets))  # rounding at the very end
    rng.shuffle(presets)
    return presets
