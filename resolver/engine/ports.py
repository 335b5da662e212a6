# SPDX-License-Identifier: ISC
"""The port: all the engine may ask of the outside world.

Two worlds implement it: `runtime.aio_world` with sockets and clocks, `lab.virtual_world` with a heap and neither.
No asyncio, socket, clock or entropy here; nothing that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from enum import StrEnum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from resolver.errors import ResolverError
from resolver.events import Verdict
from resolver.wire import Message

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Transport(StrEnum):
    """How a query travels."""

    UDP = "udp"
    TCP = "tcp"

    __hash__ = (
        str.__hash__
    )  # the enum's own is a call of Python's, and keys with it are looked up at every try


class Server(NamedTuple):
    """One address of a name server, as learnt: text of an IPv4 or IPv6 address, and a port."""

    address: str
    port: int = 53

    @property
    def is_ipv6(self) -> bool:
        """Whether the address is an IPv6 one."""
        return ":" in self.address


class Query(NamedTuple):
    """What one try sends. `wire` is the whole message with a zero ID (the world draws the ID).

    `name` is spelled as sent; with `exact_case` a reply must echo that spelling (0x20). `cookie` is the client cookie
    sent (8 bytes), or None; with `cookie_required` a UDP reply that does not echo it is dropped (RFC 7873 section 5.3).
    `udp_size` is what we offered: a longer UDP reply is dropped and the query moves to TCP. `spelling` is the name
    before its case was randomised; replies are read as if they had echoed that (RFC 4343).
    """

    zone: bytes
    name: bytes
    rtype: int
    transport: Transport
    wire: bytes
    udp_size: int = 512
    exact_case: bool = False
    cookie: bytes | None = None
    cookie_required: bool = False
    spelling: bytes = b""


class Reply(NamedTuple):
    """A reply that belongs to its query (`engine.matching` said so): parsed, with its round trip in seconds."""

    message: Message
    rtt: float
    size: int


class ExchangeFailed(ResolverError):
    """One server, one try: it ended without a reply. `reason` is TIMEOUT, UNREACHABLE, CLOSED, NO_SOCKET …"""

    def __init__(self, reason: Verdict, detail: str = "") -> None:
        super().__init__(f"{reason.value} {detail}".strip())
        self.reason = reason
        self.detail = detail


class Flight(Protocol):
    """One try under way. It may bring several things: a SERVFAIL first, the true reply later."""

    @property
    def server(self) -> Server:
        """Whom it was sent to."""

    @property
    def query(self) -> Query:
        """What was sent."""

    @property
    def started_at(self) -> float:
        """The tick at which it was sent."""

    @property
    def near_misses(self) -> int:
        """Datagrams dropped because they did not match (wrong ID, question, case …): a sign of forgery."""

    @property
    def wrong_case(self) -> bool:
        """Whether a dropped reply differed from the query in letter case alone."""

    def take(self) -> Reply | ExchangeFailed | None:
        """The next thing it brought and nobody took, or None. After an ExchangeFailed nothing more comes."""

    def close(self) -> None:
        """Give the socket back; idempotent."""

    def linger(self, until: float, late: Callable[[Reply | None], None]) -> None:
        """Keep listening to `until`, then close; `late` hears the first late reply, or None."""


class Job(Protocol, Generic[T_co]):
    """Work owned by the world, not by who began it."""

    @property
    def done(self) -> bool:
        """Whether it has ended, by itself or at its deadline."""

    async def join(self, until: float | None = None) -> T_co | None:
        """Its result; None when the tick `until` came first, or the job was ended at its deadline."""


class World(Protocol):
    """Clocks, waiting, sending, drawing and working. Ticks are monotonic seconds and never faked."""

    def now(self) -> float:
        """The clock of lifetimes, in seconds; `cache.clock` says which."""

    def ticks(self) -> float:
        """Monotonic seconds: round trips and deadlines."""

    def wall(self) -> float:
        """UNIX time in seconds: signatures, cookies, logs."""

    def draw(self, bound: int) -> int:
        """An unpredictable integer, 0 <= n < bound (RFC 5452: IDs, case, order; never Mersenne Twister when live)."""

    async def sleep_until(self, tick: float) -> None:
        """Wait; an instant in the past lets others that are ready go first."""

    def start(self, server: Server, query: Query, until: float) -> Flight:
        """Send one try; its socket closes at the tick `until` at the latest (that is then its TIMEOUT)."""

    async def first(self, flights: Sequence[Flight], until: float) -> Flight | None:
        """The first flight with something to take, or None at the tick `until`. Returns at once when one is ready."""

    def spawn(
        self,
        work: Coroutine[Any, Any, T],
        deadline: float,
        ended: Callable[[T | None], object] | None = None,
    ) -> Job[T] | None:
        """Run `work` as a Job that ends at the tick `deadline` whatever it does. None (and `work` closed) when full.

        `ended` hears the end of the Job, once: its result, or None when its deadline came first, perhaps before its
        first step, or when it crashed. What must not be left behind is put away there: a `finally` in work that was
        never begun does not run.
        """
