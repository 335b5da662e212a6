# SPDX-License-Identifier: ISC
"""The compare mode: the worlds of the amplification rows through Unbound, BIND, Knot Resolver, PowerDNS and ourselves.

    python -m tests.faults.modes_compare [--out FILE] [unbound bind knot powerdns resolver ...]

Each resolver runs in a network namespace of its own (Linux, root), so that servers have port 53 of all of 127.0.0.0/8;
a fresh process for each case, the configuration of `benchmarks.peers`, the TLD's delegations in its cache first.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.rcode

from benchmarks.peers.contenders import Contender, Place, contenders, version_of
from tests.conftest import ROOT
from tests.faults import test_amplification as names
from tests.faults import test_storms as servers
from tests.faults.modes import request
from tests.faults.modes_live import Authorities
from tests.faults.world import ROOT_SERVER, World, silent
from tests.faults.world_answers import saying

RESULTS = ROOT / "benchmarks" / "results" / "faults-compared.json"
PORT = 5300
PATIENCE = 15.0  # seconds for an answer, and for packets after the question
QUIET = 2.0  # seconds without a packet end a case
# What is compared: row and words -> (the world, the name asked for).
CASES: dict[str, Callable[[], tuple[World, str]]] = {
    "A02 NXNS 99 names that do not exist": lambda: (names.basis(names.glueless(99)), "www.evil.pz."),
    "A03 NXNS 99 names in a silent zone": lambda: (names.silent_names(99), "www.evil.pz."),
    "A04 NXNS 99 addresses that refuse": lambda: (names.refusing_names(99), "www.evil.pz."),
    "A05 NRDelegation 1500": lambda: (names.nrdelegation(), "www.evil.pz."),
    "A06 TsuNAME, two zones": lambda: (names.basis(names.CYCLES["two"]), "www.a.pz."),
    "A08 chain of 70 aliases": lambda: (names.chain(70), "c0.target.pz."),
    "A10 CAMP 8x6": lambda: (names.camp(8, 6), "www.z0.pz."),
    "A10 CAMP 11x10": lambda: (names.camp(11, 10), "www.z0.pz."),
    "A11 30 cuts": lambda: (names.nested(30), "www." + "a." * 30 + "pz."),
    "A11 110 cuts": lambda: (names.nested(110), "www." + "a." * 110 + "pz."),
    "A12 110 labels, no cut": lambda: (names.basis(), "a." * 110 + "target.pz."),
    "A13 4 x SERVFAIL": lambda: (servers.failing(4, saying(2)), "www.evil.pz."),
    "A13 4 x FORMERR": lambda: (servers.failing(4, saying(1)), "www.evil.pz."),
    "A13 13 x SERVFAIL": lambda: (servers.failing(13, saying(2)), "www.evil.pz."),
    "A16 4 dead servers": lambda: (servers.failing(4, silent), "www.evil.pz."),
    "A18 TC, then close": lambda: (
        servers.failing(1, servers.truncating(servers.OVER_TCP["close"])),
        "www.evil.pz.",
    ),
}


def exchange(name: str, patience: float) -> tuple[str, float]:
    """Ask the resolver once: the response code, or "none", and the seconds it took."""
    begun_at = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", PORT))
        sock.settimeout(patience)
        try:
            sock.send(request(name))
            told = dns.message.from_wire(sock.recv(65535))
        except (OSError, dns.exception.DNSException):
            return "none", time.monotonic() - begun_at
    return dns.rcode.to_text(told.rcode()), time.monotonic() - begun_at


def play(contender: Contender, world: World, name: str) -> dict[str, Any]:
    """One case with a fresh process: packets and connections that one question caused, and what it came to."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        place = Place(Path(folder), Path(folder) / "root.hints", PORT, 64)
        place.folder.chmod(0o755)
        place.hints.write_text(f". 3600000 NS ns.root.\nns.root. 3600000 A {ROOT_SERVER}\n", "ascii")
        if contender.file:
            (place.folder / contender.file).write_text(contender.configure(place), "utf-8")
        authorities = Authorities(world, 53).start()
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(contender.command(place), cwd=ROOT, stdout=quiet, stderr=quiet)
        try:
            until = time.monotonic() + PATIENCE
            while exchange("warm.target.pz.", 1.0)[0] != "NOERROR":
                assert time.monotonic() < until, f"{contender.title} does not answer"
                time.sleep(0.1)
            exchange("warm.pz.", 1.0)
            time.sleep(QUIET)
            world.clear()
            before = authorities.connections
            rcode, seconds = exchange(name, PATIENCE)
            _settle(world)
            return {
                "packets": len(world.log),
                "connections": authorities.connections - before,
                "rcode": rcode,
                "seconds": round(seconds, 3),
            }
        finally:
            process.terminate()
            process.wait()
            authorities.stop()


def _settle(world: World) -> None:
    end = time.monotonic() + PATIENCE
    count = -1
    while count != len(world.log) and time.monotonic() < end:
        count = len(world.log)
        time.sleep(QUIET)


def one(name: str) -> dict[str, Any]:
    """All cases with one resolver, in this process's network namespace."""
    contender = contenders()[name]
    cases = {}
    for what, make in CASES.items():
        try:
            cases[what] = play(contender, *make())
        except AssertionError as error:
            cases[what] = {"packets": None, "rcode": str(error), "seconds": None, "connections": None}
    return {"name": name, "title": contender.title, "version": version_of(contender.version), "cases": cases}


def table(found: Sequence[dict[str, Any]]) -> str:
    """Packets for one question, with the answer and its seconds, as Markdown."""
    lines = [
        "| packets for one question | " + " | ".join(f"{f['title']} {f['version']}" for f in found) + " |",
        "|---" * (len(found) + 1) + "|",
    ]
    for what in CASES:
        cells = [_cell(f["cases"][what]) for f in found]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(case: dict[str, Any]) -> str:
    if case["packets"] is None:
        return "-"
    return f"{case['packets']} ({case['rcode']}, {case['seconds']:.2f} s)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the resolvers side by side, print the table, write the JSON; those that are not installed are left out."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.modes_compare")
    parser.add_argument("names", nargs="*", default=["unbound", "bind", "knot", "powerdns", "resolver"])
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        print(json.dumps(one(given.names[0])))
        return 0
    if os.geteuid() != 0:
        print("error: network namespaces need root - run it as root, or in a container", file=sys.stderr)
        return 2
    known = contenders()
    running = [
        subprocess.Popen(
            ["unshare", "-n", sys.executable, "-m", "tests.faults.modes_compare", "--inside", name],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in given.names
        if version_of(known[name].version)
    ]
    found = [json.loads(process.communicate()[0].splitlines()[-1]) for process in running]
    print(table(found))
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
