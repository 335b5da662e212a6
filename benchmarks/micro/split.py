# SPDX-License-Identifier: ISC
"""What it costs in hit ratio that each worker has a cache of its own: the law, and a simulation beside it.

    python -m benchmarks.micro.split [--names N] [--zipf A] [--rate Q] [--ttl S] [--entries N] [--seed N]

A stub draws a new source port for each question, so the kernel gives each to any worker, one like the other: n workers
are n caches that each see a name at 1/n of its rate. For Poisson arrivals at rate r and TTL T a cache hits
h = rT / (1 + rT) of the questions; over all names, H(n) = sum of p h(r/n). Virtual time, no sockets, seeded. With
`--entries` memory is short too: that many entries in all, divided, least recently used out first.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from itertools import accumulate

from cachetools import LRUCache

WORKERS = (1, 2, 4, 8, 16)
WARM_UP = 3  # TTLs before anything is counted


def zipf(names: int, exponent: float) -> list[float]:
    """How likely each name is to be asked for."""
    weights = [rank**-exponent for rank in range(1, names + 1)]
    total = sum(weights)
    return [weight / total for weight in weights]


def law(shares: Sequence[float], rate: float, ttl: float, workers: int) -> float:
    """The hit ratio over all names, memory unlimited."""
    each = rate * ttl / workers
    return sum(share * (share * each) / (1 + share * each) for share in shares)


def arrivals(
    shares: Sequence[float], rate: float, seconds: float, rng: random.Random
) -> Iterator[tuple[float, int]]:
    """Instants and names of questions, until `seconds` have passed."""
    cumulative, names, now = list(accumulate(shares)), range(len(shares)), 0.0
    while True:
        for name in rng.choices(names, cum_weights=cumulative, k=4096):
            now += rng.expovariate(rate)
            if now >= seconds:
                return
            yield now, name


def simulate(shares: Sequence[float], rate: float, ttl: float, workers: int, *, seconds: float, seed: int,
             entries: int = 0) -> float:  # fmt: skip
    """The hit ratio that `workers` caches come to in `seconds` of virtual time, the warm-up not counted."""
    rng = random.Random(seed)
    most = max(1, entries // workers) if entries else len(shares)
    caches: list[LRUCache[int, float]] = [LRUCache(most) for _ in range(workers)]
    hits = asked = 0
    for now, name in arrivals(shares, rate, WARM_UP * ttl + seconds, rng):
        cache = caches[rng.randrange(workers)]
        fresh_until = cache.get(name, 0.0)
        if now >= WARM_UP * ttl:
            asked += 1
            hits += now < fresh_until
        if now >= fresh_until:
            cache[name] = now + ttl
    return hits / asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--zipf", type=float, default=0.9)
    parser.add_argument("--rate", type=float, default=100.0, help="questions a second, all workers together")
    parser.add_argument("--ttl", type=float, default=300.0)
    parser.add_argument("--entries", type=int, default=0, help="entries in all; 0: memory is not short")
    parser.add_argument("--seconds", type=float, default=3000.0, help="virtual, after the warm-up")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    shares = zipf(args.names, args.zipf)
    print(f"{args.names} names, Zipf {args.zipf:g}, {args.rate:g} questions/s, TTL {args.ttl:g} s, seed {args.seed}"
          + (f", {args.entries} entries in all" if args.entries else ""))  # fmt: skip
    print("| workers | law | simulated | misses, times those of one |\n|---|---|---|---|")
    alone = 0.0
    for workers in WORKERS:
        hits = simulate(shares, args.rate, args.ttl, workers, seconds=args.seconds, seed=args.seed,
                        entries=args.entries)  # fmt: skip
        alone = alone or 1 - hits
        expected = law(shares, args.rate, args.ttl, workers)
        print(f"| {workers} | {expected:.3f} | {hits:.3f} | {(1 - hits) / alone:.2f} |")


if __name__ == "__main__":
    main()
