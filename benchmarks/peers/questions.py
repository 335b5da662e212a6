# SPDX-License-Identifier: ISC
"""The questions of each step, written as dnsperf's files from a seed: the same seed and sizes give the same bytes."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.internet import EMPTY, WILDCARD, zone_of

ZIPF_EXPONENT = 0.9
# A root-named OPT of 1232 octets with DO, and the head of its only option, a cookie of 8.
_DO_WITH_COOKIE = struct.pack("!BHHIHHH", 0, 41, 1232, 0x8000, 12, 10, 8)
HOT = 20_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything. `draws` is the length of lists that one run should not exhaust."""

    leaves: int = 10_000
    hot: int = HOT  # the fills shrink with it
    miss: int = 20_000
    miss_long: int = 500_000
    zipf: int = 1_000_000
    draws: int = 1_500_000


SMALL = Sizes(hot=5_000)  # for the hits alone
TINY = Sizes(leaves=25, hot=50, miss=100, miss_long=200, zipf=2_000, draws=5_000)
_FILLS = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}


def leaf_name(number: int, leaves: int) -> str:
    """Names numbered so that as many neighbours as there are leaf zones lie in different zones."""
    return f"h{number // leaves}.{zone_of(number % leaves)}"


def cookie_query(name: str, cookie: bytes) -> bytes:
    """An A question as `dig +dnssec` sends it: RD and AD, EDNS with DO, 1232 octets and a client cookie (RFC 7873)."""
    qname = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    return struct.pack("!6H", 0, 0x0120, 1, 0, 0, 1) + qname + b"\0\1\0\1" + _DO_WITH_COOKIE + cookie


def zipf_ranks(rng: random.Random, names: int, draws: int) -> list[int]:
    """Ranks from 0, drawn with a probability that falls as rank to the power of the exponent."""
    weights = list(itertools.accumulate((rank + 1) ** -ZIPF_EXPONENT for rank in range(names)))
    return rng.choices(range(names), cum_weights=weights, k=draws)


class Questions:
    """The files, written when first asked for."""

    def __init__(self, folder: Path, sizes: Sizes, seed: int) -> None:
        self._folder = folder
        self._sizes = sizes
        self._seed = seed
        folder.mkdir(parents=True, exist_ok=True)

    def file(self, name: str) -> Path:
        """The file of that name; KeyError for one that nobody knows how to write."""
        path = self._folder / name
        if not path.exists():
            rng = random.Random(f"{self._seed} {name}")
            kind, _, rest = name.partition("-")
            if kind == "cookies":
                path.write_bytes(b"".join(self._cookies(rng, rest)))
            else:
                names = _WRITERS[kind](self._sizes, rng, rest)
                path.write_text("".join(f"{one} A\n" for one in names))
        return path

    def _cookies(self, rng: random.Random, rest: str) -> Iterator[bytes]:
        """Every message with a cookie of its own, in the format of a TCP stream."""
        names = list(_hot(self._sizes, rng, ""))
        count = 2 * len(names) if rest == "warm" else self._sizes.draws
        for name in itertools.islice(itertools.cycle(names), count):
            message = cookie_query(name, rng.randbytes(8))
            yield struct.pack("!H", len(message)) + message


def _shuffled(rng: random.Random, names: Iterable[str]) -> list[str]:
    found = list(names)
    rng.shuffle(found)
    return found


def _hot(sizes: Sizes, rng: random.Random, _: str) -> Iterable[str]:
    return _shuffled(rng, (leaf_name(number, sizes.leaves) for number in range(sizes.hot)))


def _miss(sizes: Sizes, rng: random.Random, rest: str) -> Iterable[str]:
    count = sizes.miss_long if rest == "long" else sizes.miss
    return _shuffled(rng, (leaf_name(number, sizes.leaves) for number in range(count)))


def _zipf(sizes: Sizes, rng: random.Random, _: str) -> Iterable[str]:
    return (leaf_name(rank, sizes.leaves) for rank in zipf_ranks(rng, sizes.zipf, sizes.draws))


def _nxdomain(sizes: Sizes, rng: random.Random, _: str) -> Iterable[str]:
    return (f"{rng.getrandbits(64):016x}.{EMPTY}" for _ in range(sizes.draws))


def entries(sizes: Sizes, size: str) -> int:
    """How many entries a fill of this name puts into the cache."""
    return _FILLS[size] * min(sizes.hot, HOT) // HOT


def _fill(sizes: Sizes, rng: random.Random, rest: str) -> Iterable[str]:
    return _shuffled(rng, (f"h{number}.{WILDCARD}" for number in range(entries(sizes, rest))))


def _among(sizes: Sizes, rng: random.Random, rest: str) -> Iterable[str]:
    """The hot names among the filled ones, evenly spread."""
    count = entries(sizes, rest)
    step = max(1, count // sizes.hot)
    return _shuffled(rng, (f"h{number}.{WILDCARD}" for number in range(0, count, step)))


def _uniform(sizes: Sizes, rng: random.Random, rest: str) -> Iterable[str]:
    count = entries(sizes, rest)
    return (f"h{rng.randrange(count)}.{WILDCARD}" for _ in range(sizes.draws))


_WRITERS: dict[str, Callable[[Sizes, random.Random, str], Iterable[str]]] = {
    "hot": _hot,
    "miss": _miss,
    "zipf": _zipf,
    "nxdomain": _nxdomain,
    "fill": _fill,
    "among": _among,
    "uniform": _uniform,
}
