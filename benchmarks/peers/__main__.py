# SPDX-License-Identifier: ISC
"""The command line.

python -m benchmarks.peers run [--rounds 5] [--seconds 5] [--long] [--only hit,miss] [--contenders resolver,unbound]
python -m benchmarks.peers table RESULT.json [RESULT.json …] [--into README.md]
python -m benchmarks.peers list
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import contenders, network, surroundings, table
from benchmarks.peers.contenders import Contender
from benchmarks.peers.internet import serve
from benchmarks.peers.questions import SMALL, TINY, Questions, Sizes
from benchmarks.peers.result import Result, read
from benchmarks.peers.running import Plan, Runner
from benchmarks.peers.steps import SCENARIOS, SMOKE, Scenario

RESULTS = Path(__file__).resolve().parents[1] / "results"
REFERENCE = "unbound"  # the paced steps run at half of its peak


def main(words: Sequence[str] | None = None) -> int:
    """Run, render or list."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers", description="This resolver beside others."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _run_options(commands.add_parser("run", help="measure, and write the result as JSON"))
    show = commands.add_parser("table", help="render results as markdown")
    show.add_argument("results", nargs="+", type=Path)
    show.add_argument("--into", type=Path, help="replace what is between the benchmark markers of this file")
    commands.add_parser("list", help="scenarios and contenders, and what is installed")
    words = sys.argv[1:] if words is None else words
    chosen = parser.parse_args(words)
    match chosen.command:
        case "run":
            chosen.network = "shared" if chosen.shared_network or not network.enter(words) else "own"
            return _run(chosen)
        case "table":
            return table.show(read(chosen.results), chosen.into)
        case _:
            return _list()


def _run_options(run: argparse.ArgumentParser) -> None:
    run.add_argument("--rounds", type=int, default=5)
    run.add_argument("--seconds", type=float, default=5.0, help="length of each measurement")
    run.add_argument("--long", action="store_true", help="also 500,000 misses and a million entries")
    run.add_argument("--long-rounds", type=int, default=3, help="rounds of those")
    run.add_argument("--only", default="", help="scenarios, with commas between")
    run.add_argument("--contenders", default="", help="names, with commas between; default: all installed")
    run.add_argument(
        "--ours", action="append", default=[], metavar="SECTION.KEY=VALUE", help="setting of ours"
    )
    run.add_argument("--full", action="append", default=None, metavar="SECTION.KEY=VALUE",
                     help="enter ours a second time, as resolver-full, with this too")  # fmt: skip
    run.add_argument("--cache-mib", type=int, default=2048, help="cache of each")
    run.add_argument("--seed", type=int, default=20261121)
    run.add_argument("--tiny", action="store_true", help="small lists: to see that everything works")
    run.add_argument("--smoke", action="store_true", help="only hits, only ours and Unbound")
    run.add_argument("--server-core", type=int, default=0)
    run.add_argument("--load-core", type=int, default=1)
    run.add_argument("--authority-core", type=int, default=None, help="default: the load's")
    run.add_argument("--shared-network", action="store_true", help="no network namespace of our own")
    run.add_argument("--out", type=Path, help="default: benchmarks/results/peers-DATE-COMMIT.json")
    run.add_argument(
        "--keep", action="store_true", help="keep the folder with configurations, zones and logs"
    )


