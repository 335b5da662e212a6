# SPDX-License-Identifier: ISC
"""The vocabulary of what happened: frozen events, told by the rooms that decide, heard by telemetry and by `trace`.

No event holds a client's address, and nobody here counts, logs or formats: listeners do.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple


class QuerySent(NamedTuple):
    """One try left for a server. `name` is spelled as sent (0x20), `zone` is the key of the zone asked."""

    at: float
    server: str
    port: int
    transport: str
    zone: bytes
    name: bytes
    rtype: int


class Verdict(StrEnum):
    """What a reply turned out to be, or why a try ended without one."""

    ANSWER = "answer"
    ALIAS = "alias"
    REFERRAL = "referral"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"
    TRUNCATED = "truncated"
    SPOOFABLE = "spoofable"
    LAME = "lame"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    FORMERR = "formerr"
    NOTIMP = "notimp"
    BADVERS = "badvers"
    BADCOOKIE = "badcookie"
    BAD_RCODE = "bad_rcode"
    INCOHERENT = "incoherent"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    TOO_LARGE = "too_large"
    NO_SOCKET = "no_socket"
    LATE = "late"


class TryEnded(NamedTuple):
    """One try is over. `rtt` in seconds from sending; `bytes_in` is 0 without a reply."""

    at: float
    server: str
    transport: str
    zone: bytes
    name: bytes
    rtype: int
    rtt: float
    verdict: Verdict
    bytes_in: int = 0
    detail: str = ""


class Mismatch(StrEnum):
    """Why a datagram that reached a waiting socket was dropped (RFC 5452 section 9.1)."""

    MALFORMED = "malformed"
    WRONG_ID = "wrong_id"
    WRONG_QUESTION = "wrong_question"
    WRONG_CASE = "wrong_case"
    WRONG_COOKIE = "wrong_cookie"
    NOT_A_RESPONSE = "not_a_response"
    TOO_LARGE = "too_large"


class ReplyDropped(NamedTuple):
    """A datagram did not belong to the try it was sent to; the socket keeps waiting."""

    at: float
    server: str
    why: Mismatch


class RecordsScrubbed(NamedTuple):
    """Records outside the bailiwick of the zone asked, or not asked for, were removed from a reply."""

    at: float
    zone: bytes
    records: int


class TtlJudged(NamedTuple):
    """A lifetime was computed: `kept` seconds from `published`, by `rules` (names, in the order applied)."""

    at: float
    owner: bytes
    rtype: int
    kind: str
    published: int
    kept: float
    rules: tuple[str, ...]


class CutLearnt(NamedTuple):
    """A delegation was stored: its zone, how many names and addresses, and the seconds of its lease.

    `published` is the TTL of its NS set, `rules` what made the lease another one, in the order applied.
    """

    at: float
    zone: bytes
    names: int
    addresses: int
    lease: float
    published: int = 0
    rules: tuple[str, ...] = ()


class QuestionStarted(NamedTuple):
    """Work on a question began: `why` is client, address, priming, prefetch or refresh."""

    at: float
    name: bytes
    rtype: int
    why: str


class QuestionEnded(NamedTuple):
    """Work on a question ended after `queries` upstream sends; `outcome` is an rcode's name or `failed`."""

    at: float
    name: bytes
    rtype: int
    why: str
    outcome: str
    seconds: float
    queries: int
    detail: str = ""


OPEN_FILES: Final = "open files"  # the limit of the system that no key of ours sets


class LimitHit(NamedTuple):
    """A named limit was reached: its key, or OPEN_FILES; `enforced`: it stopped something."""

    at: float
    limit: str
    enforced: bool = True


class Evicted(NamedTuple):
    """A cache let entries go. `reason` is dead, space, flushed or replaced.

    `lives` are, for those that had to make room, the seconds since they were stored.
    """

    at: float
    cache: str
    reason: str
    entries: int
    lives: tuple[float, ...] = ()


class Crashed(NamedTuple):
    """A bug of ours surfaced; the question was answered SERVFAIL. `traceback` is for the log, never for a peer."""

    at: float
    where: str
    traceback: str


Event = (
    QuerySent
    | TryEnded
    | ReplyDropped
    | RecordsScrubbed
    | TtlJudged
    | CutLearnt
    | QuestionStarted
    | QuestionEnded
    | LimitHit
    | Evicted
    | Crashed
)
Tell = Callable[[Event], None]


def nobody(event: Event) -> None:
    """A listener that does not listen."""
