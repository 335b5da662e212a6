# SPDX-License-Identifier: ISC
"""dnsperf: its command line, and what it prints. Runs nothing.

Version 2.10, which Debian 12 has, knows no histogram of latencies; it prints one line per reply with `-v` instead. That
costs the generator time, so only paced runs and runs over a fixed list are verbose.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

CLIENTS = 8  # sockets; also TCP connections
TIMEOUT_SECONDS = 3
# A socket buffer of 208 KiB holds 256 small datagrams, and the kernel may be slow to give a quarter of it back: below
# that, a server whose core is taken from it for a while loses nothing.
OUTSTANDING_UDP = 128
# In flight of one connection 8, below every peer's bound (PowerDNS 10, BIND 23, ours 64, Knot 100).
OUTSTANDING_TCP = 64
QUANTILES = (0.5, 0.99, 0.999)


@dataclass(frozen=True, slots=True)
class Load:
    """One run of dnsperf."""

    questions: Path
    server: str
    port: int
    tcp: bool = False
    edns: bool = False
    binary: bool = False
    verbose: bool = False
    passes: int | None = 1  # through the questions; None: for the seconds
    seconds: float = 0.0
    rate: int | None = None  # questions a second; None: as fast as replies come


def command(load: Load) -> Sequence[str]:
    """The command line."""
    words = ["dnsperf", "-f", "inet", "-s", load.server, "-p", str(load.port), "-d", str(load.questions)]
    words += ["-c", str(CLIENTS), "-t", str(TIMEOUT_SECONDS), "-O", "suppress=timeouts,congestion"]
    words += ["-m", "tcp" if load.tcp else "udp", "-q", str(OUTSTANDING_TCP if load.tcp else OUTSTANDING_UDP)]
    words += ["-l", f"{load.seconds:g}"] if load.passes is None else ["-n", str(load.passes)]
    words += ["-e"] if load.edns else []
    words += ["-B"] if load.binary else []
    words += ["-v"] if load.verbose else []
    words += ["-Q", str(load.rate)] if load.rate is not None else []
    return words


@dataclass(frozen=True, slots=True)
class Report:
    """What one run came to. Sizes are the averages in octets."""

    sent: int
    completed: int
    lost: int
    seconds: float
    rcodes: dict[str, int]
    request_octets: int
    response_octets: int

    @property
    def rate(self) -> float:
        """Replies a second."""
        return self.completed / self.seconds if self.seconds else 0.0

    def wrong(self, expected: str) -> float:
        """The share of replies with another response code than this."""
        return 1 - self.rcodes.get(expected, 0) / self.completed if self.completed else 1.0


def parse_report(text: str) -> Report:
    """The statistics at the end of the output. ValueError when they are not there."""

    def number(pattern: str) -> str:
        found = re.search(pattern, text, re.MULTILINE)
        if not found:
            raise ValueError(f"dnsperf printed no {pattern!r}: {text[-500:]!r}")
        return found.group(1)

    codes = re.search(r"^ *Response codes: +(.*)$", text, re.MULTILINE)
    rcodes = re.findall(r"(\w+) (\d+) \(", codes.group(1)) if codes else []
    return Report(
        sent=int(number(r"^ *Queries sent: +(\d+)")),
        completed=int(number(r"^ *Queries completed: +(\d+)")),
        lost=int(number(r"^ *Queries lost: +(\d+)")),
        seconds=float(number(r"^ *Run time \(s\): +([\d.]+)")),
        rcodes={name: int(count) for name, count in rcodes},
        request_octets=int(number(r"^ *Average packet size: +request (\d+)")),
        response_octets=int(number(r"^ *Average packet size: +request \d+, response (\d+)")),
    )


def latencies(lines: Iterable[str]) -> array[float]:
    """The seconds of each reply of a verbose run; `> T`, a time-out, is none."""
    found = array("d")
    for line in lines:
        if line.startswith("> ") and not line.startswith("> T "):
            found.append(float(line.rsplit(None, 1)[1]))
    return found


def quantiles(values: Sequence[float]) -> list[float] | None:
    """The QUANTILES by nearest rank; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in QUANTILES]
