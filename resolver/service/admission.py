# SPDX-License-Identifier: ISC
"""Who may ask, and how much of us one client or one zone may hold. No sockets, no answers: only yes, no and counts.

Every limit has a name (its key), is told each time it is reached, and stops nothing in `shadow` mode. Under pressure
the most expensive work goes first: prefetches, then new resolutions; what the cache holds is always answered.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Annotated, Final, Literal, NamedTuple

from resolver.engine.server_shares import one_less
from resolver.events import LimitHit, Tell
from resolver.service.cookies import SecretsFor
from resolver.units import Bounded, Doc, Seconds, Settings
from resolver.wire import names

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
_KNOWN_MAX: Final = 4096  # addresses whose class is remembered; judging one anew costs some microseconds

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


_LOOPBACK_NETWORKS: Final[dict[int, Network]] = {
    4: ipaddress.IPv4Network(LOOPBACK[0]),
    6: ipaddress.IPv6Network(LOOPBACK[1]),
}


class AdmissionSettings(Settings, frozen=True):
    """Bounds on what clients may hold at once. The block `[admission]` (security.md section 1)."""

    mode: Annotated[
        Literal["enforce", "shadow"],
        Doc("shadow: these limits stop nothing, and are counted as often as they would have"),
    ] = "enforce"
    fetches: Annotated[
        int,
        Doc("questions of clients worked on at once (Unbound num-queries-per-thread 2048)"),
        Bounded(1, 1 << 20),
    ] = 4096
    waiters_per_fetch: Annotated[
        int,
        Doc("clients that may wait for the same question; more are answered SERVFAIL"),
        Bounded(1, 1 << 20),
    ] = 4096
    fetches_per_zone: Annotated[
        int,
        Doc("questions worked on at once at one zone cut, by its servers; TLDs exempt (water torture)"),
        Bounded(1, 1 << 20),
    ] = 200
    fetches_per_server: Annotated[
        int,
        Doc(
            "unanswered queries to one server address; then it is gone by (BIND fetches-per-server, off there)"
        ),
        Bounded(1, 1 << 20),
    ] = 400
    waiting_per_client: Annotated[
        int,
        Doc(
            "replies that one client (IPv4 /32, IPv6 /64) may wait for, loopback exempt; more are dropped (DNSBomb); "
            "who hangs up counts until what it began has ended"
        ),
        Bounded(1, 1 << 20),
    ] = 1000
    lag: Annotated[
        Seconds,
        Doc("work that stands in line this long is a sign of pressure: no prefetches (CoDel, RFC 8289)"),
        Bounded(0.001, 60),
    ] = Seconds(0.1)
    lag_most: Annotated[
        Seconds,
        Doc("later than this, what is not cached is answered stale or SERVFAIL; hits go on"),
        Bounded(0.001, 60),
    ] = Seconds(0.5)
    late_reply: Annotated[
        Seconds,
        Doc("under pressure, UDP replies that waited longer are cached and not sent (DNSBomb)"),
        Bounded(0.1, 60),
    ] = Seconds(2)
    responses_per_second: Annotated[
        int,
        Doc(
            "alike UDP replies a second to one network (IPv4 /24, IPv6 /56), 0: any number; loopback, TCP and good "
            "cookies exempt (response rate limiting, against reflection)"
        ),
        Bounded(0, 1 << 20),
    ] = 0
    responses_per_network: Annotated[
        int,
        Doc("UDP replies of all kinds a second to one such network, 0: any number (BIND all-per-second)"),
        Bounded(0, 1 << 20),
    ] = 0
    responses_slip: Annotated[
        int,
        Doc(
            "of alike replies withheld, every such goes out as TC=1 (with a cookie BADCOOKIE); 0: none (BIND slip)"
        ),
        Bounded(0, 10),
    ] = 2
    responses_window: Annotated[
        Seconds,
        Doc(
            "who asks on at more than the rate is withheld replies for up to this after it ends (BIND window)"
        ),
        Bounded(1, 3600),
    ] = Seconds(15)
    responses_table: Annotated[
        int,
        Doc(
            "networks and kinds of replies counted at once; the longest unused is forgotten (BIND max-table-size)"
        ),
        Bounded(100, 1 << 24),
    ] = 20_000


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What the room takes from `[server]`: see there for each key. An empty `allow_snoop` means: as `allow`."""

    allow: tuple[str, ...] = LOOPBACK
    allow_snoop: tuple[str, ...] = ()
    special_use: bool = True
    edns_udp_size: int = 1232
    rrset_order: Literal["fixed", "cyclic"] = "fixed"
    secrets_for: SecretsFor | None = None  # what cookies are made with; None: cookies are not answered
    chaos_version: str = ""  # what version.bind says; empty: REFUSED


