# SPDX-License-Identifier: ISC
"""How long to leave a failing question or server alone (RFC 9520). Who failed and how often is told, not kept, here."""

from __future__ import annotations

from typing import Final

from resolver.policy.judge import judge
from resolver.policy.rules import FAILURE_MOST_S
from resolver.policy.subject import AnswerClass, Subject
from resolver.policy.terms import Policy

_TRANSIENT_S: Final = 1.0
# A cycle, a CNAME loop or a spent limit is in the data: it does not pass in a second.
_STRUCTURAL_S: Final = 5.0
# Doubling stops well before a float does; 2^9 s is past every bound already.
_MOST_DOUBLINGS: Final = 9
# security.md section 1, "server-down marking": four in a row, then 1, 2, 4 … 60 s.
SERVER_FAILURES_TOLERATED: Final = 3
_SERVER_MOST_S: Final = 60.0


def retry_after(
    count: int, structural: bool, policy: Policy, *, owner: bytes = b"\0", rtype: int = 0
) -> float:
    """Seconds a question is answered with its failure, after failing `count` times in a row (1 or more).

    1, 2, 4 … 300 s, or 5, 10 … 300 s for structural failures (RFC 9520 section 3.2), as far as the policy lets it.
    """
    first = _STRUCTURAL_S if structural else _TRANSIENT_S
    wait = min(first * 2 ** min(max(count, 1) - 1, _MOST_DOUBLINGS), FAILURE_MOST_S)
    return judge(Subject(owner, rtype, AnswerClass.FAILURE, int(wait)), 0.0, policy).fresh_until


def server_retry_after(failures_in_row: int) -> float:
    """Seconds a server is left alone after so many failures in a row: 0 for the first three, then 1, 2, 4 … 60."""
    beyond = failures_in_row - SERVER_FAILURES_TOLERATED - 1
    if beyond < 0:
        return 0.0
    return float(min(2 ** min(beyond, _MOST_DOUBLINGS), _SERVER_MOST_S))
