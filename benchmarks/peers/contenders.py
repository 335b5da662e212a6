# SPDX-License-Identifier: ISC
"""The resolvers compared: for each its command line and a configuration that asks the same work of all.

One worker or thread, the same bytes of cache, no DNSSEC validation, minimal responses, the same hints, IPv4 upstream,
loopback allowed as client and as server, no log per query. All else is the maker's default: QNAME minimisation is on
in all of them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ADDRESS = "127.0.0.1"  # BIND listens only where an interface has the address itself
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contender runs: its folder, the hints, the port it answers on and the MiB of cache it may use."""

    folder: Path
    hints: Path
    port: int
    cache_mib: int


@dataclass(frozen=True, slots=True)
class Contender:
    """One resolver. `configure` gives the file's text ("" for none); `command` what starts it in the foreground."""

    name: str
    title: str
    package: str
    version: tuple[str, ...]
    file: str
    configure: Callable[[Place], str]
    command: Callable[[Place], Sequence[str]]


def unbound(place: Place) -> str:
    """unbound.conf: two thirds of the cache for RRsets, one for messages, as its manual advises."""
    third = place.cache_mib // 3
    return f"""\
server:
  directory: "{place.folder}"
  chroot: ""
  username: ""
  pidfile: ""
  do-daemonize: no
  use-syslog: no
  verbosity: 0
  interface: {ADDRESS}
  port: {place.port}
  access-control: 127.0.0.0/8 allow
  num-threads: 1
  module-config: "iterator"
  minimal-responses: yes
  do-ip6: no
  do-not-query-localhost: no
  root-hints: "{place.hints}"
  rrset-cache-size: {2 * third}m
  msg-cache-size: {third}m
  outgoing-range: 4096
  num-queries-per-thread: 2048
  incoming-num-tcp: 64
"""


def bind(place: Place) -> str:
    """named.conf."""
    return f"""\
options {{
  directory "{place.folder}";
  pid-file none;
  lock-file none;
  session-keyfile none;
  listen-on port {place.port} {{ {ADDRESS}; }};
  listen-on-v6 {{ none; }};
  recursion yes;
  allow-query {{ 127.0.0.0/8; }};
  dnssec-validation no;
  minimal-responses yes;
  empty-zones-enable no;
  max-cache-size {place.cache_mib}M;
}};
controls {{ }};
logging {{ category default {{ null; }}; category unmatched {{ null; }}; }};
zone "." {{ type hint; file "{place.hints}"; }};
"""


def powerdns(place: Place) -> str:
    """recursor.conf: its caches are bounded in entries; as many as the others' cache has KiB."""
    return f"""\
daemon=no
write-pid=no
socket-dir={place.folder}
local-address={ADDRESS}
local-port={place.port}
allow-from=127.0.0.0/8
threads=1
dnssec=off
hint-file={place.hints}
dont-query=
query-local-address=0.0.0.0
max-cache-entries={place.cache_mib * 1024}
max-packetcache-entries={place.cache_mib * 1024}
security-poll-suffix=
export-etc-hosts=no
disable-syslog=yes
loglevel=3
quiet=yes
"""


def knot(place: Place) -> str:
    """kresd.conf (Knot Resolver 5)."""
    return f"""\
net.ipv6 = false
net.listen('{ADDRESS}', {place.port}, {{ kind = 'dns' }})
modules = {{ 'hints > iterate' }}
hints.root_file('{place.hints}')
trust_anchors.remove('.')
option('ALLOW_LOCAL', true)
cache.open({place.cache_mib} * MB, 'lmdb://{place.folder}/cache')
log_level('err')
"""


def _ours(settings: Sequence[str]) -> Callable[[Place], Sequence[str]]:
    def command(place: Place) -> Sequence[str]:
        given = [
            f"cache.size={place.cache_mib}MiB",
            "upstream.dont_query=[]",
            "upstream.ipv6=false",
            f"control.socket={place.folder}/control.sock",
            *settings,
        ]
        serve = [
            "serve",
            "--http",
            "",
            "--listen",
            f"{ADDRESS}:{place.port}",
            "--root-hints",
            str(place.hints),
        ]
        return (sys.executable, "-m", "resolver", *serve, *(w for one in given for w in ("--set", one)))

    return command


def contenders(ours: Sequence[str] = (), full: Sequence[str] | None = None) -> dict[str, Contender]:
    """All of them by name. `ours` are settings of this resolver; with `full` it enters twice, once with these too."""
    python = (sys.executable, "-m", "resolver", "--version")
    entries = [
        Contender("unbound", "Unbound", "unbound", ("unbound", "-V"), "unbound.conf", unbound,
                  lambda at: ("unbound", "-d", "-c", f"{at.folder}/unbound.conf")),
        Contender("bind", "BIND", "bind9", ("named", "-V"), "named.conf", bind,
                  lambda at: ("named", "-f", "-4", "-n", "1", "-c", f"{at.folder}/named.conf")),
        Contender("powerdns", "PowerDNS Recursor", "pdns-recursor", ("pdns_recursor", "--version"), "recursor.conf",
                  powerdns, lambda at: ("pdns_recursor", f"--config-dir={at.folder}")),
        Contender("knot", "Knot Resolver", "knot-resolver", ("kresd", "-V"), "kresd.conf", knot,
                  lambda at: ("kresd", "-n", "-c", f"{at.folder}/kresd.conf", str(at.folder))),
        Contender("resolver", "this resolver", "", python, "", lambda _: "", _ours(ours)),
    ]  # fmt: skip
    if full is not None:
        entries.append(
            Contender(
                "resolver-full",
                "this resolver, everything on",
                "",
                python,
                "",
                lambda _: "",
                _ours((*ours, *full)),
            )
        )
    return {entry.name: entry for entry in entries}


def version_of(command: Sequence[str]) -> str | None:
    """The first number with a dot that the program prints for its version; None when it is not installed."""
    try:
        done = subprocess.run(
            command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    except OSError:
        return None
    found = re.search(r"(?<![\d.:-])\d+\.\d+[\w.+~-]*", done.stdout)
    return found.group() if found else "unknown"


def clean_environment() -> None:
    """Drop from our environment, which the children inherit, what would configure this resolver."""
    for name in [name for name in os.environ if name.startswith("RESOLVER_")]:
        del os.environ[name]