class Client(NamedTuple):
    """Who asks: text of the address without a scope, port, how the datagram came, and the address family."""

    address: str
    port: int
    transport: Literal["udp", "tcp"] = "udp"
    family: Literal["ipv4", "ipv6"] = "ipv4"


class ClientClass(IntEnum):
    """What a client may do; part of the key of an image, so that no class is shown another's answers."""

    STRANGER = 0  # REFUSED
    USER = 1  # recursion
    SNOOPER = 2  # recursion, and looking into the cache with RD=0


class Access:
    """The access list. `classify` is asked for every datagram, so it remembers what it said."""

    def __init__(self, options: ServiceOptions) -> None:
        self._allow = read_networks(options.allow)
        self._snoop = read_networks(options.allow_snoop or options.allow)
        self._known: dict[str, ClientClass] = {}

    def classify(self, address: str) -> ClientClass:
        """Judge a client by its address; what is no address at all is a stranger."""
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            known = self._known[address] = self._judge(address)
        return known

    def treats_loopback_alike(self, address: str) -> bool:
        """Whether `address` is a loopback one and every client that can reach it is of the same class."""
        parsed = _parsed(address)
        if parsed is None or not parsed.is_loopback:
            return False
        whole = _LOOPBACK_NETWORKS[parsed.version]
        return all(
            not network.overlaps(whole) or whole.prefixlen >= network.prefixlen
            for network in (*self._allow, *self._snoop)
            if network.version == parsed.version
        )

    def _judge(self, address: str) -> ClientClass:
        parsed = _parsed(address)
        if parsed is None or not _within(parsed, self._allow):
            return ClientClass.STRANGER
        return ClientClass.SNOOPER if _within(parsed, self._snoop) else ClientClass.USER


class Bites:
    """Says of each limit that is reached whether it stops anything, and tells of it either way."""

    def __init__(self, mode: Literal["enforce", "shadow"], ticks: Callable[[], float], tell: Tell) -> None:
        self._enforced = mode == "enforce"
        self._ticks = ticks
        self._tell = tell

    def __call__(self, limit: str) -> bool:
        """`limit`, a key, was reached: True when that is to have consequences."""
        self._tell(LimitHit(self._ticks(), limit, self._enforced))
        return self._enforced


class Pressure:
    """How far behind we are with our work, and what that forbids. `lag` gives seconds, 0 in a world without a loop."""

    def __init__(self, settings: AdmissionSettings, lag: Callable[[], float], bites: Bites) -> None:
        self._pressed = float(settings.lag)
        self._most = max(self._pressed, float(settings.lag_most))
        self._lag = lag
        self._bites = bites

    @property
    def is_on(self) -> bool:
        """Whether the loop is behind."""
        return self._lag() > self._pressed

    def forbids(self, *, for_client: bool) -> bool:
        """Whether a resolution may not begin now: one that no client waits for goes first."""
        lag = self._lag()
        if for_client:
            return lag > self._most and self._bites("admission.lag_most")
        return lag > self._pressed and self._bites("admission.lag")


