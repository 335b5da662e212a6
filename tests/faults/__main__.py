# SPDX-License-Identifier: ISC
"""`python -m tests.faults`: the modes of the fault-world tool, and the way to each. Nothing is done here."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple


class Way(NamedTuple):
    """A command: the module whose `main` it is, and what it does."""

    module: str
    says: str


WAYS: Final = {
    "rows": Way("tests.faults.matrix", "scenario and live: run the rows, print the matrix (`make faults`)"),
    "fuzz": Way("tests.faults.modes_fuzz", "random clients in random worlds, from one seed"),
    "compare": Way(
        "tests.faults.modes_compare.__main__", "the rows' worlds through four other resolvers (root)"
    ),
    "ask": Way("tests.faults.modes_compare.asking", "a world of yours: what is told, and every packet"),
    "soak": Way("tests.faults.soak", "an hour among honest and hostile servers and clients (`make soak`)"),
    "differ": Way(
        "tests.faults.differential", "the same questions to BIND, Unbound and ours, and who differs"
    ),
}


def main(words: Sequence[str] | None = None) -> int:
    """Hand over to a mode, or list them. Exit code 2 for one that there is not."""
    name, *rest = list(sys.argv[1:] if words is None else words) or ["--help"]
    if name in ("-h", "--help", "list"):
        print("python -m tests.faults MODE [--help | arguments]   (docs/faults.md)\n")
        for mode, way in WAYS.items():
            print(f"  {mode:<9}{way.says}")
        return 0
    if name not in WAYS:
        print(f"error: no mode {name} - there are {', '.join(WAYS)}", file=sys.stderr)
        return 2
    try:
        code: int = importlib.import_module(WAYS[name].module).main(rest)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone (`| head`): what is left in the buffer goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
