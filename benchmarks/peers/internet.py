# SPDX-License-Identifier: ISC
"""The authorities: NSD for a root, TLDs, leaf zones and a wildcard zone, on loopback addresses and port 53.

One process each for the root, the TLDs and the leaves, so that every referral is one. All leaf zones behind an address
share one zone file of relative names. What is asked of them is in `questions`.
"""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT_AT = "127.77.0.1"
TLDS_AT = "127.77.0.2"
LEAVES_AT = tuple(f"127.77.1.{n}" for n in range(1, 17))
PORT = 53  # the peers cannot be told another port for servers learnt from a referral
TLDS = 20
WILDCARD = "wild.t0"  # every name below it exists
EMPTY = "void.t1"  # no name below it exists

_SOA = "@ 86400 IN SOA ns hostmaster 1 3600 600 86400 3600\n"


def zone_of(number: int) -> str:
    """The leaf zone of that number."""
    return f"z{number}.t{number % TLDS}"


def address_of(number: int) -> str:
    """Where the leaf zone of that number is served."""
    return LEAVES_AT[number % len(LEAVES_AT)]


def hints() -> str:
    """The root hints that every resolver is given."""
    return f". 86400 IN NS a.root.\na.root. 86400 IN A {ROOT_AT}\n"


def root_zone() -> str:
    """The root: itself and the TLDs, with glue."""
    lines = ["$ORIGIN .", "$TTL 86400", ". IN SOA a.root. hostmaster.root. 1 3600 600 86400 3600"]
    lines += [". NS a.root.", f"a.root. A {ROOT_AT}"]
    for tld in range(TLDS):
        lines += [f"t{tld}. NS ns.t{tld}.", f"ns.t{tld}. A {TLDS_AT}"]
    return "\n".join(lines) + "\n"


def tld_zone(tld: int, leaves: int) -> str:
    """A TLD: the referrals to its share of the leaf zones, with glue."""
    lines = [f"$ORIGIN t{tld}.", "$TTL 86400", _SOA.rstrip(), "@ NS ns", f"ns A {TLDS_AT}"]
    for number in range(tld, leaves, TLDS):
        lines += [f"z{number} NS ns.z{number}", f"ns.z{number} A {address_of(number)}"]
    for special in (WILDCARD, EMPTY):
        label, _, parent = special.partition(".")
        if parent == f"t{tld}":
            lines += [f"{label} NS ns.{label}", f"ns.{label} A {LEAVES_AT[0]}"]
    return "\n".join(lines) + "\n"


def leaf_zone(address: str, wildcard: bool = True) -> str:
    """A leaf, in relative names: one address record for every name below it, if it is a wildcard."""
    anything = "* A 192.0.2.1\nwww A 192.0.2.2\n" if wildcard else ""
    return f"$TTL 86400\n{_SOA}@ NS ns\nns A {address}\n{anything}"


def configuration(folder: Path, addresses: Sequence[str], zones: Sequence[tuple[str, str]]) -> str:
    """nsd.conf for zones given as (name, file in the folder)."""
    listen = "".join(f"  ip-address: {address}\n" for address in addresses)
    served = "".join(f"zone:\n  name: {name}\n  zonefile: {file}\n" for name, file in zones)
    return (
        f"server:\n{listen}  port: {PORT}\n  server-count: 1\n  tcp-count: 200\n"
        f'  database: ""\n  zonesdir: "{folder}"\n  zonelistfile: "{folder}/zone.list"\n'
        f'  xfrdfile: ""\n  xfrdir: "{folder}"\n  pidfile: ""\n  logfile: "{folder}/log"\n  username: ""\n'
        "  zonefiles-check: no\n  minimal-responses: yes\n  verbosity: 0\n"
        "  rrl-ratelimit: 0\n  rrl-whitelist-ratelimit: 0\n"  # else 200 NXDOMAIN a second of one zone, and no more
        f"remote-control:\n  control-enable: yes\n  control-interface: {folder}/control\n{served}"
    )


