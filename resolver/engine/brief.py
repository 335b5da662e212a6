# SPDX-License-Identifier: ISC
"""One brief try of servers that are all down: whether, and until when. Pure counts and instants: nothing is sent here.

A server that drops what it does not like, a type or the names of a zone it does not host, is down by the same timeouts
as a dead one, for everybody. So a question is not refused because others were not answered: each has one try. It waits
little, few do so at a time, and nobody who has met the silence of that server already does.
"""

from __future__ import annotations

from collections.abc import Sequence

from resolver.cache.servers import ServerCache
from resolver.engine.budget import Work
from resolver.engine.limits import FIRST_RTO, HEDGE_AFTER
from resolver.engine.ports import Server
from resolver.engine.selection import is_down, rto
from resolver.engine.server_shares import ServerShares


class BriefTry:
    """Of one question put to one zone. `until` is the tick to give up at: the question's deadline unless it `is_on`."""

    __slots__ = ("_memory", "_servers", "_shares", "_work", "is_on", "until")

    def __init__(self, memory: ServerCache, shares: ServerShares, work: Work) -> None:
        self._memory = memory
        self._shares = shares
        self._work = work
        self._servers: tuple[Server, ...] = ()
        self.is_on = False
        self.until = work.deadline

    def may_ask(self, server: Server, tick: float) -> bool:
        """Whether the server is up, or may be tried all the same.

        One that this very client question has sent to is not: it led there again and again (NXNSAttack).
        """
        if not is_down(self._memory.get(server), tick):
            return True
        return self._shares.has_room_for_brief(server.address) and not self._work.has_asked(server)

    def begin(self, servers: Sequence[Server], tick: float) -> None:
        """These are all that can be asked: if all are down, hurry. Two of them have their time one after the other."""
        states = [self._memory.get(server) for server in servers]
        if states and all(is_down(state, tick) for state in states):
            self.is_on = True
            self.until = min(self.until, tick + max(FIRST_RTO, HEDGE_AFTER + max(map(rto, states))))
            self._servers = tuple(servers)
            for server in servers:
                self._shares.enter_brief(server.address)

    def spoke(self) -> None:
        """One of them has: there is time again."""
        self.is_on = False
        self.until = self._work.deadline

    def end(self) -> None:
        """The question is over, however it ended: to be called once."""
        for server in self._servers:
            self._shares.leave_brief(server.address)
