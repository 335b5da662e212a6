# SPDX-License-Identifier: ISC
"""BIND, NSD and Knot DNS as primaries of one zone that tell our resolver, with TSIG, when it has changed.

Each reads its zone file again at SIGHUP and sends NOTIFY by itself. What follows is the test's to judge.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.interop.authorities import running, write
from tests.interop.signing import Program

ADDRESS: Final = "127.0.0.1"
ZONE: Final = "moving.oak."
KEY: Final = "moving.key"
SECRET: Final = "c2VjcmV0LW9mLXRoZS1wcmltYXJ5LWFuZC11cw=="


def zone_text(serial: int) -> str:
    """The zone, whose one address is its serial; TTLs of an hour."""
    return f"""\
$TTL 3600
$ORIGIN {ZONE}
@ SOA ns.{ZONE} hostmaster.{ZONE} {serial} 7200 900 1209600 3600
@ NS ns.{ZONE}
ns A {ADDRESS}
www A 192.0.2.{serial}
"""


class Primary:
    """A primary that runs; `change` gives its zone a serial."""

    def __init__(self, path: Path, hang_up: Callable[[], None]) -> None:
        self._path = path
        self._hang_up = hang_up

    def change(self, serial: int) -> None:
        """Write the zone with that serial, and have it read again."""
        self._path.write_text(zone_text(serial), "utf-8")
        self._hang_up()


@contextlib.contextmanager
def primary(program: Program, kind: str, folder: Path, port: int, notified: int) -> Iterator[Primary]:
    """Serve the zone at serial 1 on `port`; NOTIFY goes to the port `notified` of the same address."""
    folder.mkdir(parents=True)
    path = write(folder, "moving.zone", zone_text(1))
    config = write(folder, f"{kind}.conf", _CONFIGS[kind](folder, port, notified))
    command = {
        "named": ["-g", "-n", "1", "-c", str(config)],
        "nsd": ["-d", "-c", str(config)],
        "knotd": ["-c", str(config)],
    }[kind]
    with running([program(kind), *command], folder, ADDRESS, port) as process:
        yield Primary(path, lambda: process.send_signal(signal.SIGHUP))


def _named(folder: Path, port: int, notified: int) -> str:
    return f"""\
key "{KEY}" {{ algorithm hmac-sha256; secret "{SECRET}"; }};
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ {ADDRESS}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    notify-delay 0;
}};
controls {{ }};
zone "{ZONE}" {{
    type primary;
    file "{folder}/moving.zone";
    notify explicit;
    also-notify {{ {ADDRESS} port {notified} key "{KEY}"; }};
}};
"""


def _nsd(folder: Path, port: int, notified: int) -> str:
    return f"""\
server:
  ip-address: {ADDRESS}@{port}
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
remote-control:
  control-enable: no
key:
  name: "{KEY}"
  algorithm: hmac-sha256
  secret: "{SECRET}"
zone:
  name: "{ZONE}"
  zonefile: "{folder}/moving.zone"
  notify: {ADDRESS}@{notified} {KEY}
"""


def _knotd(folder: Path, port: int, notified: int) -> str:
    return f"""\
server:
    rundir: "{folder}"
    listen: {ADDRESS}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "{folder}/db"
key:
  - id: {KEY}
    algorithm: hmac-sha256
    secret: {SECRET}
remote:
  - id: us
    address: {ADDRESS}@{notified}
    key: {KEY}
zone:
  - domain: {ZONE}
    file: "{folder}/moving.zone"
    zonefile-sync: -1
    journal-content: none
    notify: us
"""


_CONFIGS: Final = {"named": _named, "nsd": _nsd, "knotd": _knotd}
