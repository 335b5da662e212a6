# SPDX-License-Identifier: ISC
"""What one cached answer costs: bytes the process really grows by, and microseconds to store, follow and hit.

    python -m benchmarks.micro.memory [--entries N] [--rounds N] [--against TREE] [--write]

Every figure comes from a fresh process with a seed. `--against` names a checkout of another version: both are
measured in turns (A B A B), so that what else runs on the machine disturbs both alike. Bytes are resident set growth
divided by entries, beside what the byte budget says; times are CPU time, the least of several batches. Only the
public interface of `resolver.cache` is used.
"""

import argparse
import gc
import json
import os
import platform
import random
import subprocess
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from resolver.cache import Entry, ImageCache, Kind, Rank, RecordCache, follow
from resolver.events import nobody
from resolver.policy import AnswerClass, Policy, Subject, judge
from resolver.service.counters import ImageKind, ServiceCounters, Source
from resolver.wire import Message, Question, Record, compose

_COUNTERS = ServiceCounters()

RESULTS = Path(__file__).resolve().parent.parent / "results" / "memory.json"
SEED = 20261121
HUGE = 1 << 40
ZONES = 10_000
BATCH = 5_000
PAGE = os.sysconf("SC_PAGE_SIZE")
POLICY = Policy()
GOALS = {"record_bytes": 400, "with_image_bytes": 650, "budget_error": 0.25, "hot_ratio": 1.15}


