# SPDX-License-Identifier: ISC
"""What a miss costs the whole process: real sockets, the loop, service, engine, telemetry. The load runs elsewhere.

    python -m benchmarks.micro.live_miss [--count 6000] [--names-per-zone 2] [--profile | --instructions]

A second process is both the clients and the authorities (a root, a TLD and as many leaf zones as it takes), so that the
CPU counted is the resolver's alone. With two names in each zone a miss is one exchange and a half, as in
benchmarks.peers: the first question for a zone meets a referral. `--instructions` counts them with valgrind, which does
not mind what else the machine does; `--calls` counts Python's calls.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import re
import resource
import select
import socket
import statistics
import subprocess
import sys
from dataclasses import dataclass

from resolver.answerer import Answerer
from resolver.engine.limits import UpstreamSettings
from resolver.runtime.loop import run
from resolver.runtime.settings import ServerSettings
from resolver.settings.model import Configuration
from resolver.telemetry.logs import LogSettings
from resolver.wire import compose_query, from_text

_AT = {"root": "127.0.0.1", "tld": "127.0.0.2", "leaf": "127.0.0.3"}
_ROUNDS = 5
_PATIENCE = 10.0  # seconds without any datagram, after which the load gives up
_TLD = from_text("t0.")
_SPAN = 400, 1200  # misses counted by valgrind: the difference is without start and end


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU of one run, microseconds a miss, and how many were answered."""

    user: float
    system: float
    answered: int


def names(count: int, per_zone: int, number: int) -> list[bytes]:
    """The names asked, those of one zone far apart."""
    zones = max(1, count // per_zone)
    return [from_text(f"h{index // zones}.z{index % zones}x{number}.t0.") for index in range(count)]


class Load:
    """The other process: answers as the authorities, and asks as the clients."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._servers = {}
        port = 0
        for role, address in _AT.items():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            sock.bind((address, port))
            port = sock.getsockname()[1]
            self._servers[sock] = role
        self.port = port
        self._client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def ask_all(self, port: int, questions: list[bytes]) -> int:
        """Ask everything at the resolver, some at a time; how many were answered."""
        self._client.connect(("127.0.0.1", port))
        poll = select.epoll()
        by_descriptor = {sock.fileno(): sock for sock in (self._client, *self._servers)}
        for descriptor in by_descriptor:
            poll.register(descriptor, select.EPOLLIN)
        sent = answered = 0
        while answered < len(questions):
            while sent < len(questions) and sent - answered < self._window:
                self._client.send(compose_query(questions[sent], 1, id=sent & 0xFFFF, rd=True))
                sent += 1
            ready = poll.poll(_PATIENCE)
            if not ready:
                break
            for descriptor, _ in ready:
                sock = by_descriptor[descriptor]
                if sock is self._client:
                    answered += self._take_answers()
                else:
                    self._serve(sock, self._servers[sock])
        return answered

    def _take_answers(self) -> int:
        count = 0
        try:
            while data := self._client.recv(4096):
                assert data[3] & 0x0F == 0, f"rcode {data[3] & 0x0F}"
                count += 1
        except BlockingIOError:
            return count
        return count

    def _serve(self, sock: socket.socket, role: str) -> None:
        try:
            while True:
                query, peer = sock.recvfrom(4096)
                sock.sendto(_reply(query, role), peer)
        except BlockingIOError:
            return


def _reply(query: bytes, role: str) -> bytes:
    """The query's own question, and behind it an address or a referral."""
    end = query.index(b"\x00", 12) + 5
    question = query[12:end]
    if role == "leaf":
        record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc6\x12\x00\x01"
        return query[:2] + b"\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00" + question + record
    name = question[:-4].lower()
    zone, below = (_TLD, "tld") if role == "root" else (name[-len(_last_two(name)) :], "leaf")
    server = b"\x02ns" + zone
    authority = zone + b"\x00\x02\x00\x01\x00\x00\x0e\x10" + len(server).to_bytes(2, "big") + server
    glue = server + b"\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04" + socket.inet_aton(_AT[below])
    return query[:2] + b"\x80\x00\x00\x01\x00\x00\x00\x01\x00\x01" + question + authority + glue


def _last_two(name: bytes) -> bytes:
    """The last two labels of a name and the root."""
    starts, position = [], 0
    while name[position]:
        starts.append(position)
        position += name[position] + 1
    return name[starts[-2] if len(starts) > 1 else 0 :]


def load(options: argparse.Namespace) -> None:
    """The second process: say where the authorities are, hear where the resolver is, and ask."""
    peer = Load(options.window)
    print(peer.port, flush=True)
    port = int(sys.stdin.readline())
    print(peer.ask_all(port, names(options.count, options.names_per_zone, options.number)), flush=True)


async def measure(options: argparse.Namespace, number: int, profile: cProfile.Profile | None = None) -> Cost:
    """Run the resolver until the other process has asked everything."""
    flags = [
        f"--{key}={getattr(options, key.replace('-', '_'))}" for key in ("count", "names-per-zone", "window")
    ]
    command = [sys.executable, "-m", "benchmarks.micro.live_miss", "--load", f"--number={number}", *flags]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LD_")}
    peer = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    assert peer.stdin is not None
    assert peer.stdout is not None
    port = int(await peer.stdout.readline())
    answerer = Answerer(
        Configuration(
            server=ServerSettings(listen=("127.0.0.1:0",)),
            upstream=UpstreamSettings(priming=False, port=port, dont_query=(), ipv6=False),
            log=LogSettings(level="warning"),
        )
    )
    answerer.begin_log()
    answerer.open([(from_text("a.root."), _AT["root"])], {})
    await answerer.start()
    before = resource.getrusage(resource.RUSAGE_SELF)
    if profile is not None:
        profile.enable()
    peer.stdin.write(b"%d\n" % answerer.addresses[0].port)
    answered = int(await peer.stdout.readline())
    if profile is not None:
        profile.disable()
    after = resource.getrusage(resource.RUSAGE_SELF)
    answerer.close()
    answerer.end_log()
    await peer.wait()
    each = 1e6 / max(1, answered)
    return Cost(
        (after.ru_utime - before.ru_utime) * each, (after.ru_stime - before.ru_stime) * each, answered
    )


def count_instructions(options: argparse.Namespace) -> float:
    """Instructions a miss in user space: two runs under valgrind, and their difference."""
    collected = []
    for count in _SPAN:
        flags = [f"--count={count}", f"--names-per-zone={options.names_per_zone}", "--window=4", "--rounds=1"]
        tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable]
        ended = subprocess.run(
            [*tool, "-m", "benchmarks.micro.live_miss", *flags],
            check=True, capture_output=True, text=True, env=os.environ | {"PYTHONHASHSEED": "0"},
        )  # fmt: skip
        found = re.search(r"Collected : (\d+)", ended.stderr)
        assert found, ended.stderr
        collected.append(int(found[1]))
    return (collected[1] - collected[0]) / (_SPAN[1] - _SPAN[0])


