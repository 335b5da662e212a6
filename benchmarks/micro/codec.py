# SPDX-License-Identifier: ISC
"""What the codec costs, in CPU time, beside dnspython on the same messages.

    python -m benchmarks.micro.codec [--write]

Prints a table; --write puts it into benchmarks/results/codec.json. Every figure is the least of several
rounds: on a shared machine the least is the one that others disturbed least.
"""

import argparse
import json
import platform
import random
import struct
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import dns.message

from resolver.wire import (
    Edns,
    FormatError,
    Message,
    Question,
    Record,
    Rtype,
    compose,
    compose_query,
    from_text,
    parse,
    peek,
)
from resolver.wire.names import is_at_or_below
from resolver.wire.parse import POINTERS_MAX
from resolver.wire.patch import age_ttls, read_ttls, ttl_offsets

RESULTS = Path(__file__).resolve().parent.parent / "results" / "codec.json"
SEED = 20261120
ROUNDS = 15
ROUND_SECONDS = 0.05


def cpu_microseconds(work: Callable[[], object]) -> float:
    """The CPU time of one call, in microseconds: the least of ROUNDS rounds."""
    started = time.process_time()
    work()
    once = max(time.process_time() - started, 1e-7)
    calls = max(1, int(ROUND_SECONDS / once))
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(calls):
            work()
        best = min(best, (time.process_time() - started) / calls)
    return round(best * 1e6, 2)


def referral(zone: str, servers: int, rng: random.Random) -> Message:
    """A referral to that many name servers of the zone, each with one IPv4 address."""
    names = [from_text(f"ns{n}.{zone}") for n in range(1, servers + 1)]
    return Message(
        id=rng.getrandbits(16),
        flags=0x8000,
        question=Question(from_text(f"www.{zone}"), Rtype.A),
        authority=tuple(Record(from_text(zone), Rtype.NS, 1, 172800, name) for name in names),
        additional=tuple(Record(name, Rtype.A, 1, 172800, rng.randbytes(4)) for name in names),
        edns=Edns(do=True),
    )


def hostile() -> bytes:
    """64 KiB of entries into the middles of long names: the most walking a message can ask for."""
    bundle = b"\x01a" * 126 + b"\x00"
    filler = struct.pack("!BHHIH", 0, 16, 1, 0, len(bundle) * 60) + bundle * 60
    targets = [23 + len(bundle) * (n // 126) + 2 * (n % 126) for n in range(3000)]
    records = b"".join(struct.pack("!HHHIHI", 0xC000 | t, 1, 1, 0, 4, 0) for t in targets)
    return struct.pack("!6H", 0, 0x8000, 0, 3001, 0, 0) + filler + records


def refuse(data: bytes) -> None:
    """Parses what must be refused."""
    try:
        parse(data)
    except FormatError:
        return
    raise AssertionError("a hostile message was taken")


def cases() -> dict[str, Callable[[], object]]:
    """What is measured, by name."""
    rng = random.Random(SEED)
    www = from_text("www.example.com")
    edns = Edns(do=True, options=((10, rng.randbytes(8)),))
    request = compose_query(www, Rtype.A, id=1, rd=True, edns=edns)
    small, large = referral("example.com", 4, rng), referral("gtld-servers.net", 13, rng)
    small_wire, large_wire = compose(small), compose(large)
    query = parse(request)
    answer = tuple(Record(www, Rtype.A, 1, 60, struct.pack("!I", n)) for n in range(4000))
    full = Message(id=1, flags=0x8180, question=Question(www, Rtype.A), answer=answer)
    full_wire, trap = compose(full), hostile()
    image = bytearray(small_wire)
    offsets = ttl_offsets(image)
    ttls = read_ttls(image, offsets)
    theirs = dns.message.from_wire(small_wire)
    zone = from_text("example.com")
    return {
        "query: peek": lambda: peek(request),
        "query: parse": lambda: parse(request),
        "query: compose": lambda: compose(query),
        "query: compose_query": lambda: compose_query(www, 1, id=1, rd=True, edns=edns),
        "referral, 4 NS and glue: parse": lambda: parse(small_wire),
        "referral, 4 NS and glue: compose": lambda: compose(small),
        "referral, 13 NS and glue: parse": lambda: parse(large_wire),
        "referral, 13 NS and glue: compose": lambda: compose(large),
        "answer of 4000 records: parse": lambda: parse(full_wire),
        "answer of 4000 records: compose": lambda: compose(full),
        f"hostile 64 KiB, over {POINTERS_MAX} pointers: refuse": lambda: refuse(trap),
        "image: TTLs of 8 records": lambda: age_ttls(image, offsets, ttls, 10),
        "names: is_at_or_below": lambda: is_at_or_below(www, zone),
        "dnspython, query: parse": lambda: dns.message.from_wire(request),
        "dnspython, referral, 4 NS and glue: parse": lambda: dns.message.from_wire(small_wire),
        "dnspython, referral, 4 NS and glue: compose": theirs.to_wire,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description="CPU cost of the codec")
    arguments.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    chosen = arguments.parse_args()
    figures = {name: cpu_microseconds(work) for name, work in cases().items()}
    for name, figure in figures.items():
        print(f"{figure:>10.2f} µs  {name}")
    if chosen.write:
        result = {
            "schema": 1,
            "unit": "microseconds of CPU a call, least of rounds",
            "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "dnspython": version("dnspython"),
            "seed": SEED,
            "rounds": ROUNDS,
            "figures": figures,
        }
        RESULTS.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


def _processor() -> str:
    """The model of the processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else "unknown processor"


if __name__ == "__main__":
    main()
