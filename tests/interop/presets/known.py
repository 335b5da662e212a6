# SPDX-License-Identifier: ISC
"""Where a preset is not the server it is named after, and why: what the comparison may find, and nothing else.

A pattern (fnmatch) stands for steps of the script, by `Row.key`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple


class Known(NamedTuple):
    """One difference: the steps it shows in, and why it is there."""

    steps: Sequence[str]
    why: str


_SOA: Final = Known(
    ("denials: q.[xd]60-900@*",),
    "It shows the TTL that the SOA was sent with. Ours is never above the SOA's MINIMUM (RFC 2308 section 5); "
    "authorities that follow the RFC send the lesser of the two, and then both are the same.",
)
_STALE: Final = "an outage with stale data switched on: "

KNOWN: Final[Mapping[str, Sequence[Known]]] = {
    "unbound": (
        Known(
            ("TTLs published and shown: t2147483648@?",),
            "A TTL of 2^31 is 0 to it (RFC 2181 section 8); ours is a large number (RFC 8767 section 4).",
        ),
        Known(
            ("TTLs published and shown: t1@1",),
            "At the very second in which a life ends it still answers, with TTL 0; ours asks again.",
        ),
        Known(
            (f"{_STALE}t30-s@33 out",),
            "It tries again at every question for stale data. Ours leaves alone a question that has failed, for as "
            "long as failures are remembered (5 s).",
        ),
    ),
    "named": (
        _SOA,
        Known(
            (f"{_STALE}t30-s@33 out", f"{_STALE}t30-s@40 out"),
            "Where servers answer SERVFAIL, it tries again at every question. Ours waits `stale.recheck` after every "
            "kind of failure, as BIND does after servers were silent (stale-refresh-time).",
        ),
    ),
    "kresd": (
        _SOA,
        Known(
            ("denials: q.[xd]0-0@1", "denials: q.[xd]3-3@?"),
            "What it keeps longer than published it shows with what is left of the TTL published, then 0. Ours "
            "shows what is left of what is kept.",
        ),
        Known(
            ("an hour: q.x600-600-h@10",),
            "Denials of unsigned zones that it got by a forwarder it kept for 5 s, whatever their SOA said, with a "
            "trust anchor and without. Signed ones were not measured; the preset has its pair of bounds for all.",
        ),
        Known(
            ("failures: fail@[12]",),
            "It leaves the server that failed alone for about a second, and remembers no question: what it does after "
            "exactly one second differs from run to run.",
        ),
    ),
    "pdns_recursor": (
        _SOA,
        Known(
            ("prefetch switched on: t30-q@2[789]", "prefetch switched on: t1000-q@9*"),
            "Its packet cache answers the same question to the end of its TTL, and the record cache behind it, "
            "which would prefetch, does not hear of it.",
        ),
        Known(
            (f"{_STALE}t30-s@*",),
            "A record served stale has its TTL set to 30 s, which then counts down and is extended when it ends. "
            "Ours always shows `stale.reply_ttl`, and leaves alone a question that has failed (60 s).",
        ),
    ),
    "dnsmasq": (
        _SOA,
        Known(
            ("TTLs published and shown: t214748364[78]@?",),
            "It has no maximum, and shows a TTL of 2^31 as 0 at first; ours keeps nothing for more than a week (RFC"
            " 8767 section 4).",
        ),
        Known(
            ("failures: fail@1",),
            "It remembers no failures; ours does for a second at least (RFC 9520 section 3.2).",
        ),
    ),
}


def explained(program: str, key: str) -> Known | None:
    """What is known of a difference in that step; None: nothing."""
    for known in KNOWN[program]:
        if any(fnmatchcase(key, pattern) for pattern in known.steps):
            return known
    return None
