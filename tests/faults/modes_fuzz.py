# SPDX-License-Identifier: ISC
"""The fuzz mode: random clients in random worlds under the virtual clock, for so many seconds, all from one seed.

    python -m tests.faults fuzz [--seconds 120] [--seed 1] [--corpus FOLDER]

Each round has a seed of its own, which alone repeats it; a round that breaks a promise is printed with it, and its
client's octets are kept in the corpus, which every run begins with. The codec alone is fuzzed by `tests.fuzz.mutate`.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import dns.exception
import dns.message

from resolver.engine.ports import Transport
from tests.faults.modes import request
from tests.faults.modes_scenario import scenario
from tests.faults.world import ROOT_SERVER, World
from tests.faults.world_hostile import hostile

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus" / "requests"
QUESTIONS = 8  # a round
NAMES = (
    "www.a.pz.",
    "x.y.a.pz.",
    "b.pz.",
    "www.q.",
    "deep.down.c.b.pz.",
    ".",
    "localhost.",
    "1.0.0.127.in-addr.arpa.",
)
TYPES = ("A", "AAAA", "NS", "SOA", "MX", "TXT", "CNAME", "ANY", "DS", "SVCB")


def hostile_world(seed: int) -> World:
    """Eight servers that all answer for everything, as badly as the seed draws."""
    world = World()
    world.zone(".", [ROOT_SERVER, *(f"127.66.0.{n}" for n in range(2, 9))], hostile(seed))
    return world


def questions(seed: int) -> Iterator[bytes]:
    """The octets of a round's clients: half of them are as they should be."""
    draw = random.Random(seed)
    for number in range(QUESTIONS):
        octets = request(
            draw.choice(NAMES),
            draw.choice(TYPES),
            number,
            edns=draw.random() < 0.7,
            rd=draw.random() < 0.95,
            size=draw.choice((0, 512, 1232, 65535)),
        )
        yield octets if draw.random() < 0.5 else mutated(octets, draw)


def mutated(octets: bytes, draw: random.Random) -> bytes:
    """Octets changed, cut, doubled, inserted or appended, up to three times."""
    data = bytearray(octets)
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(data)) if data else 0
        match draw.randrange(5):
            case 0 if data:
                data[at] = draw.randrange(256)
            case 1:
                del data[at:]
            case 2:
                data[at:at] = data[at : at + draw.randrange(1, 40)]
            case 3:
                data[at:at] = draw.randbytes(draw.randrange(1, 12))
            case _:
                data += draw.randbytes(draw.randrange(1, 40))
    return bytes(data)


def play(seed: int, asked: Sequence[bytes]) -> None:
    """One round. Raises AssertionError on a broken promise: answers that parse and belong, fifty packets, no crash."""
    world = hostile_world(seed)
    with scenario(world, seed=seed) as session:
        for octets in asked:
            world.clear()
            opened = session.connections
            for transport in Transport:
                check_response(octets, session.exchange(octets, transport))
            session.settle()
            assert len(world.log) <= 100, (
                "more than fifty packets for a question"
            )  # it was asked by UDP and TCP
            assert session.connections - opened <= 8, "more than four connections for a question"


def check_response(octets: bytes, response: bytes | None) -> None:
    """A response belongs to what was asked and can be read; none is one too."""
    if response is None:
        return
    assert response[:2] == octets[:2], "not the client's ID"
    assert response[2] & 0x80, "no response"
    assert len(response) <= 65535
    try:
        dns.message.from_wire(response)
    except dns.exception.DNSException as error:
        raise AssertionError(f"a response that dnspython does not read: {error!r}") from None


def run(seconds: float, seed: int, corpus: Path) -> int:
    """Play the corpus, then rounds until the time is up; return how many broke a promise."""
    end = time.monotonic() + seconds
    stored = sorted(corpus.glob("*.bin")) if corpus.is_dir() else []
    rounds = broken = 0
    for path in stored:
        play(seed, [path.read_bytes()])
    while time.monotonic() < end:
        here = seed * 1_000_000 + rounds
        asked = list(questions(here))
        rounds += 1
        try:
            play(here, asked)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            broken += 1
            print(f"round seed {here}: {error!r}", file=sys.stderr)
            corpus.mkdir(parents=True, exist_ok=True)
            for octets in asked:
                (corpus / f"{hashlib.sha256(octets).hexdigest()[:16]}.bin").write_bytes(octets)
    print(
        f"{len(stored)} of the corpus, {rounds} rounds of {QUESTIONS} questions by UDP and TCP, {broken} broken"
    )
    return broken


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults fuzz",
        description="Random clients in random worlds under the virtual clock; `make fuzz` has the other targets too.",
    )
    parser.add_argument("--seconds", type=float, default=120, help="how long: 120")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn: 1")
    parser.add_argument(
        "--corpus",
        type=Path,
        default=CORPUS,
        help="octets to begin with; where those that broke something go",
    )
    given = parser.parse_args(arguments)
    return 1 if run(given.seconds, given.seed, given.corpus) else 0


if __name__ == "__main__":
    sys.exit(main())