class WaitingClients:
    """How many seats each client has, see there. Zero is not stored, so the table is empty when nobody waits."""

    def __init__(self, most: int, bites: Bites) -> None:
        self._most = most
        self._bites = bites
        self._waiting: dict[str, int] = {}
        self._crowds: set[str] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, address: str) -> Seat | None:
        """Count one more; the seat to leave, or None when this client already waits for too many."""
        prefix = _prefix_of(address)
        count = self._waiting.get(prefix, 0)
        if count >= self._most and prefix:
            self._crowds.add(prefix)
            if self._bites("admission.waiting_per_client"):
                return None
        self._waiting[prefix] = count + 1
        return Seat(self, prefix)

    def is_crowd(self, prefix: str) -> bool:
        """Whether this client has asked for more than it may wait for, since it last waited for nothing."""
        return prefix in self._crowds

    def discount(self, prefix: str) -> None:
        """One seat less."""
        if not one_less(self._waiting, prefix):
            self._crowds.discard(prefix)


class Seat:
    """What one question of a client holds until nobody does: who waits for the reply, and the resolution it began.

    That goes on when its client hangs up or loses patience, and costs us as much as before.
    """

    __slots__ = ("_clients", "_holders", "_prefix")

    def __init__(self, clients: WaitingClients, prefix: str) -> None:
        self._clients = clients
        self._holders = 1  # who waits for the reply
        self._prefix = prefix

    @property
    def is_of_a_crowd(self) -> bool:
        """Whether its client has asked for more than it may wait for, see `WaitingClients`."""
        return self._clients.is_crowd(self._prefix)

    def hold(self) -> None:
        """One more holds it: to be left by each, once."""
        self._holders += 1

    def leave(self) -> None:
        """One holds it no more; the last gives it back."""
        self._holders -= 1
        if not self._holders:
            self._clients.discount(self._prefix)


class ZoneShares:
    """How many questions are being worked on at each zone cut: the place of one goes down with its walk (as in BIND).

    The root and the TLDs have no bound: whatever is asked for first is below them.
    """

    def __init__(self, most: int, bites: Bites) -> None:
        self._most = most
        self._bites = bites
        self._open: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, zone: bytes) -> ZonePlace | None:
        """A place at `zone` (a key); None when it holds its share already."""
        return ZonePlace(self, zone) if self.count(zone) else None

    def count(self, zone: bytes) -> bool:
        """Count one more in `zone`; False when it holds its share already."""
        count = self._open.get(zone, 0)
        full = count >= self._most and names.count_labels(zone) > 1
        if full and self._bites("admission.fetches_per_zone"):
            return False
        self._open[zone] = count + 1
        return True

    def discount(self, zone: bytes) -> None:
        """One question less."""
        one_less(self._open, zone)


class ZonePlace:
    """The place of one question among those of a zone; it has one from `ZoneShares.enter` on until it leaves."""

    __slots__ = ("_shares", "_zone")

    def __init__(self, shares: ZoneShares, zone: bytes) -> None:
        self._shares = shares
        self._zone = zone

    def move(self, zone: bytes) -> bool:
        """Go to another zone (a key); False when that holds its share already, and the place stays where it was."""
        if zone != self._zone:
            if not self._shares.count(zone):
                return False
            self._shares.discount(self._zone)
            self._zone = zone
        return True

    def leave(self) -> None:
        """The question has ended; to be called once."""
        self._shares.discount(self._zone)


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks that texts spell. Raises ValueError for what is none; settings have checked that before."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def is_within(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether the text of an address is one of those networks' own; what is no address is in none."""
    parsed = _parsed(address)
    return parsed is not None and _within(parsed, networks)


@lru_cache(maxsize=_KNOWN_MAX)
def octets_of(address: str) -> bytes:
    """The 4 or 16 octets of an address; b"" for what is none."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).packed
    except ValueError:
        return b""


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, with an IPv4-mapped one as the IPv4 address that it is; None for none."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(parsed, "ipv4_mapped", None)
    return mapped or parsed


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


@lru_cache(maxsize=_KNOWN_MAX)
def _prefix_of(address: str) -> str:
    """What one client is: an IPv4 address, an IPv6 /64; "" for loopback, which has no bound."""
    parsed = _parsed(address)
    if parsed is None:
        return address
    if parsed.is_loopback:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return parsed.exploded[:19]
