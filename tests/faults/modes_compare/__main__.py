# SPDX-License-Identifier: ISC
"""The command line of the compare mode.

python -m tests.faults.modes_compare [run] [PEER …] [--only A13,R05] [--rounds 3] [--out FILE]
python -m tests.faults.modes_compare table FILE [--into README.md]
python -m tests.faults.modes_compare list
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.peers import surroundings
from benchmarks.peers.contenders import clean_environment, contenders, version_of
from tests.conftest import ROOT
from tests.faults.modes_compare import running, table
from tests.faults.modes_compare.catalogue import CASES, chosen
from tests.faults.modes_compare.result import Peer, Result, read

RESULTS = ROOT / "benchmarks" / "results" / "faults-compared.json"
PROGRAM = "python -m tests.faults.modes_compare"
COMMANDS = ("run", "table", "list")


def main(words: Sequence[str] | None = None) -> int:
    """Run, render or list. Exit code 1 when something could not be done, 2 for a wrong command line."""
    given = list(sys.argv[1:] if words is None else words)
    if not given or given[0] not in (*COMMANDS, "-h", "--help"):
        given.insert(0, "run")
    chosen_one = _parser().parse_args(given)
    match chosen_one.command:
        case "run":
            return _run(chosen_one)
        case "table":
            return _table(chosen_one.file, chosen_one.into)
        case _:
            return _list()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="The rows' worlds through other resolvers, side by side with ours."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure (the default): root, Linux; some ten minutes for all")
    run.add_argument("names", nargs="*", metavar="PEER", help="who takes part; default: all installed")
    run.add_argument("--only", default="", help="cases by the beginning of their title: A13,R05, or A10 CAMP")
    run.add_argument("--rounds", type=int, default=1, help="how often; the median counts")
    run.add_argument(
        "--out", type=Path, help=f"the JSON; default: {RESULTS.relative_to(ROOT)}, none with --only"
    )
    run.add_argument(
        "--update", action="store_true", help="keep what the file has of other cases and peers, replace these"
    )
    show = commands.add_parser("table", help="render a result as Markdown")
    show.add_argument("file", type=Path)
    show.add_argument("--into", type=Path, help="put the summary between the markers of this page")
    commands.add_parser("list", help="cases, peers, and what is installed")
    return parser


def _run(given: argparse.Namespace) -> int:
    try:
        cases = chosen(given.only)
    except ValueError as error:
        return _error(f"no case begins with {error}", f"see `{PROGRAM} list`", 2)
    clean_environment()
    known = contenders()
    if unknown := set(given.names) - set(known):
        return _error(f"unknown {', '.join(sorted(unknown))}", f"there are {', '.join(known)}", 2)
    if given.rounds < 1:
        return _error(f"--rounds {given.rounds}", "give one or more", 2)
    if reason := running.hindrance():
        return _error(*reason)
    versions = surroundings.versions(list(known.values()))["contenders"]
    wanted = given.names or list(known)
    names = [name for name in wanted if version_of(known[name].version)]
    left_out = [known[name].title for name in wanted if name not in names]
    if left_out:
        print(f"left out, not installed: {', '.join(left_out)}", file=sys.stderr)
    about = {"taken_at": surroundings.utc_now(), **surroundings.commit(), "rounds": given.rounds}
    about["machine"] = surroundings.machine()
    lines = running.run(cases, names, given.rounds)
    peers = [Peer(name, known[name].title, str(versions[name])) for name in names]
    result = Result({**about, "finished_at": surroundings.utc_now()}, peers, left_out, lines)
    out = given.out or (None if (given.only or given.names) and not given.update else RESULTS)
    if given.update and out is not None and out.exists():
        result = read(out).updated(result)
    text = table.whole(result)
    print(text)
    if out is not None:
        result.write(out)
        out.with_suffix(".md").write_text(f"# Faults compared\n\n{text}", "utf-8")
        print(f"written: {out}, {out.with_suffix('.md')}", file=sys.stderr)
    return 0


def _table(file: Path, into: Path | None) -> int:
    try:
        result = read(file)
        if into is None:
            print(table.whole(result))
        else:
            table.put_into(into, table.summary(result))
    except OSError as error:
        return _error(f"{error.filename}: {error.strerror}", "name a file that `run` has written")
    except msgspec.DecodeError as error:
        return _error(f"{file} is no such result ({error})", "name a file that `run` has written")
    except ValueError as error:
        what, _, remedy = str(error).partition(" - ")
        return _error(what, remedy)
    return 0


def _list() -> int:
    for case in CASES:
        print(f"{case.title}: {', '.join(figure.what for figure in case.figures)}")
    for one in contenders().values():
        print(f"{one.name:<12}{one.title} {version_of(one.version) or f'- not installed: {one.package}'}")
    return 0


def _error(what: str, remedy: str, code: int = 1) -> int:
    print(f"error: {what} - {remedy}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