def _run(chosen: argparse.Namespace) -> int:
    contenders.clean_environment()
    entered = _entered(chosen)
    scenarios = SMOKE if chosen.smoke else _scenarios(chosen.only, chosen.long)
    cores = os.sched_getaffinity(0)
    authority_core = chosen.load_core if chosen.authority_core is None else chosen.authority_core
    if (
        not {chosen.server_core, chosen.load_core, authority_core} <= cores
        or chosen.server_core == chosen.load_core
    ):
        raise SystemExit(f"error: needs two cores of {sorted(cores)}, see --server-core and --load-core")
    plan = Plan(scenarios, chosen.rounds, chosen.long_rounds, chosen.seconds, chosen.cache_mib,
                chosen.server_core, chosen.load_core, authority_core)  # fmt: skip
    sizes = TINY if chosen.tiny else SMALL if chosen.smoke else Sizes()
    result = Result(_about(chosen, entered, plan, sizes))
    out = chosen.out or RESULTS / _file_name(result)
    out.parent.mkdir(parents=True, exist_ok=True)
    os.sched_setaffinity(0, {chosen.load_core})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    memory = Path("/dev/shm")  # files in memory, so that no disk is measured
    folder = Path(tempfile.mkdtemp(prefix="peers-", dir=memory if memory.is_dir() else None))
    folder.chmod(0o755)
    try:
        with serve(folder / "internet", sizes.leaves, str(authority_core)) as authorities:
            questions = Questions(folder / "questions", sizes, chosen.seed)
            Runner(plan, entered, authorities, questions, result, (folder, out)).run()
    finally:
        if chosen.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    result.about["finished_at"] = surroundings.utc_now()
    result.write(out)
    print(f"written: {out}\n")
    table.show(result, None)
    return 1 if result.troubles else 0


def _entered(chosen: argparse.Namespace) -> list[Contender]:
    """Who takes part, the reference first. Ends the program when one that was named is not installed."""
    known = contenders.contenders(chosen.ours, chosen.full)
    names = [REFERENCE, "resolver"] if chosen.smoke else [one for one in chosen.contenders.split(",") if one]
    if unknown := set(names) - set(known):
        raise SystemExit(f"error: unknown {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    programs = [name for name in ("nsd", "nsd-control", "dnsperf", "taskset") if not shutil.which(name)]
    absent = [one for one in known.values() if contenders.version_of(one.version) is None]
    missing = programs + [one.package for one in absent if one.name in names]
    if missing:
        raise SystemExit(f"error: not installed: {', '.join(missing)} - see benchmarks/peers/README.md")
    for one in absent:
        print(f"left out, not installed: {one.name} ({one.package})", file=sys.stderr)
    wanted = names or list(known)
    return [one for one in known.values() if one.name in wanted and one not in absent]


def _scenarios(only: str, long: bool) -> tuple[Scenario, ...]:
    names = {one for one in only.split(",") if one}
    names |= {f"{name}-paced" for name in names} & {scenario.name for scenario in SCENARIOS}  # it needs both
    if unknown := names - {scenario.name for scenario in SCENARIOS}:
        raise SystemExit(f"error: unknown scenario {', '.join(sorted(unknown))}; see `list`")
    return tuple(one for one in SCENARIOS if (one.name in names if names else long or not one.long))


def _about(
    chosen: argparse.Namespace, entered: list[Contender], plan: Plan, sizes: Sizes
) -> dict[str, object]:
    place = contenders.Place(Path("FOLDER"), Path("HINTS"), 0, chosen.cache_mib)
    return {
        "taken_at": surroundings.utc_now(),
        "finished_at": None,
        **surroundings.commit(),
        "seed": chosen.seed,
        "machine": surroundings.machine(),
        "versions": surroundings.versions(entered),
        "plan": {
            "rounds": plan.rounds,
            "long_rounds": plan.long_rounds,
            "seconds": plan.seconds,
            "cache_mib": plan.cache_mib,
            "network": chosen.network,
            "cores": [plan.server_core, plan.load_core, plan.authority_core],
            "scenarios": [scenario.name for scenario in plan.scenarios],
            "sizes": dataclasses.asdict(sizes),
        },
        "configurations": {
            one.name: [_words(one.command(place)), *one.configure(place).splitlines()] for one in entered
        },
    }


def _words(command: Sequence[str]) -> str:
    """The command line as it is told, whatever the path of the interpreter."""
    return shlex.join("python" if word == sys.executable else word for word in command)


def _file_name(result: Result) -> str:
    stamp = str(result.about["taken_at"]).replace(":", "").replace("-", "")
    return f"peers-{stamp}-{str(result.about['commit'])[:9]}.json"


def _list() -> int:
    for scenario in SCENARIOS:
        steps = ", ".join(f"{step.workload} ({step.kind})" for step in scenario.steps)
        print(f"{scenario.name:<14}{'--long ' if scenario.long else ''}{steps}")
    for one in contenders.contenders().values():
        print(f"{one.name:<14}{contenders.version_of(one.version) or 'not installed: ' + one.package}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
