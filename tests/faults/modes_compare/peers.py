# SPDX-License-Identifier: ISC
"""A resolver of `benchmarks.peers` as a `modes.Mode`: a fresh process, servers on port 53, in this network namespace.

What is measured in a session stands in the cases; how many run at once, and in which namespaces, in `running`.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import dns.exception
import dns.message

from benchmarks.peers.contenders import Contender, Place
from tests.conftest import ROOT
from tests.faults.modes import Mode, Session, Settings, Told, request
from tests.faults.modes_compare.case import Variant
from tests.faults.modes_live import Authorities, ask_at
from tests.faults.world import ROOT_SERVER, World

PORT: Final = 5300
START_S: Final = 40.0  # for a resolver to begin, on a machine that is busy
PATIENCE_S: Final = 15.0  # for packets after a question
QUIET_S: Final = 2.0  # without a packet: nothing goes on any more
CACHE_MIB: Final = 64
STARTED: Final = "started.invalid."  # any answer to it says that somebody is there
# What benchmarks set beside what they need: here a resolver is as it comes.
_FOR_SPEED: Final = (
    "  empty-zones-enable no;\n",
    "  outgoing-range: 4096\n",
    "  num-queries-per-thread: 2048\n",
    "  incoming-num-tcp: 64\n",
)
_STALE: Final[Mapping[str, Callable[[str], str]]] = {
    "unbound": lambda text: text + "  serve-expired: yes\n",
    "bind": lambda text: text.replace(
        "options {\n", "options {\n  stale-cache-enable yes;\n  stale-answer-enable yes;\n", 1
    ),
    "knot": lambda text: text + "modules.load('serve_stale < cache')\n",
    "powerdns": lambda text: text + "serve-stale-extensions=2880\n",
}


class PeerSession:
    """A `modes.Session` with a resolver of anybody's. What is no DNS message counts as no answer."""

    port = PORT

    def __init__(self, world: World, authorities: Authorities) -> None:
        self.world = world
        self._authorities = authorities

    def ask(self, name: str, rtype: str = "A") -> Told:
        return self.ask_all([request(name, rtype)])[0]

    def ask_all(self, requests: Sequence[bytes]) -> list[Told]:
        return ask_at(PORT, requests, _read)

    def pass_time(self, seconds: float) -> None:
        time.sleep(seconds)

    def settle(self) -> None:
        end = time.monotonic() + PATIENCE_S
        count = -1
        while count != len(self.world.log) and time.monotonic() < end:
            count = len(self.world.log)
            time.sleep(QUIET_S)

    @property
    def connections(self) -> int:
        return self._authorities.connections

    @property
    def crashes(self) -> list[str]:
        return []


def _read(octets: bytes) -> dns.message.Message | None:
    try:
        return dns.message.from_wire(octets, ignore_trailing=True)
    except dns.exception.DNSException:
        return None


def peer(
    contender: Contender, variant: Variant = Variant.PLAIN, seen: Callable[[World], None] = lambda _: None
) -> Mode:
    """The mode whose sessions are this resolver's. `seen` gets the world when a session is over.

    Settings, which are ours alone, are not given to anybody. Raises AssertionError when it does not begin to answer.
    """

    @contextlib.contextmanager
    def mode(world: World, settings: Settings | None = None) -> Iterator[Session]:
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            command = _prepare(contender, variant, Path(folder))
            authorities = Authorities(world, 53).start()
            log = Path(folder) / "log"
            with log.open("wb") as told:
                process = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=told)
            try:
                _wait_for(process, log)
                world.clear()
                yield PeerSession(world, authorities)
                seen(world)
            finally:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
                process.kill()
                process.wait()
                authorities.stop()

    return mode


def _prepare(contender: Contender, variant: Variant, folder: Path) -> list[str]:
    """Write its configuration; the command line that starts it."""
    place = Place(folder, folder / "root.hints", PORT, CACHE_MIB)
    folder.chmod(0o755)
    place.hints.write_text(f". 3600000 NS ns.root.\nns.root. 3600000 A {ROOT_SERVER}\n", "ascii")
    text = contender.configure(place)
    for line in _FOR_SPEED:
        text = text.replace(line, "")
    if variant is Variant.STALE and contender.name in _STALE:
        text = _STALE[contender.name](text)
    if contender.file:
        (folder / contender.file).write_text(text, "utf-8")
    few = ("prlimit", "--nofile=64:64") if variant is Variant.FEW_FILES else ()
    return [*few, *contender.command(place)]


def _wait_for(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        if _replies(request(STARTED)):
            return
        time.sleep(0.05)
    last = log.read_text("utf-8", "replace").strip().rpartition("\n")[2]
    state = "runs and does not answer" if process.poll() is None else f"ended with {process.returncode}"
    raise AssertionError(f"it {state}: {last}")


def _replies(octets: bytes) -> bool:
    """Whether it says anything within a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", PORT))
        sock.settimeout(1.0)
        try:
            sock.send(octets)
            return bool(sock.recv(65535))
        except OSError:
            return False
