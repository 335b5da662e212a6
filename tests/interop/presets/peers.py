# SPDX-License-Identifier: ISC
"""The peers: how each is configured to ask one authority on loopback. No process is started here.

All send from the loopback address: nothing gets out. Nothing is configured that a preset speaks of, but by `switched`:
stale data and prefetch on. What is switched off is what would speak of something else: validation, minimised names,
Unbound's dropping of answers that took long by a clock that jumps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.interop.authorities import write
from tests.interop.presets.zone import ADDRESS as AUTHORITY
from tests.interop.presets.zone import ORIGIN

ADDRESS: Final = "127.0.0.1"  # BIND listens only on addresses that an interface bears


@dataclass(frozen=True, slots=True)
class Peer:
    """One maker's resolver: its program, the preset that should say the same, its configuration and command line.

    `config(folder, port, upstream, switched)` is the text of its configuration file, `command(path)` what follows the
    program's name.
    """

    program: str
    preset: str
    title: str
    config: Callable[[Path, int, int, bool], str]
    command: Callable[[Path], list[str]]
    switches: str  # what `switched` switches on, as its manual calls it
    prefetches: bool = True  # one of them is prefetch
    jumps: bool = True  # it can live by libfaketime
    file: str = "peer.conf"


_HINTS: Final = f". 3600000 NS ns.{ORIGIN}\nns.{ORIGIN} 3600000 A {AUTHORITY}\n"


def _unbound(folder: Path, port: int, upstream: int, switched: bool) -> str:
    more = "  serve-expired: yes\n  prefetch: yes\n" if switched else ""
    return f"""\
server:
  interface: {ADDRESS}
  port: {port}
  do-ip6: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/pid"
  use-syslog: no
  do-not-query-localhost: no
  num-threads: 1
  module-config: "iterator"
  outgoing-interface: {ADDRESS}
  qname-minimisation: no
  discard-timeout: 0
{more}remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: {AUTHORITY}@{upstream}
"""


def _bind(folder: Path, port: int, upstream: int, switched: bool) -> str:
    more = "    stale-cache-enable yes;\n    stale-answer-enable yes;\n" if switched else ""
    return f"""\
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ {ADDRESS}; }};
    listen-on-v6 {{ none; }};
    query-source address {ADDRESS};
    recursion yes;
    dnssec-validation no;
    empty-zones-enable no;
    qname-minimization off;
{more}    forward only;
    forwarders {{ {AUTHORITY} port {upstream}; }};
}};
controls {{ }};
"""


def _knot(folder: Path, port: int, upstream: int, switched: bool) -> str:
    more = "modules.load('serve_stale < cache')\nmodules.load('predict')\n" if switched else ""
    return f"""\
net.listen('{ADDRESS}', {port}, {{ kind = 'dns' }})
net.outgoing_v4('{ADDRESS}')
net.ipv6 = false
modules.unload('detect_time_skew')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('ta_sentinel')
modules.unload('priming')
trust_anchors.remove('.')
option('NO_MINIMIZE', true)
{more}policy.add(policy.all(policy.FORWARD('{AUTHORITY}@{upstream}')))
"""


def _powerdns(folder: Path, port: int, upstream: int, switched: bool) -> str:
    more = "serve-stale-extensions=1440\nrefresh-on-ttl-perc=10\n" if switched else ""
    return f"""\
local-address={ADDRESS}
local-port={port}
socket-dir={folder}
config-dir={folder}
query-local-address={ADDRESS}
hint-file={write(folder, "hints", _HINTS)}
save-parent-ns-set=no
dont-query=
dnssec=off
qname-minimization=no
security-poll-suffix=
threads=1
pdns-distributes-queries=no
{more}forward-zones=.={AUTHORITY}:{upstream}
"""


def _dnsmasq(folder: Path, port: int, upstream: int, switched: bool) -> str:
    more = "use-stale-cache\n" if switched else ""
    return f"""\
listen-address={ADDRESS}
bind-interfaces
port={port}
no-resolv
no-hosts
pid-file={folder}/pid
user=
group=
{more}server={AUTHORITY}#{upstream}
"""


PEERS: Final = (
    Peer(
        "unbound",
        "unbound-1.17",
        "Unbound",
        _unbound,
        lambda path: ["-d", "-c", str(path)],
        "serve-expired, prefetch",
    ),
    Peer(
        "named",
        "bind-9.18",
        "BIND",
        _bind,
        lambda path: ["-g", "-n", "1", "-c", str(path)],
        "stale-cache-enable, stale-answer-enable",
    ),
    Peer(
        "kresd",
        "knot-resolver-5",
        "Knot Resolver",
        _knot,
        lambda path: ["-n", "-c", str(path), str(path.parent)],
        "modules serve_stale and predict",
        jumps=False,  # jemalloc and libfaketime wait for each other, and without the one it dies
    ),
    Peer(
        "pdns_recursor",
        "powerdns-4.8",
        "PowerDNS Recursor",
        _powerdns,
        lambda path: [f"--config-dir={path.parent}", "--daemon=no", "--disable-syslog"],
        "serve-stale-extensions=1440, refresh-on-ttl-perc=10",
        file="recursor.conf",
    ),
    Peer(
        "dnsmasq",
        "dnsmasq",
        "dnsmasq",
        _dnsmasq,
        lambda path: ["-k", "-C", str(path)],
        "use-stale-cache",
        prefetches=False,
    ),
)
