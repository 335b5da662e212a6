# SPDX-License-Identifier: ISC
"""What is asked, and when: one script for every peer and every preset, and what was seen of each step.

No peer and no policy is known here. Instants are whole seconds of a clock that stands still in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import dns.message
import dns.rcode
import dns.rdatatype

from tests.interop.presets.zone import Authority

HOUR = 3600
_SHOWN = (dns.rdatatype.A, dns.rdatatype.SOA)


class Step(NamedTuple):
    """Ask for `name` at `at` seconds; with `out`, the authority fails meanwhile."""

    at: int
    name: str
    out: bool = False

    def __str__(self) -> str:
        return f"{self.name}@{self.at}{' out' if self.out else ''}"


class Seen(NamedTuple):
    """What a client saw: the rcode, the TTL of the answer or the SOA (None: no record), and whether it cost a query."""

    rcode: str
    ttl: int | None
    asked: bool

    def __str__(self) -> str:
        said = self.rcode if self.ttl is None else str(self.ttl)
        return f"{said}{'*' if self.asked else ''}"


def _twice(*names: str) -> list[Step]:
    """At first, and a second later: what is shown of new data, and whether it was kept."""
    return [Step(at, name) for at in (0, 1) for name in names]


@dataclass(frozen=True, slots=True)
class Part:
    """Steps that belong together, in the order of time, each name in one part alone.

    `switched`: peers and presets with stale data and prefetch switched on.
    """

    title: str
    steps: tuple[Step, ...]
    switched: bool = False


TTLS = (0, 1, 3, 5, 30, 300, 86400, 604800, 2**31 - 1, 2**31)
DENIALS = tuple(
    f"q.{kind}{minimum}-{soa}"
    for kind in "xd"
    for minimum, soa in ((0, 0), (3, 3), (60, 900), (900, 60), (7200, 7200), (86400, 86400))
)
PARTS = (
    Part("TTLs published and shown", (*_twice(*(f"t{ttl}" for ttl in TTLS)), Step(4, "t3"))),
    Part("denials", (*_twice(*DENIALS), Step(4, "q.x3-3"), Step(4, "q.d3-3"))),
    Part("failures", tuple(Step(at, "fail") for at in (0, 1, 2, 4, 6, 12, 30, 59, 62))),
    Part(
        "an hour",
        tuple(
            Step(at, name)
            for at in (0, 10, 60, 299, 301, 900, 1800, HOUR - 1, HOUR + 1)
            for name in ("t300-h", f"t{HOUR}-h", "t86400-h", "q.x600-600-h")
        ),
    ),
    Part(
        "prefetch as shipped", tuple(Step(at, name) for at in (0, 20, 28, 29) for name in ("t30-p", "t60-p"))
    ),
    Part(
        "prefetch switched on",
        tuple(
            [Step(0, "t1000-q"), *(Step(at, "t30-q") for at in (0, 20, 26, 27, 28, 29))]
            + [Step(at, "t1000-q") for at in (890, 910, 990, 997)]
        ),
        switched=True,
    ),
    Part("an outage as shipped", (Step(0, "t30-o"), Step(29, "t30-o", True), Step(31, "t30-o", True))),
    Part(
        "an outage with stale data switched on",
        (
            *(Step(at, "t30-s", at > 20) for at in (0, 20, 31, 33, 40, 65)),
            Step(100, "t30-s"),
            Step(101, "t30-s"),
        ),
        switched=True,
    ),
)


def take(step: Step, authority: Authority, ask: Callable[[bytes], bytes]) -> Seen:
    """Take one step: `ask` sends the question and returns the response, and lets what goes on behind it end."""
    authority.is_out = step.out
    authority.asked.clear()
    name = f"{step.name}.shop."
    response = dns.message.from_wire(ask(dns.message.make_query(name, "A", use_edns=0).to_wire()))
    rows = [rrset for rrset in (*response.answer, *response.authority) if rrset.rdtype in _SHOWN]
    return Seen(dns.rcode.to_text(response.rcode()), rows[0].ttl if rows else None, authority.asked[name] > 0)
