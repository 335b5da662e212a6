# SPDX-License-Identifier: ISC
"""How clients reach us: the blocks `[server]` and `[server.tcp]`, with a source for each number.

Only values live here; the listeners and servers obey them, and the service those that are about answers.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from resolver.service.cookies import given_secrets
from resolver.units import Bounded, Doc, Seconds, Settings


class TcpSettings(Settings, frozen=True):
    """What clients may hold over TCP. The block `[server.tcp]` (security.md section 1, RFC 7766 section 6)."""

    connections: Annotated[
        int,
        Doc("connections in all; fewer where the limit on open files is low (Knot Resolver holds 10,000)"),
        Bounded(1, 1 << 20),
    ] = 10_000
    idle_timeout: Annotated[
        Seconds,
        Doc("a silent connection is closed after this, after 1s above 80 % of the connections"),
        Bounded(0.05, 3600),
    ] = Seconds(10)
    per_client: Annotated[
        int,
        Doc("connections of one client (IPv4 /32, IPv6 /64); more are closed at once"),
        Bounded(1, 1 << 20),
    ] = 256
    in_flight: Annotated[
        int,
        Doc("questions worked on at once per connection; the next ones are read when one is answered"),
        Bounded(1, 65535),
    ] = 64
    partial_timeout: Annotated[
        Seconds,
        Doc("a message that has begun must be whole after this (a byte a second is an attack)"),
        Bounded(0.05, 60),
    ] = Seconds(3)
    write_timeout: Annotated[
        Seconds, Doc("a client that reads none of its answers for this long is cut off"), Bounded(0.05, 600)
    ] = Seconds(10)


class ServerSettings(Settings, frozen=True):
    """Where we listen, who may ask, and the shape of answers. The block `[server]`."""

    listen: Annotated[
        tuple[str, ...], Doc("addresses to answer on over UDP and TCP, 'ADDR:PORT' or '[ADDR6]:PORT'")
    ] = ("127.0.0.1:5300", "[::1]:5300")
    allow: Annotated[
        tuple[str, ...],
        Doc("networks that may ask; others are answered REFUSED (an open resolver is a weapon)"),
    ] = ("127.0.0.0/8", "::1/128")
    allow_snoop: Annotated[
        tuple[str, ...], Doc("networks that may look into the cache with RD=0; empty: as allow")
    ] = ()
    workers: Annotated[
        int | Literal["auto"],
        Doc("processes that share the addresses; auto: one for each processor"),
        Bounded(1, 256),
    ] = 1
    edns_udp_size: Annotated[
        int, Doc("longest UDP answer, whatever a client offers (DNS flag day 2020)"), Bounded(512, 4096)
    ] = 1232
    minimal_responses: Annotated[
        bool, Doc("leave out authority and additional records that no client needs")
    ] = True
    special_use: Annotated[
        bool, Doc("answer the names of RFC 6761 and RFC 6303 here and never leak them; a [[zone]] beats it")
    ] = True
    rrset_order: Annotated[
        Literal["fixed", "cyclic"],
        Doc("order of the records of an answer: as received, or turned by one each time"),
    ] = "fixed"
    batch: Annotated[
        bool, Doc("receive and send many datagrams a system call where the system can (recvmmsg, sendmmsg)")
    ] = True
    loop: Annotated[
        Literal["auto", "asyncio"],
        Doc("the event loop; auto: uvloop where it is installed, else asyncio's own"),
    ] = "auto"
    cookies: Annotated[bool, Doc("DNS cookies towards clients (RFC 7873, 9018)")] = False
    cookie_secrets: Annotated[
        tuple[str, ...],
        Doc(
            "secrets of 32 hexadecimal digits shared with other servers at our address: the first makes cookies, all "
            "check them; none here nor in the file: our own, another each day"
        ),
    ] = ()
    cookie_secret_file: Annotated[
        str, Doc("a file with such secrets, one on each line, that its owner alone may read")
    ] = ""
    drain: Annotated[
        Seconds, Doc("time to answer who waits after SIGTERM or SIGINT, before exit"), Bounded(0, 60)
    ] = Seconds(0.5)
    tcp: TcpSettings = TcpSettings()

    def with_secrets(self) -> ServerSettings:
        """The same with the secret file read: for processes that read no file. ValueError as `given_secrets`."""
        secrets = given_secrets(self.cookie_secrets, self.cookie_secret_file)
        texts = tuple(secret.hex() for secret in secrets)
        return msgspec.structs.replace(self, cookie_secrets=texts, cookie_secret_file="")