@dataclass(frozen=True, slots=True)
class Authorities:
    """The running internet: the process of each server, the hints, and the configuration of the leaves' NSD."""

    pids: tuple[int, ...]
    hints: Path
    configurations: tuple[Path, ...]

    def asked(self) -> int:
        """How many queries all of them have had since they were started."""
        return sum(_queries(path) for path in self.configurations)


def _queries(configuration_file: Path) -> int:
    command = ["nsd-control", "-c", str(configuration_file), "stats_noreset"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^num\.queries=(\d+)", text, re.MULTILINE)
    if not found:
        raise RuntimeError(f"nsd-control gave no num.queries: {text[:200]!r}")
    return int(found.group(1))


@contextlib.contextmanager
def serve(folder: Path, leaves: int, cores: str) -> Iterator[Authorities]:
    """Write all zones for that many leaves, start the three servers on these cores, and stop them at the end."""
    _check_free()
    folder.mkdir(parents=True)
    hints_file = folder / "root.hints"
    hints_file.write_text(hints())
    with contextlib.ExitStack() as stack:
        configurations, pids = [], []
        for name, addresses, zones, files in _servers(leaves):
            room = folder / name
            room.mkdir()
            for file, text in files.items():
                (room / file).write_text(text)
            path = room / "nsd.conf"
            path.write_text(configuration(room, addresses, zones))
            command = ["taskset", "-c", cores, "nsd", "-d", "-c", str(path)]
            process = stack.enter_context(running(command, room / "out"))
            wait_for_answer(process, (addresses[0], PORT), zones[0][0])
            pids.append(process.pid)
            configurations.append(path)
        yield Authorities(tuple(pids), hints_file, tuple(configurations))


def _servers(
    leaves: int,
) -> Iterator[tuple[str, Sequence[str], list[tuple[str, str]], dict[str, str]]]:
    """Each server: its name, its addresses, its zones with the files they are in, and the files."""
    yield "root", (ROOT_AT,), [(".", "root")], {"root": root_zone()}
    tlds = {f"t{tld}": tld_zone(tld, leaves) for tld in range(TLDS)}
    yield "tlds", (TLDS_AT,), [(name, name) for name in tlds], tlds
    files = {f"leaf-{address}": leaf_zone(address) for address in LEAVES_AT}
    files["empty"] = leaf_zone(LEAVES_AT[0], wildcard=False)
    zones = [(zone_of(number), f"leaf-{address_of(number)}") for number in range(leaves)]
    zones += [(WILDCARD, f"leaf-{LEAVES_AT[0]}"), (EMPTY, "empty")]
    yield "leaves", LEAVES_AT, zones, files


def _check_free() -> None:
    for address in (ROOT_AT, TLDS_AT, *LEAVES_AT):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, PORT))
            except PermissionError as problem:
                raise SystemExit("error: the authorities need port 53 on loopback - run as root") from problem
            except OSError as problem:
                raise SystemExit(
                    f"error: {address} port {PORT} is in use - is another run going on?"
                ) from problem


@contextlib.contextmanager
def running(command: Sequence[str], log: Path, cwd: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a process, its output in a file; stopped at the end, by force after 20 s."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=cwd
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for_answer(
    process: subprocess.Popen[bytes], server: tuple[str, int], name: str, patience: float = 60.0
) -> float:
    """Ask every 2 ms until NOERROR comes; seconds of waiting. RuntimeError when the process ends or time is up."""
    labels = [label for label in name.split(".") if label]
    qname = b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
    question = b"\x12\x34\x01\x00\0\1\0\0\0\0\0\0" + qname + (b"\0\1\0\1" if len(labels) > 2 else b"\0\6\0\1")
    started = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.002)
        client.connect(server)
        while time.monotonic() - started < patience:
            try:
                client.send(question)
                answer = client.recv(4096)
            except TimeoutError:
                pass
            except ConnectionRefusedError:
                time.sleep(0.002)
            else:
                if answer[3] & 15 == 0:
                    return time.monotonic() - started
            if process.poll() is not None:
                raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
    raise RuntimeError(f"{process.args!r} gave no answer in {patience:g} s")
