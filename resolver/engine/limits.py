# SPDX-License-Identifier: ISC
"""What one question may cost, and how the engine behaves towards servers: settings with a source for each number.

Only values live here; `budget` counts against them, `ask` and `selection` obey them.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from resolver.units import Bounded, Bytes, Doc, Seconds, Settings


class Limits(Settings, frozen=True):
    """Bounds on the work that one client question may cause. The block `[limits]`."""

    sends: Annotated[
        int,
        Doc(
            "upstream queries per client question, sub-questions included (PowerDNS max_qperq 50; BIND 50 per name)"
        ),
        Bounded(1, 1000),
    ] = 50
    received: Annotated[
        Bytes, Doc("bytes received from upstream per client question"), Bounded(4096, 1 << 26)
    ] = Bytes(256 << 10)
    tcp_connections: Annotated[int, Doc("upstream TCP connections per client question"), Bounded(1, 100)] = 4
    cname_links: Annotated[
        int, Doc("CNAME and DNAME links followed (Unbound max-query-restarts 11, BIND 11)"), Bounded(1, 64)
    ] = 11
    depth: Annotated[
        int, Doc("nesting of name-server address look-ups (BIND max-recursion-depth 7)"), Bounded(1, 32)
    ] = 6
    referrals: Annotated[int, Doc("referrals followed per owner name"), Bounded(1, 130)] = 40
    ns_names: Annotated[
        int, Doc("name servers used of one delegation (BIND max-delegation-servers 13)"), Bounded(1, 100)
    ] = 13
    ns_addresses: Annotated[int, Doc("unique addresses used of one delegation"), Bounded(1, 100)] = 20
    glueless: Annotated[
        int,
        Doc("name-server names without glue looked up per delegation (NXNSAttack, CVE-2020-12662)"),
        Bounded(1, 20),
    ] = 4
    glueless_nxdomain: Annotated[
        int,
        Doc("of those, how many denials, of a name or a type, before we stop (Unbound MAX_TARGET_NX 5)"),
        Bounded(1, 20),
    ] = 3
    tries_per_server: Annotated[
        int, Doc("sends of one query to one server over one transport (RFC 9520 section 3.1)"), Bounded(1, 3)
    ] = 3
    minimise_steps: Annotated[
        int, Doc("minimised queries per owner name (RFC 9156 section 2.3)"), Bounded(0, 20)
    ] = 10
    minimise_one_label: Annotated[
        int, Doc("of those, how many reveal just one label more (RFC 9156 section 2.3)"), Bounded(0, 20)
    ] = 4
    rrset_records: Annotated[
        int, Doc("records in one RRset kept (PowerDNS max_rrset_size 256)"), Bounded(1, 4096)
    ] = 256


class UpstreamSettings(Settings, frozen=True):
    """How servers are asked. The block `[upstream]`."""

    root_hints: Annotated[
        str, Doc("file of root server names and addresses; empty: the hints shipped with the package")
    ] = ""
    port: Annotated[int, Doc("port of every server learnt from a delegation"), Bounded(1, 65535)] = 53
    dont_query: Annotated[
        tuple[str, ...],
        Doc(
            "networks never asked; hints, stubs, forwards and the lab are exempt, our own addresses never are"
        ),
    ] = (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::1/128",
        "::ffff:0:0/96",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    )
    ipv4: Annotated[bool, Doc("ask servers over IPv4")] = True
    ipv6: Annotated[bool, Doc("ask servers over IPv6")] = True
    edns_udp_size: Annotated[
        int, Doc("UDP payload size offered to servers (DNS flag day 2020)"), Bounded(512, 4096)
    ] = 1232
    dnssec_ok: Annotated[bool, Doc("set DO, so that signatures are cached for validating stubs")] = True
    qname_minimisation: Annotated[
        Literal["relaxed", "strict", "off"],
        Doc("tell each server no more of the name than it needs (RFC 9156)"),
    ] = "relaxed"
    case_randomisation: Annotated[
        bool, Doc("random letter case in query names (0x20), with a fallback per server")
    ] = True
    cookies: Annotated[bool, Doc("DNS cookies towards servers (RFC 7873), with a fallback per server")] = True
    priming: Annotated[bool, Doc("ask a root server for the root's name servers at start (RFC 9609)")] = True
    source_addresses: Annotated[
        tuple[str, ...], Doc("local addresses to send from; empty: the system chooses")
    ] = ()
    deadline: Annotated[
        Seconds,
        Doc("a client hears SERVFAIL after this at the latest; stubs give up at 5 s"),
        Bounded(0.1, 60),
    ] = Seconds(4.5)
    resolution_limit: Annotated[
        Seconds, Doc("work on a question goes on this long, for the cache"), Bounded(0.1, 120)
    ] = Seconds(8)


class StaticZone(Settings, frozen=True):
    """One `[[zone]]`: a zone answered by given servers, forwarded to or iterated from (stub)."""

    name: Annotated[str, Doc("the zone's name; '.' forwards everything")]
    forward: Annotated[tuple[str, ...], Doc("resolvers to forward to, 'addr' or 'addr#port'")] = ()
    stub: Annotated[tuple[str, ...], Doc("authoritative servers of the zone, 'addr' or 'addr#port'")] = ()
    cache: Annotated[bool, Doc("false: answers of this zone are never stored")] = True


# Retransmission (security.md section 1; RFC 6298 section 2 for the estimator).
FIRST_RTO: Final = 0.4  # an unknown server, seconds
MIN_RTO: Final = 0.05
MAX_RTO: Final = 3.0
HEDGE_AFTER: Final = 0.2  # the next try starts after min(RTO, this): the last one is still listened to
