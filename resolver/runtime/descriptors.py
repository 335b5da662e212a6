# SPDX-License-Identifier: ISC
"""A budget of open files below the system's limit, so that no accept and no query ever meets EMFILE.

Only counting: the tables that hold the sockets obey.
"""

from __future__ import annotations

import errno
import resource
from typing import Final, NamedTuple

RESERVE: Final = 32  # logs, control, HTTP (`control.accepting`), the loop's own, files read at reload
OUT_OF_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})  # what the budget is there to prevent
_ENOUGH: Final = 1 << 20  # containers with "unlimited" files would have the kernel make tables for a billion


class SocketBudget(NamedTuple):
    """How many sockets each side may hold."""

    upstream: int
    tcp_clients: int


def raise_limit() -> int:
    """Raise the soft limit on open files to the hard one; return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < want:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (want, hard))
        except (OSError, ValueError):
            return soft
        return want
    return _ENOUGH if soft == resource.RLIM_INFINITY else soft


def share(limit: int, *, listeners: int, connections: int, upstream: int) -> SocketBudget:
    """Divide `limit` files: TCP clients get what they ask for, up to half; our own queries the rest, as asked."""
    free = max(2, limit - RESERVE - 2 * listeners)
    clients = min(connections, max(free // 2, free - upstream))
    return SocketBudget(upstream=min(upstream, free - clients), tcp_clients=clients)
