# SPDX-License-Identifier: ISC
"""NSD, Knot DNS, BIND and Unbound as child processes in the foreground, unprivileged, each in a folder of its own.

What they serve is `zones` and `hierarchy`; here is only how each is configured, started and stopped.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.interop.signing import Program
from tests.live.serving import PATIENCE, environment

# A query for SOA of the root, RD=0: whoever answers it, with whatever, is up.
_PROBE = bytes.fromhex("00070000000100000000000000000600 01".replace(" ", ""))


@contextlib.contextmanager
def nsd(program: Program, folder: Path, address: str, port: int, zones: Mapping[str, Path]) -> Iterator[None]:
    """NSD, without its rate limit: one client asks everything here."""
    blocks = "".join(f'zone:\n  name: "{name}"\n  zonefile: "{path}"\n' for name, path in zones.items())
    config = f"""\
server:
  ip-address: {address}@{port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/pid"
  xfrdfile: "{folder}/xfrd"
  zonelistfile: "{folder}/zones"
  logfile: "{folder}/nsd.log"
  xfrdir: "{folder}"
  server-count: 1
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  answer-cookie: yes
remote-control:
  control-enable: no
{blocks}"""
    path = write(folder, "nsd.conf", config)
    with running([program("nsd"), "-d", "-c", str(path)], folder, address, port):
        yield


@contextlib.contextmanager
def knot(
    program: Program, folder: Path, address: str, port: int, zones: Mapping[str, Path]
) -> Iterator[Path]:
    """Knot DNS, which signs what it serves; its configuration file, for `keymgr`."""
    blocks = "".join(f'  - domain: {name}\n    file: "{path}"\n' for name, path in zones.items())
    config = f"""\
server:
    rundir: "{folder}"
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "{folder}/db"
policy:
  - id: auto
    algorithm: ecdsap256sha256
    rrsig-lifetime: 14d
template:
  - id: default
    storage: "{folder}"
    dnssec-signing: on
    dnssec-policy: auto
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
zone:
{blocks}"""
    path = write(folder, "knot.conf", config)
    with running([program("knotd"), "-c", str(path)], folder, address, port):
        yield path


@contextlib.contextmanager
def bind(
    program: Program, folder: Path, address: str, port: int, zones: Mapping[str, Path]
) -> Iterator[None]:
    """BIND as an authority only, which insists on server cookies (RFC 7873 section 5.2.3)."""
    blocks = "".join(f'zone "{name}" {{ type primary; file "{path}"; }};\n' for name, path in zones.items())
    config = f"""\
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ {address}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    notify no;
    require-server-cookie yes;
}};
controls {{ }};
{blocks}"""
    path = write(folder, "named.conf", config)
    with running([program("named"), "-g", "-n", "1", "-c", str(path)], folder, address, port):
        yield


@contextlib.contextmanager
def unbound(
    program: Program, folder: Path, address: str, port: int, forward: str, anchor: str
) -> Iterator[None]:
    """Unbound as a validating forwarder: everything goes to `forward` (addr@port) and is checked from `anchor`."""
    anchors = write(folder, "root.key", anchor + "\n")
    config = f"""\
server:
  interface: {address}
  port: {port}
  do-ip6: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/pid"
  use-syslog: no
  do-not-query-localhost: no
  num-threads: 1
  module-config: "validator iterator"
  trust-anchor-file: "{anchors}"
  local-zone: "198.in-addr.arpa." nodefault
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: {forward}
"""
    path = write(folder, "unbound.conf", config)
    with running([program("unbound"), "-d", "-c", str(path)], folder, address, port):
        yield


def write(folder: Path, name: str, text: str) -> Path:
    """A configuration file in the folder of a server."""
    (folder / "db").mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@contextlib.contextmanager
def running(
    command: list[str], folder: Path, address: str, port: int, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` until the block ends; it has answered a query when the block begins.

    `more` is for its environment.
    """
    output = folder / "output"
    with output.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment() | dict(more or {}), stdout=out, stderr=out
        )
    try:
        _wait_until_it_answers(process, output, address, port)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], output: Path, address: str, port: int) -> None:
    give_up_at = time.monotonic() + PATIENCE
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((address, port))
        probe.settimeout(0.1)
        while time.monotonic() < give_up_at and process.poll() is None:
            try:
                probe.send(_PROBE)
                if probe.recv(4096):
                    return
            except TimeoutError:
                continue
            except ConnectionRefusedError:
                time.sleep(0.05)  # a process that is not ours gives no other sign that it listens
    raise AssertionError(f"{' '.join(map(str, process.args))} did not answer: {output.read_text('utf-8')}")  # type: ignore[arg-type]  # a list of text
