# SPDX-License-Identifier: ISC
"""Any world, any name, any resolver: what the client is told, and every packet that the world's servers got.

    python -m tests.faults ask WORLD.py NAME [TYPE] [--through scenario,bind,…]

WORLD.py is Python that has a function `world()`, which returns a `tests.faults.world.World`. Nothing is compared here.
"""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import dns.exception
import dns.name
import dns.rdatatype

from benchmarks.peers.contenders import clean_environment, contenders, version_of
from resolver.wire import type_to_text
from tests.faults.modes import Mode
from tests.faults.modes_compare import running
from tests.faults.modes_compare.case import Found, case, packets, told_in_words
from tests.faults.modes_scenario import scenario
from tests.faults.world import Asked, World

SCENARIO: Final = "scenario"
PROGRAM: Final = "python -m tests.faults ask"
_REMEDY: Final = "name a file of Python that has `def world() -> World`"
MOST: Final = 200  # packets shown


def main(words: Sequence[str] | None = None) -> int:
    """Ask, and print what happened. Exit code 1 when something could not be done, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="What the client is told, and what your servers are asked, in a world of yours.",
    )
    parser.add_argument("world", type=Path, metavar="WORLD.py", help="has `def world() -> World`")
    parser.add_argument("name", type=_name)
    parser.add_argument("type", nargs="?", default="A", type=_type, help="A, unless you say")
    through = f"with commas between: {SCENARIO} (default: ours, virtual clock, no root needed)"
    parser.add_argument("--through", default=SCENARIO, help=f"{through}, {', '.join(contenders())}")
    parser.add_argument("--again", type=_count, default=0, metavar="N", help="ask N times more, at once")
    given = parser.parse_args(words)
    known = contenders()
    names = [name for name in given.through.split(",") if name]
    if unknown := set(names) - {*known, SCENARIO}:
        there = ", ".join((SCENARIO, *known))
        return _error(f"--through: unknown {', '.join(sorted(unknown))}", f"there are {there}", 2)
    try:
        build = _world_of(given.world)
    except OSError as error:
        return _error(f"{given.world}: {error.strerror}", _REMEDY)
    except (ImportError, SyntaxError, ValueError) as error:
        return _error(f"{given.world}: {error}", _REMEDY)
    play = _play(build, given.name, given.type, given.again + 1)
    if SCENARIO in names:
        _tell("this resolver, virtual clock", play(scenario))
    others = [name for name in names if name != SCENARIO]
    if reason := running.hindrance() if others else None:
        return _error(*reason)
    if missing := [known[name].package for name in others if not version_of(known[name].version)]:
        return _error(
            f"not installed: {', '.join(missing)}", "install the Debian packages, or leave them out"
        )
    clean_environment()
    asked = case("ask", given.name, packets(None), play)
    for line in running.run([asked], others, 1) if others else ():
        for name in others:
            outcome = line.outcomes[name][0]
            _tell(
                f"{known[name].title} {version_of(known[name].version)}",
                Found(outcome.values, outcome.remark),
            )
    return 0


def _name(text: str) -> str:
    try:
        dns.name.from_text(text)
    except dns.exception.DNSException as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no name ({error})") from None
    return text


def _type(text: str) -> str:
    try:
        dns.rdatatype.from_text(text)
    except (dns.exception.DNSException, ValueError):
        raise argparse.ArgumentTypeError(f"{text!r} is no type - write A, or TYPE65280") from None
    return text


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of times")
    return int(text)


def _world_of(path: Path) -> Callable[[], World]:
    build = runpy.run_path(str(path)).get("world")
    if not callable(build):
        raise ValueError("it has no function `world`")
    return build  # type: ignore[no-any-return]  # what it returns is the reader's own affair


def _play(build: Callable[[], World], name: str, rtype: str, times: int) -> Callable[[Mode], Found]:
    def play(mode: Mode) -> Found:
        world = build()
        with mode(world) as session:
            session.settle()  # what it does at its start is not meant
            world.clear()
            before = session.connections
            told = [session.ask(name, rtype) for _ in range(times)]
            session.settle()
            heard = [told_in_words(one, session.connections - before) for one in told]
            heard += [" ".join(one.data) for one in told[-1:] if one.data]
            return Found((len(world.log),), "\n".join([" | ".join(heard), *transcript(world.log)]))

    return play


def transcript(log: Sequence[Asked]) -> list[str]:
    """A line a packet: seconds since the first, the server, how, and for what."""
    lines = []
    for asked in log[:MOST]:
        again = f"  (again, {asked.attempt})" if asked.attempt else ""
        edns = "" if asked.message.edns else "  no EDNS"
        when = asked.tick - log[0].tick
        what = f"{asked.text} {type_to_text(asked.rtype)}{edns}{again}"
        lines.append(f"{when:8.3f}  {asked.server:<15} {asked.transport.value:<4} {what}")
    return [*lines, f"… and {len(log) - MOST} more"] if len(log) > MOST else lines


def _tell(title: str, found: Found) -> None:
    heard, *lines = found.remark.splitlines() or [""]
    count = found.values[0]
    print(f"{title}: {heard}" + ("" if count is None else f", {count:.0f} packets"))
    for line in lines:
        print(f"  {line}")


def _error(what: str, remedy: str, code: int = 1) -> int:
    print(f"error: {what} - {remedy}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