def main() -> None:
    """Measure CPU per miss, count instructions, or profile."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--names-per-zone", type=int, default=2)
    parser.add_argument("--window", type=int, default=100, help="questions under way at once")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--profile", action="store_true", help="by function; slows calls down")
    parser.add_argument("--calls", action="store_true", help="count the calls of a miss")
    parser.add_argument(
        "--instructions", action="store_true", help="count with valgrind, for a minute or two"
    )
    parser.add_argument("--load", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        load(options)
    elif options.instructions:
        print(f"{count_instructions(options):,.0f} instructions per miss in user space")
    elif options.profile or options.calls:
        profile = cProfile.Profile()
        cost = run(measure(options, 0, profile))
        stats = pstats.Stats(profile).sort_stats("tottime")
        print(f"{stats.total_calls / cost.answered:.1f} calls per miss")  # type: ignore[attr-defined]  # undeclared
        if options.profile:
            stats.print_stats(60)
    else:
        costs = [run(measure(options, number)) for number in range(options.rounds)]
        total = [cost.user + cost.system for cost in costs]
        middle = [
            statistics.median(column) for column in ([c.user for c in costs], [c.system for c in costs])
        ]
        print(
            f"{statistics.median(total):.1f} us CPU per miss (min {min(total):.1f}, max {max(total):.1f}; "
            f"user {middle[0]:.1f}, system {middle[1]:.1f}; {min(c.answered for c in costs)} answered)"
        )


if __name__ == "__main__":
    main()