def resident() -> int:
    """Bytes of memory this process has."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def owner_of(number: int) -> bytes:
    """A name of 25 octets in one of ZONES zones of 17."""
    return b"\x07" + b"h%06x" % (number * 7919 % (1 << 24)) + zone_of(number)


def zone_of(number: int) -> bytes:
    return b"\x0bzone%07d\x03net\x00" % (number % ZONES)


def entries(count: int, start: int = 0) -> Iterator[Entry]:
    """Single addresses as the engine makes them, each with objects of its own."""
    rng = random.Random(SEED + start)
    for number in range(start, start + count):
        owner, ttl = owner_of(number), rng.randrange(300, 86400)
        now = 1000.0 + number / 10_000
        record = Record(owner, 1, 1, ttl, rng.randbytes(4))
        server = f"192.0.2.{number % 50}"
        lifetime = judge(Subject(owner, 1, AnswerClass.POSITIVE, ttl), now, POLICY)
        yield Entry(
            Kind.POSITIVE,
            owner,
            1,
            (record,),
            (),
            None,
            (),
            Rank.AUTHORITATIVE_ANSWER,
            lifetime,
            zone_of(number),
            server,
        )


def request_of(number: int) -> bytes:
    """The key the service gives a plain request: a tag and the octets after the ID."""
    return b"\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + owner_of(number) + b"\x00\x01\x00\x01"


def fill_records(count: int) -> RecordCache:
    records = RecordCache(HUGE, nobody)
    for entry in entries(count):
        records.store(entry, entry.lifetime.stored_at)
    return records


def fill_images(records: RecordCache, count: int) -> ImageCache:
    images = ImageCache(HUGE, records)
    for number in range(count):
        store_image(images, records, number)
    return images


def store_image(images: ImageCache, records: RecordCache, number: int) -> None:
    """As the service does it after a second question: and the image is hit once, so that it is in use."""
    now = 1100.0 + number / 10_000
    chain = follow(records, owner_of(number), 1, now, 11)
    (entry,) = chain.entries
    octets = compose(Message(0, 0x8180, 0, Question(entry.owner, 1, 1), entry.records, (), (), None))
    until = chain.fresh_until
    account = _COUNTERS.account(ImageKind("udp", "ipv4", 1, 0, "success", Source.HIT))
    images.store(
        request_of(number), octets, [until], chain.sources, now, prefetch_at=until * 0.9, account=account
    )
    images.get(request_of(number), now)


def measure_bytes(count: int) -> dict[str, float]:
    """Resident bytes per record, per image, and what the budget says of both."""
    fill_images(fill_records(200), 200)
    gc.collect()
    empty = resident()
    records = fill_records(count)
    with_records = resident()
    images = fill_images(records, count)
    with_images = resident()
    record, image = (with_records - empty) / count, (with_images - with_records) / count
    return {
        "record_bytes": round(record, 1),
        "record_weight": round(records.size_bytes / count, 1),
        "image_bytes": round(image, 1),
        "image_weight": round(images.size_bytes / count, 1),
        "with_image_bytes": round(record + image, 1),
    }


def microseconds(work: Callable[[int], object], numbers: list[int]) -> float:
    """CPU time of one call: the least of batches over `numbers`."""
    best = float("inf")
    for first in range(0, len(numbers), BATCH):
        batch = numbers[first : first + BATCH]
        started = time.process_time()
        for number in batch:
            work(number)
        best = min(best, (time.process_time() - started) / len(batch))
    return round(best * 1e6, 3)


def measure_times(count: int) -> dict[str, float]:
    """Microseconds of each step with `count` entries held; lookups are of 20,000 hot names at most."""
    records = fill_records(count)
    hot = random.Random(SEED).sample(range(count), min(20_000, count))
    images = ImageCache(HUGE, records)
    for number in hot:
        store_image(images, records, number)
    fresh = list(entries(20_000, start=count))
    rounds = hot * (1 + 60_000 // len(hot))
    now = 1200.0
    gc.collect()
    gc.disable()  # collections are measured below, apart
    found = {
        "follow_hit_us": microseconds(lambda number: follow(records, owner_of(number), 1, now, 11), rounds),
        "image_hit_us": microseconds(lambda number: images.get(request_of(number), now), rounds),
        # Each is brought to a later second.
        "image_renewal_us": microseconds(lambda number: images.get(request_of(number), now + 1.0), hot),
        "owner_us": microseconds(owner_of, rounds),
        "request_us": microseconds(request_of, rounds),
    }
    later = [count + number for number in range(20_000)]
    found["follow_miss_us"] = microseconds(
        lambda number: follow(records, owner_of(number), 1, now, 11), later
    )
    found["store_us"] = microseconds(lambda number: records.store(fresh[number - count], now), later)
    gc.enable()
    started = time.process_time()
    gc.collect()
    found["collection_ms"] = round((time.process_time() - started) * 1e3, 1)
    for name, making in (("follow_hit_us", "owner_us"), ("follow_miss_us", "owner_us")):
        found[name] = round(found[name] - found[making], 3)
    making_request = found.pop("request_us")
    for name in ("image_hit_us", "image_renewal_us"):
        found[name] = round(found[name] - making_request, 3)
    del found["owner_us"]
    return found


def measure_places(count: int) -> dict[str, float]:
    """Bytes per entry, by file and line that asked for them: the greatest first (tracemalloc; no allocator's waste)."""
    fill_images(fill_records(200), 200)
    tracemalloc.start()
    records = fill_records(count)
    images = fill_images(records, count)
    gc.collect()
    places: dict[str, float] = defaultdict(float)
    for trace in tracemalloc.take_snapshot().statistics("lineno"):
        frame = trace.traceback[0]
        places["/".join(Path(frame.filename).parts[-2:]) + f":{frame.lineno}"] += trace.size / count
    tracemalloc.stop()
    assert len(images) == len(records) == count
    return {place: round(size, 1) for place, size in sorted(places.items(), key=lambda item: -item[1])[:20]}


def measure(what: str, count: int) -> dict[str, float]:
    match what:
        case "bytes":
            return measure_bytes(count)
        case "times":
            return measure_times(count)
        case "places":
            return measure_places(count)
    raise ValueError(what)


def in_fresh_process(tree: Path, what: str, count: int) -> dict[str, float]:
    """Measure a checkout: this file against that checkout's `resolver`."""
    here = Path(__file__).resolve()
    done = subprocess.run(
        [sys.executable, str(here), "--one", what, "--entries", str(count)],
        # The threshold is what the process itself sets when it starts: `runtime.allocator`.
        env={
            **os.environ,
            "PYTHONPATH": str(tree),
            "PYTHONHASHSEED": "0",
            "MALLOC_MMAP_THRESHOLD_": "524288",
        },
        cwd=tree,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def commit_of(tree: Path) -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=8"], cwd=tree, stdout=subprocess.PIPE, check=True
    )
    return done.stdout.decode().strip()


def compare(trees: dict[str, Path], count: int, rounds: int) -> dict[str, dict[str, object]]:
    """All measures of all versions, in turns; medians of times, bytes from the one process (they hardly vary)."""
    found: dict[str, dict[str, object]] = {
        name: {"commit": commit_of(tree), "bytes": in_fresh_process(tree, "bytes", count)}
        for name, tree in trees.items()
    }
    for size in (10_000, 1_000_000 if count >= 500_000 else count):
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
        for _ in range(rounds):
            for name, tree in trees.items():
                taken[name].append(in_fresh_process(tree, "times", size))
        for name, times in taken.items():
            found[name][f"times_{size}"] = {
                key: round(median(one[key] for one in times), 3) for key in times[0]
            }
    for name, tree in trees.items():
        found[name]["places"] = in_fresh_process(tree, "places", 20_000)
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--entries", type=int, default=500_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--against", type=Path, help="a checkout of the version to compare with")
    asked.add_argument("--write", action="store_true", help=f"put the results into {RESULTS.name}")
    asked.add_argument("--one", choices=("bytes", "times", "places"), help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.entries)))
        return
    trees = {"before": options.against.resolve()} if options.against else {}
    trees["after" if trees else "now"] = RESULTS.parent.parent.parent
    result = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "seed": SEED,
        "entries": options.entries,
        "rounds": options.rounds,
        "goals": GOALS,
        **compare(trees, options.entries, options.rounds),
    }
    text = json.dumps(result, indent=2) + "\n"
    print(text, end="")
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
