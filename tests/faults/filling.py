# SPDX-License-Identifier: ISC
"""Fills one cache with content made to weigh more than it is counted for, and says what the process grew by.

    python -m tests.faults.filling KIND [--mib 16]      # one line of JSON: grown, counted and budget, in bytes

Each kind is a process of its own, whose resident memory is read before and after; twice what fits is stored, so
that what leaves has left its holes. Judged by `test_memory`.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from resolver.cache import Entry, ImageCache, Kind, Rank, RecordCache
from resolver.cache.chain import Link
from resolver.cache.delegations import Delegation, DelegationCache
from resolver.cache.entry import NXDOMAIN_TYPE
from resolver.cache.failures import FailureCache
from resolver.cache.lives import Lives
from resolver.cache.servers import ServerCache
from resolver.events import nobody
from resolver.policy import AnswerClass, Policy, Subject, judge
from resolver.service.shadows.judges import Judge
from resolver.service.shadows.table import Table
from resolver.wire import Message, Question, Record, Rtype, compose

POLICY: Final = Policy()
NOW: Final = 1000.0
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
DRAW: Final = random.Random(10)


class Sized(Protocol):
    """What says how much it weighs."""

    @property
    def size_bytes(self) -> int:
        """In bytes."""


class Filler(Protocol):
    """Makes an empty cache of that many bytes, and says how to store one thing more in it."""

    def __call__(self, budget: int) -> tuple[Sized, Callable[[int], None], int]:
        """The cache, `store(number)`, and the bytes that one of those weighs at least."""


def name(number: int, octets: int = 30) -> bytes:
    """A name of its own of about that length, up to the longest there is."""
    labels = [b"%08x" % (number * 2654435761 % (1 << 32))]
    left = min(octets, 254) - 10
    while left > 1:
        labels.append(bytes(DRAW.choices(range(97, 123), k=min(63, left - 1))))
        left -= len(labels[-1]) + 1
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def entry(
    owner: bytes, rtype: int, rdatas: list[bytes], kind: Kind = Kind.POSITIVE, proofs: tuple[Record, ...] = ()
) -> Entry:
    """As the engine makes one; `proofs` come with a denial and its SOA."""
    answer = AnswerClass.POSITIVE if kind is Kind.POSITIVE else AnswerClass.NXDOMAIN
    lifetime = judge(
        Subject(owner, rtype, answer, 3600),
        NOW,
        POLICY,
        **({} if kind is Kind.POSITIVE else {"soa_minimum": 3600}),
    )
    zone = owner[owner[0] + 1 :]
    soa = None if kind is Kind.POSITIVE else Record(zone, int(Rtype.SOA), 1, 3600, bytes(22))
    records = tuple(Record(owner, rtype, 1, 3600, rdata) for rdata in rdatas)
    return Entry(
        kind, owner, rtype, records, (), soa, proofs, Rank.AUTHORITATIVE_ANSWER, lifetime, zone, "2001:db8::1"
    )


def records(make: Callable[[int], Entry], least: int) -> Filler:
    """A record cache filled with those entries."""

    def fill(budget: int) -> tuple[Sized, Callable[[int], None], int]:
        cache = RecordCache(budget, nobody)

        def store(number: int) -> None:
            cache.store(make(number), NOW)

        return cache, store, least

    return fill


def _denial(number: int) -> Entry:
    owner = name(number, 120)
    proofs = tuple(
        Record(name(number * 7 + n, 60), int(rtype), 1, 3600, DRAW.randbytes(150))
        for n, rtype in enumerate((Rtype.NSEC, Rtype.RRSIG, Rtype.NSEC, Rtype.RRSIG))
    )
    return entry(owner, int(NXDOMAIN_TYPE), [], Kind.NXDOMAIN, proofs)


def failures(budget: int) -> tuple[Sized, Callable[[int], None], int]:
    """Long names with long reasons, each in a dead zone of its own."""
    cache = FailureCache(budget)

    def store(number: int) -> None:
        owner = name(number, 250)
        what = "no usable answer from " + "x" * 200 + str(number)
        cache.record(
            owner, 1, False, NOW, structural=False, unreachable=True, ede=22, text=what,
            zone=owner[9:], policy=POLICY,
        )  # fmt: skip
        cache.set_recheck(owner, 1, owner[9:], NOW + 30)

    return cache, store, 1000


def delegations(budget: int) -> tuple[Sized, Callable[[int], None], int]:
    """Thirteen servers with long names and twenty IPv6 addresses."""
    cache = DelegationCache(budget)

    def store(number: int) -> None:
        zone = name(number, 200)
        names = tuple(name(number * 13 + n, 250) for n in range(13))
        addresses = tuple(
            (names[n % 13].lower(), f"2001:db8:{number & 65535:x}:1:2:3:4:{n:x}") for n in range(20)
        )
        lease = judge(
            Subject(zone, int(Rtype.NS), AnswerClass.DELEGATION, 3600), NOW, POLICY, lease_until=NOW + 3600
        )
        cache.store(Delegation(zone, names, addresses, lease, zone[9:]), NOW)

    return cache, store, 4000


def servers(budget: int) -> tuple[Sized, Callable[[int], None], int]:
    """Servers with all that is known of one, each lame for a long name."""
    cache = ServerCache(budget)

    def store(number: int) -> None:
        server = f"2001:db8:{number >> 16:x}:1:2:3:4:{number & 65535:x}", 53 + number
        state = cache.get(server)
        state.srtt, state.rttvar = number / 7, number / 11
        state.last_used_at, state.down_until, state.failed_at = NOW + number, NOW + number / 3, number / 13
        state.edns_until, state.case_until = number / 17, number / 19
        state.cookie = DRAW.randbytes(32)
        cache.mark_lame(name(number, 250), server, NOW + number)

    return cache, store, 600


def images(budget: int) -> tuple[Sized, Callable[[int], None], int]:
    """The longest answers that UDP carries, of chains of eleven links, spelled in as many ways as one likes."""
    held = RecordCache(1 << 30, nobody)
    for number in range(500):
        held.store(entry(name(number), 1, [DRAW.randbytes(4)]), NOW)
    cache = ImageCache(budget, held)
    links = [Link(name_, 1, held.generation(name_, 1)) for name_ in (e.key for e in held.at_or_below(b"\0"))]

    def store(number: int) -> None:
        chosen = DRAW.sample(links, 11)
        request = b"\x00" + bytes(11) + name(number, 250) + b"\x00\x01\x00\x01"
        owner = name(number, 250)
        text = Record(
            owner, int(Rtype.TXT), 1, 3600, b"\xff" + DRAW.randbytes(255) + b"\xff" + DRAW.randbytes(255)
        )
        octets = compose(Message(0, 0x8180, 0, Question(owner, int(Rtype.TXT), 1), (text, text, text)))
        cache.store(request, octets, [NOW + 3600] * 3, chosen, NOW)

    return cache, store, 1500


def lives(budget: int) -> tuple[Sized, Callable[[int], None], int]:
    """The table of past lives, by records that come and go in a small cache."""
    table = Lives(budget)
    cache = RecordCache(1 << 20, nobody, None, table)

    def store(number: int) -> None:
        cache.store(entry(name(number), 1, [b"1234"]), NOW)

    return table, store, 200


def shadows(budget: int) -> tuple[Sized, Callable[[int], None], int]:
    """Rows of four policies for long names, with an alias each."""
    judges = [Judge(f"p{n}", "shadow", POLICY, 1.0, ()) for n in range(4)]
    table = Table(judges, budget)

    def store(number: int) -> None:
        owner = name(number, 250)
        table.adopt((owner, 1), [entry(owner, 1, [DRAW.randbytes(4)])])

    return table, store, 900


KINDS: Final[dict[str, Filler]] = {
    "small_records": records(lambda n: entry(name(n, 12), 1, [DRAW.randbytes(4)]), 150),
    "huge_rrsets": records(lambda n: entry(name(n), 1, [DRAW.randbytes(4) for _ in range(256)]), 1500),
    "long_txt": records(
        lambda n: entry(name(n), int(Rtype.TXT), [DRAW.randbytes(DRAW.randrange(20000, 60000))]), 20000
    ),
    "many_types": records(lambda n: entry(name(n // 100), 1000 + n % 100, [DRAW.randbytes(8)]), 150),
    "long_names": records(lambda n: entry(name(n, 254), 1, [DRAW.randbytes(4)]), 350),
    "denials_with_proofs": records(_denial, 700),
    "failures": failures,
    "delegations": delegations,
    "servers": servers,
    "images": images,
    "lives": lives,
    "shadows": shadows,
}


def resident() -> int:
    """Bytes of memory that this process has."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE


def numbers(budget: int, least: int) -> Iterator[int]:
    """As many as fill the budget twice, were each no heavier than `least`."""
    yield from range(2 * budget // least)


def main() -> int:
    """Fill one kind and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.filling")
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--mib", type=int, default=16)
    given = parser.parse_args()
    budget = given.mib << 20
    _, warm, _ = KINDS[given.kind](1 << 20)
    for number in range(200):
        warm(number)
    before = resident()
    cache, store, least = KINDS[given.kind](budget)
    most = 0
    for number in numbers(budget, least):
        store(number)
        if number % 1000 == 0:
            most = max(most, cache.size_bytes)
    print(json.dumps({"grown": resident() - before, "counted": cache.size_bytes, "budget": budget}))
    assert most <= budget
    return 0


if __name__ == "__main__":
    sys.exit(main())
