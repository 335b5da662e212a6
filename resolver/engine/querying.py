# SPDX-License-Identifier: ISC
"""Compose one query for one server: letter case, EDNS, cookie. Pure: what is unpredictable is drawn by the caller.

IDs and ports are the world's business; when and to whom to send is the schedule's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from resolver.cache.servers import ServerState
from resolver.engine.limits import UpstreamSettings
from resolver.engine.ports import Query, Server, Transport
from resolver.engine.zone_version import ASKED
from resolver.wire import Edns, compose_query
from resolver.wire.edns import join_cookie

# For each octet the bit that makes a small letter a capital one; none for what is no letter, so none for length octets.
_CASE_BITS = bytes(0x20 if 0x61 <= octet <= 0x7A else 0 for octet in range(256))


class Wanted(NamedTuple):
    """What is asked of a zone: name as to be spelled, type, and the flags of the query."""

    zone: bytes
    name: bytes
    rtype: int
    recursion: bool = False  # RD, towards forwarders
    checking_disabled: bool = False  # CD, towards forwarders
    zone_version: bool = False  # ask of which version of the zone the answer is (RFC 9660)


def query_for(
    wanted: Wanted,
    server: Server,
    state: ServerState,
    upstream: UpstreamSettings,
    *,
    transport: Transport,
    plain: bool,
    tick: float,
    secret: bytes,
    draw: Callable[[int], int],
) -> Query:
    """Return the query to send to `server`, whose known abilities are `state`.

    `plain` leaves EDNS out; `secret` keys the client cookies; `draw(n)` gives an unpredictable 0 <= i < n.
    """
    mixed = upstream.case_randomisation and not state.folds_case(tick)
    name = randomise_case(wanted.name, draw) if mixed else wanted.name
    cookie = client_cookie(secret, server) if upstream.cookies and not plain else None
    edns = None
    if not plain:
        edns = _edns(
            upstream.edns_udp_size, upstream.dnssec_ok, cookie, state.cookie or b"", wanted.zone_version
        )
    return Query(
        zone=wanted.zone,
        name=name,
        rtype=wanted.rtype,
        transport=transport,
        wire=compose_query(name, wanted.rtype, rd=wanted.recursion, cd=wanted.checking_disabled, edns=edns),
        udp_size=512 if plain else upstream.edns_udp_size,
        exact_case=mixed and transport is Transport.UDP,
        cookie=cookie,
        cookie_required=cookie is not None and bool(state.cookie),
        spelling=wanted.name,
    )


@lru_cache(maxsize=4096)
def _edns(size: int, do: bool, cookie: bytes | None, server_cookie: bytes, zone_version: bool) -> Edns:
    """What we say of ourselves: nearly always the same to one server."""
    options = () if cookie is None else (join_cookie(cookie, server_cookie),)
    return Edns(udp_size=size, do=do, options=(*options, ASKED) if zone_version else options)


def randomise_case(name: bytes, draw: Callable[[int], int]) -> bytes:
    """Return `name` with the case of each letter drawn (draft-vixie-dnsext-dns0x20). Length octets are no letters."""
    folded = name.lower()
    size = len(folded)
    letters = int.from_bytes(folded.translate(_CASE_BITS), "big")
    mixed = int.from_bytes(folded, "big") ^ (draw(1 << (size << 3)) & letters)
    return mixed.to_bytes(size, "big")


@lru_cache(maxsize=4096)
def client_cookie(secret: bytes, server: Server) -> bytes:
    """Return our 8-byte cookie for `server`, a keyed hash: no server learns another's (RFC 7873 section 4.1)."""
    return hashlib.blake2s(server.address.encode(), key=secret, digest_size=8).digest()
