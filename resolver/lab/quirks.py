# SPDX-License-Identifier: ISC
"""Servers as they are found: lame, truncating, deaf to EDNS, lower-casing, insisting on cookies.

Around the proper authority, and pure as it is: no clock (`now` is given), no randomness, no addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from resolver.lab.authority import TCP_LIMIT, UDP_SIZE, Zones, fit, malformed, respond, udp_limit
from resolver.lab.world_file import Behaviour, Cookies
from resolver.wire import (
    ROOT,
    Edns,
    FormatError,
    Message,
    OptionCode,
    Question,
    Rcode,
    Record,
    Rtype,
    from_text,
    parse,
)
from resolver.wire.codes import AA, OPCODE_MASK, QR, RD, TC
from resolver.wire.edns import join_cookie, split_cookie

__all__ = ["Profile", "answer_as"]

COOKIE_AGE_S: Final = 3600  # a server cookie is good for an hour, and 5 minutes early (RFC 9018 section 4.3)
COOKIE_EARLY_S: Final = 300
# The hints of such a server, TTL as in the files of old.
_UPWARD: Final = tuple(
    Record(ROOT, int(Rtype.NS), 1, 3_600_000, from_text(f"{letter}.root-servers.net0.")) for letter in "abc"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What one server is like. `secret` makes its cookies its own."""

    behaviours: frozenset[Behaviour] = frozenset()
    cookies: Cookies = Cookies.OFF
    udp_size: int = UDP_SIZE
    secret: bytes = b""


def answer_as(profile: Profile, zones: Zones, data: bytes, *, udp: bool, now: float) -> bytes | None:
    """What such a server sends back over UDP or TCP, or None when it keeps silent. Never raises."""
    try:
        request = parse(data)
    except FormatError:
        return malformed(data)
    if request.qr:
        return None
    having = profile.behaviours
    if request.edns:
        if Behaviour.DROPS_EDNS in having:
            return None
        if Behaviour.NO_EDNS in having:
            return fit(_plain(request, Rcode.FORMERR), TCP_LIMIT)
    response = _with_cookie(profile, zones, request, udp=udp, now=now)
    if udp and Behaviour.TRUNCATES in having:
        response = _truncated(response)
    if Behaviour.LOWERCASE in having and response.question:
        question = response.question
        response = replace(response, question=Question(question.key, question.rtype, question.rclass))
    return fit(response, udp_limit(request, profile.udp_size) if udp else TCP_LIMIT)


def _with_cookie(profile: Profile, zones: Zones, request: Message, *, udp: bool, now: float) -> Message:
    """The server's side of RFC 7873 section 5.2, around what it would say anyway."""
    cookie = request.edns.option(OptionCode.COOKIE) if request.edns else None
    insists = profile.cookies is Cookies.REQUIRED and udp
    if profile.cookies is Cookies.OFF or (cookie is None and not insists):
        return _response(profile, zones, request)
    if cookie is None:
        return _truncated(_plain(request, Rcode.NOERROR))
    try:
        client, server = split_cookie(cookie)
    except FormatError:
        return replace(_plain(request, Rcode.FORMERR), edns=Edns(UDP_SIZE))
    if insists and not _is_good(profile.secret, client, server, now):
        response = replace(_plain(request, Rcode.BADCOOKIE), edns=Edns(UDP_SIZE))
    else:
        response = _response(profile, zones, request)
    if response.edns is None:
        return response
    option = join_cookie(client, _server_cookie(profile.secret, client, int(now)))
    return replace(response, edns=replace(response.edns, options=(*response.edns.options, option)))


def _server_cookie(secret: bytes, client: bytes, at: int) -> bytes:
    """Version, reserved, timestamp, hash as in RFC 9018 section 4; the client's address does not reach us here."""
    head = b"\x01\x00\x00\x00" + (at & 0xFFFFFFFF).to_bytes(4, "big")
    return head + blake2b(client + head, key=secret, digest_size=8).digest()


def _is_good(secret: bytes, client: bytes, server: bytes, now: float) -> bool:
    if len(server) != 16:
        return False
    at = int.from_bytes(server[4:8], "big")
    return -COOKIE_EARLY_S <= now - at <= COOKIE_AGE_S and server == _server_cookie(secret, client, at)


def _plain(request: Message, rcode: Rcode) -> Message:
    """An empty response without OPT."""
    return Message(request.id, QR | request.flags & (OPCODE_MASK | RD), int(rcode), request.question)


def _truncated(response: Message) -> Message:
    return replace(response, flags=response.flags | TC, answer=(), authority=(), additional=())


def _response(profile: Profile, zones: Zones, request: Message) -> Message:
    for behaviour, instead in _INSTEAD.items():
        if behaviour in profile.behaviours:
            edns = Edns(UDP_SIZE, do=request.edns.do) if request.edns else None
            return replace(instead(request), edns=edns)
    response = respond(zones, request)
    if Behaviour.NO_AA in profile.behaviours:
        response = replace(response, flags=response.flags & ~AA)
    if Behaviour.NO_NONTERMINALS in profile.behaviours and _is_nonterminal(zones, response):
        response = replace(response, rcode=int(Rcode.NXDOMAIN))
    return response


def _upward(request: Message) -> Message:
    """A referral to the root with names alone: what a server says of a zone it was never given."""
    return replace(_plain(request, Rcode.NOERROR), authority=_UPWARD)


def _is_nonterminal(zones: Zones, response: Message) -> bool:
    """Whether this is the NODATA of a name that exists only because names below it do."""
    question = response.question
    if question is None or response.rcode or response.answer or not response.aa:
        return False
    nodes = [zone.nodes.get(question.key) for zone in zones.values()]
    return any(node is not None and not node.sets for node in nodes)


# In the order of strength: what comes first wins.
_INSTEAD: Final[dict[Behaviour, Callable[[Message], Message]]] = {
    Behaviour.REFUSES: lambda request: _plain(request, Rcode.REFUSED),
    Behaviour.SERVFAIL: lambda request: _plain(request, Rcode.SERVFAIL),
    Behaviour.NOTIMP: lambda request: _plain(request, Rcode.NOTIMP),
    Behaviour.EMPTY: lambda request: _plain(request, Rcode.NOERROR),
    Behaviour.UPWARD: _upward,
}
