# SPDX-License-Identifier: ISC
"""What is known of each server address: round trips, failures, abilities, and the zones it is lame for.

Facts only: who is asked next, and what a reply says about a server, is decided in the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Final

from cachetools import LRUCache

from resolver.cache.budget import BYTES, LRU_ITEM, NUMBER, OBJECT

# Address text and port: what the engine's `Server` is.
ServerKey = tuple[str, int]

_STATE_BYTES: Final = LRU_ITEM + 2 * OBJECT + 18 * 8 + 10 * NUMBER + 2 * BYTES + 60
_LAME_BYTES: Final = LRU_ITEM + OBJECT + NUMBER + 2 * BYTES + 255


class EdnsAbility(Enum):
    """Whether a server understands EDNS."""

    UNKNOWN = "unknown"
    OK = "ok"
    BROKEN = "broken"


@dataclass(slots=True)
class ServerState:
    """One server address, as seen so far; the engine writes here. Round trips in seconds, instants on the ticks clock.

    `srtt` and `rttvar` after RFC 6298 section 2, None and 0 before the first of `samples`. `down_until`: left alone
    until then. `replied_at`: when it last answered anybody, whatever that was. `awaited_since`: the first query since
    it last spoke or failed, None when nothing is awaited. `edns_until`, `case_until`: how long what was found about
    EDNS and letter case holds, `…_strikes` how often in a row it was suspected of it. `cookie` is its server cookie
    (RFC 7873).
    """

    srtt: float | None = None
    rttvar: float = 0.0
    samples: int = 0
    failures_in_row: int = 0
    failed_at: float = 0.0  # when the last failure was counted
    down_until: float = 0.0
    last_used_at: float = 0.0
    replied_at: float = -inf
    awaited_since: float | None = None
    edns: EdnsAbility = EdnsAbility.UNKNOWN
    edns_until: float = 0.0
    keeps_case: bool | None = None
    case_until: float = 0.0
    cookie: bytes | None = None
    edns_strikes: int = 0
    case_strikes: int = 0

    def edns_broken(self, tick: float) -> bool:
        """Whether the server is known, for now, not to understand EDNS."""
        return self.edns is EdnsAbility.BROKEN and tick < self.edns_until

    def folds_case(self, tick: float) -> bool:
        """Whether the server is known, for now, not to echo letter case."""
        return self.keeps_case is False and tick < self.case_until


class ServerCache:
    """Server states by address and lame marks by (zone, address); least recently used out first."""

    def __init__(self, max_bytes: int) -> None:
        self._states: LRUCache[ServerKey, ServerState] = LRUCache(max(1, max_bytes * 3 // 4 // _STATE_BYTES))
        self._lame: LRUCache[tuple[bytes, ServerKey], float] = LRUCache(max(1, max_bytes // 4 // _LAME_BYTES))

    def __len__(self) -> int:
        return len(self._states)

    @property
    def size_bytes(self) -> int:
        """What is held weighs this much: states and marks are all but equal in weight."""
        return len(self._states) * _STATE_BYTES + len(self._lame) * _LAME_BYTES

    def get(self, server: ServerKey) -> ServerState:
        """The state of a server; a blank one for a server not known."""
        state = self._states.get(server)
        if state is None:
            state = self._states[server] = ServerState()
        return state

    def peek(self, server: ServerKey) -> ServerState | None:
        """The state of a server, or None for one not known."""
        return self._states.get(server)

    def items(self) -> list[tuple[ServerKey, ServerState]]:
        """All servers known, for operators."""
        return list(self._states.items())

    def mark_lame(self, zone: bytes, server: ServerKey, until: float) -> None:
        """The server does not serve the zone it was delegated: do not ask it about that zone before `until`."""
        self._lame[zone, server] = until

    def lame_until(self, zone: bytes, server: ServerKey) -> float:
        """Until when the server counts as lame for the zone; 0 when it never did."""
        return self._lame.get((zone, server), 0.0)

    def is_lame(self, zone: bytes, server: ServerKey, now: float) -> bool:
        """Whether the server counts as lame for the zone at `now`."""
        return now < self.lame_until(zone, server)

    def clear_lame(self, zone: bytes, server: ServerKey) -> None:
        """The server answered for the zone after all."""
        self._lame.pop((zone, server), None)

    def forget(self, server: ServerKey | None = None) -> int:
        """Forget a server, or all and their lame marks; how many servers were known."""
        if server is not None:
            return 0 if self._states.pop(server, None) is None else 1
        known = len(self._states)
        self._states.clear()
        self._lame.clear()
        return known
