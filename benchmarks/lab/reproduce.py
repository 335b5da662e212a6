# SPDX-License-Identifier: ISC
"""`make reproduce`: the reference table by closed form, cache-level replay and, for short TTLs, the server itself.

Exit 1 when a row is off, or when the two depths of replay differ in the answer to any question.

python -m benchmarks.lab.reproduce [--seeds 20] [--full-seeds 6]
"""

from __future__ import annotations

import argparse
import sys
import time

from resolver.cli.output import table
from resolver.composition import ServerUnder
from resolver.lab.fullworld import reproduction as full
from resolver.lab.reproduction import ALPHA, NAMES, RATE, SEEDS, Row, reproduce

HEAD = ("WHAT", "PUBLISHED", "CLOSED FORM", "REPLAY", "DIFFERENCE", "INTERVAL", "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="replays of each row, with seeds 1 to this")
    parser.add_argument("--full-seeds", type=int, default=full.SEEDS, help="the same, in the full world")
    given = parser.parse_args()
    seeds, full_seeds = max(given.seeds, 2), max(given.full_seeds, 2)
    began_at = time.monotonic()
    rows = reproduce(range(1, seeds + 1), told)
    print(f"{NAMES:,} names, Zipf {ALPHA}, {RATE:g} questions/s; cache-level replay, seeds 1-{seeds}\n")
    print(table([HEAD, *map(line_of, rows)]))
    found = full.reproduce_full(ServerUnder, range(1, full_seeds + 1), told)
    rows += found.rows
    print(f"\nthe same in the full world, {full.DURATION_S:g} s a seed from a stationary cache: the server's")
    print(
        f"service and engine over a simulated internet; {found.questions:,} questions, seeds 1-{full_seeds}\n"
    )
    print(table([HEAD, *map(line_of, found.rows)]))
    failed = sum(not row.passes for row in rows)
    print(f"\n{len(rows) - failed} of {len(rows)} rows hold, in {time.monotonic() - began_at:.0f} s")
    print("intervals: for one choice of seeds in twenty, chance alone makes a row of a table fail")
    print(f"questions that the full world answers otherwise than cache-level replay: {found.differing}")
    return 1 if failed or found.differing else 0


def told(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def line_of(row: Row) -> tuple[str, ...]:
    if row.unit:
        numbers = (f"{row.model:.3f}", f"{row.replayed:.3f}")
        published = "" if row.published is None else f"{row.published:g}{row.unit}"
        spread = (f"{row.replayed - row.model:+.3f}", f"±{row.half_width:.3f}")
    else:
        numbers = (f"{row.model:.3%}", f"{row.replayed:.3%}")
        published = "" if row.published is None else f"{row.published:.1%}"
        spread = (f"{row.replayed - row.model:+.3%}", f"±{row.half_width:.3%}")
    return (
        row.what,
        published,
        *(f"{number}{row.unit}" for number in (*numbers, *spread)),
        "ok" if row.passes else "OFF",
    )


if __name__ == "__main__":
    sys.exit(main())
