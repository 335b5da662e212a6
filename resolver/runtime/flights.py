# SPDX-License-Identifier: ISC
"""What every try under way has in common: an inbox, who waits for it, its end, and lingering.

How bytes travel is not known here: `upstream_udp` and `upstream_tcp` are the two ways.
"""

from __future__ import annotations

import asyncio
import errno
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Final

from resolver.engine.matching import read_reply
from resolver.engine.ports import ExchangeFailed, Query, Reply, Server
from resolver.events import OPEN_FILES, Crashed, LimitHit, Mismatch, ReplyDropped, Tell, Verdict
from resolver.runtime.clocks import ticks
from resolver.runtime.deadlines import Deadline, Deadlines
from resolver.runtime.descriptors import OUT_OF_FILES
from resolver.runtime.entropy import Entropy
from resolver.runtime.readers import Readers
from resolver.runtime.strands import Pause, Strands

_INBOX: Final = 8  # replies kept for a reader who is not there; servers send one, or a SERVFAIL and then one

_OURS: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRINUSE, errno.EAGAIN}


class Sockets:
    """What the flights of one world share: loop, deadlines, random numbers, listener, the bounded table of sockets."""

    __slots__ = ("deadlines", "entropy", "flights", "limit", "loop", "readers", "sources", "tell")

    def __init__(
        self,
        strands: Strands,
        deadlines: Deadlines,
        entropy: Entropy,
        tell: Tell,
        *,
        limit: int,
        sources: tuple[str, ...] = (),
    ) -> None:
        self.loop: asyncio.AbstractEventLoop = strands.loop
        self.deadlines = deadlines
        self.readers = Readers(strands)
        self.entropy = entropy
        self.tell = tell
        self.limit = limit
        self.flights: set[LiveFlight] = set()
        self.sources = {
            False: tuple(source for source in sources if ":" not in source),
            True: tuple(source for source in sources if ":" in source),
        }

    def source(self, ipv6: bool) -> str:
        """Return the local address to send from; the wildcard leaves the choice to the system."""
        choices = self.sources[ipv6]
        if not choices:
            return "::" if ipv6 else "0.0.0.0"
        return choices[self.entropy.draw(len(choices))]


class LiveFlight(ABC):
    """One try over a real socket. It holds a place in the table of sockets from `launch` to its end."""

    __slots__ = (
        "_expiry",
        "_inbox",
        "_late",
        "_sockets",
        "_until",
        "ended",
        "message_id",
        "near_misses",
        "query",
        "server",
        "started_at",
        "waiters",
        "wrong_case",
    )

    def __init__(self, sockets: Sockets, server: Server, query: Query, until: float) -> None:
        self.server = server
        self.query = query
        self.started_at = ticks()
        self.near_misses = 0
        self.wrong_case = False
        self.message_id = sockets.entropy.draw(1 << 16)
        self.ended = False
        self.waiters: list[Pause] = []
        self._sockets = sockets
        self._until = until
        self._inbox: deque[Reply | ExchangeFailed] = deque()
        self._late: Callable[[Reply | None], None] | None = None
        self._expiry: Deadline | None = None

    def launch(self, target: Server) -> None:
        """Send to `target` (`server`, unless the lab's map says otherwise). A failure is found in the inbox."""
        sockets = self._sockets
        if len(sockets.flights) >= sockets.limit:
            self.fail(Verdict.NO_SOCKET, "all sockets are in use")
            return
        sockets.flights.add(self)
        self._expiry = sockets.deadlines.call_at(self._until, self._expire)
        try:
            self._depart(target)
        except OSError as error:
            if error.errno in OUT_OF_FILES:
                sockets.tell(LimitHit(ticks(), OPEN_FILES))
            self.fail(*explain(error))

    @property
    def ready(self) -> bool:
        """Whether `take` would return something."""
        return bool(self._inbox)

    def take(self) -> Reply | ExchangeFailed | None:
        """Return the next thing it brought, or None."""
        return self._inbox.popleft() if self._inbox else None

    def close(self) -> None:
        """Give the socket back; what was not taken is gone, and who waits for this flight waits in vain."""
        self._inbox.clear()
        self._end()

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self._land()
        self._sockets.flights.discard(self)
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        self._tell_late(None)

    def linger(self, until: float, late: Callable[[Reply | None], None]) -> None:
        """Listen on to `until` or the try's own end; `late` hears the first late reply, or None, once."""
        self._late = late
        self.waiters.clear()
        waiting = next((thing for thing in self._inbox if isinstance(thing, Reply)), None)
        self._inbox.clear()
        if waiting is not None or self.ended:
            self._sockets.loop.call_soon(self._finish_lingering, waiting)
        elif until < self._until:
            self._until = until
            if self._expiry is not None:
                self._expiry.cancel()
            self._expiry = self._sockets.deadlines.call_at(until, self._expire_lingering)

    def arrived(self, datagram: bytes, sent_at: float) -> bool:
        """Judge a message that came in; return whether it was our reply. Others are counted and forgotten."""
        verdict = read_reply(self.query, self.message_id, datagram)
        if verdict is Mismatch.TOO_LARGE:  # the right ID: whoever sent it, this try is over and TCP is next
            self.fail(Verdict.TOO_LARGE)
            return False
        if isinstance(verdict, Mismatch):
            self.near_misses += 1
            if verdict is Mismatch.WRONG_CASE:
                self.wrong_case = True
            self._sockets.tell(ReplyDropped(ticks(), self.server.address, verdict))
            return False
        reply = Reply(verdict, ticks() - sent_at, len(datagram))
        if self._late is not None:
            self._finish_lingering(reply)
        elif len(self._inbox) < _INBOX:
            self._inbox.append(reply)
            self._wake()
        return True

    def fail(self, reason: Verdict, detail: str = "") -> None:
        """End without (another) reply."""
        if self.ended:
            return
        if self._late is None:
            self._inbox.append(ExchangeFailed(reason, detail))
        self._end()
        self._wake()

    @abstractmethod
    def _depart(self, target: Server) -> None:
        """Open the socket and send. May raise OSError."""

    @abstractmethod
    def _land(self) -> None:
        """Close the socket."""

    @abstractmethod
    def catch_up(self) -> None:
        """Read what has arrived by now.

        A busy loop runs its timers first, but time is not up for what lies in the socket.
        """

    def _expire(self) -> None:
        self.catch_up()
        if self._inbox:
            self._end()
        else:
            self.fail(Verdict.TIMEOUT)

    def _expire_lingering(self) -> None:
        self.catch_up()
        self.close()

    def _finish_lingering(self, reply: Reply | None) -> None:
        self._tell_late(reply)
        self.close()

    def _tell_late(self, reply: Reply | None) -> None:
        late, self._late = self._late, None
        if late is None:
            return
        try:
            late(reply)
        except Exception:  # noqa: BLE001 - nothing that a reply sets off may end the process
            self._sockets.tell(Crashed(ticks(), "late reply", traceback.format_exc()))

    def _wake(self) -> None:
        for waiter in self.waiters:
            waiter.end()


def explain(error: OSError) -> tuple[Verdict, str]:
    """Return what a socket's error means: we are out of sockets, or the server cannot be reached."""
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return (Verdict.NO_SOCKET if error.errno in _OURS else Verdict.UNREACHABLE), name
