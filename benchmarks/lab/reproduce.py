# SPDX-License-Identifier: ISC
"""`make reproduce`: the laboratory's reference table, by closed form and by replay; exit 1 when a row is off.

python -m benchmarks.lab.reproduce [--seeds 20]
"""

from __future__ import annotations

import argparse
import sys
import time

from resolver.cli.output import table
from resolver.lab.reproduction import ALPHA, NAMES, RATE, SEEDS, Row, reproduce


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="replays of each row, with seeds 1 to this")
    seeds = max(parser.parse_args().seeds, 2)
    began_at = time.monotonic()
    rows = reproduce(range(1, seeds + 1), lambda line: print(line, file=sys.stderr, flush=True))
    print(f"{NAMES:,} names, Zipf {ALPHA}, {RATE:g} questions/s; cache-level replay, seeds 1-{seeds}\n")
    head = ("WHAT", "PUBLISHED", "CLOSED FORM", "REPLAY", "DIFFERENCE", "INTERVAL", "")
    print(table([head, *map(line_of, rows)]))
    failed = sum(not row.passes for row in rows)
    print(f"\n{len(rows) - failed} of {len(rows)} rows hold, in {time.monotonic() - began_at:.0f} s")
    print("intervals: for one choice of seeds in twenty, chance alone makes a row of the table fail")
    return 1 if failed else 0


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
