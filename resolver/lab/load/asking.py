# SPDX-License-Identifier: ISC
"""The questions of a load, as octets without their ID: of names, by Zipf's law, of a trace. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, cycle
from random import Random
from typing import Final

from resolver.wire import Edns, compose_query, from_text
from resolver.wire.edns import join_cookie

_DRAWN: Final = 4096  # Zipf draws at a time
_COOKIE: Final = b"\0\0\0\0\0\0\0\0"

Chance = Random  # what a load draws from: anybody may recover it from its output, and it comes out the same each time


def chance(seed: int) -> Chance:
    """Return the draws of a seed. They are for loads alone: no ID, port or letter case of the resolver's own."""
    return Random(seed)


Name = tuple[bytes, int]  # wire name and type


@dataclass(frozen=True, slots=True)
class Shape:
    """How questions look beyond name and type: RD is always set. `cookies` puts a random client cookie into each."""

    edns: bool = True
    dnssec_ok: bool = False
    cookies: bool = False
    udp_size: int = 1232

    def octets(self, name: bytes, rtype: int) -> bytes:
        """Return a question from its flags on: what follows the ID."""
        options = (join_cookie(_COOKIE),) if self.cookies else ()
        has_opt = self.edns or self.dnssec_ok or self.cookies
        edns = Edns(udp_size=self.udp_size, do=self.dnssec_ok, options=options) if has_opt else None
        return compose_query(name, rtype, rd=True, edns=edns)[2:]


def in_turn(names: Sequence[Name], shape: Shape, random: Random) -> Iterator[bytes]:
    """Yield a question for each of `names`, again and again."""
    return _seasoned(cycle([shape.octets(*name) for name in names]), shape, random)


def once(names: Iterable[Name], shape: Shape, random: Random) -> Iterator[bytes]:
    """Yield a question for each of `names`, however many there are; each different one is composed once."""
    known: dict[Name, bytes] = {}

    def compose() -> Iterator[bytes]:
        for name in names:
            octets = known.get(name)
            if octets is None:
                octets = known[name] = shape.octets(*name)
            yield octets

    return _seasoned(compose(), shape, random)


def zipf(count: int, alpha: float, under: bytes, rtype: int, shape: Shape, random: Random) -> Iterator[bytes]:
    """Yield questions for n1 … n`count` below the name `under`; the k-th in proportion to k to the -`alpha`."""
    known: list[bytes | None] = [None] * count
    weights = list(accumulate(rank**-alpha for rank in range(1, count + 1)))

    def draw() -> Iterator[bytes]:
        while True:
            for place in random.choices(range(count), cum_weights=weights, k=_DRAWN):
                octets = known[place]
                if octets is None:
                    octets = known[place] = shape.octets(from_text(f"n{place + 1}.")[:-1] + under, rtype)
                yield octets

    return _seasoned(draw(), shape, random)


def _seasoned(questions: Iterator[bytes], shape: Shape, random: Random) -> Iterator[bytes]:
    """With cookies every question has another one: its last eight octets."""
    if not shape.cookies:
        return questions
    return (octets[: -len(_COOKIE)] + random.randbytes(len(_COOKIE)) for octets in questions)
