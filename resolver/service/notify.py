# SPDX-License-Identifier: ISC
"""NOTIFY from outside (RFC 1996): who may send it, what it says, and the response. What follows is `zone_changes`'.

    datagram ──► allowed address? ──► parse ──► signature (RFC 8945) ──► zone allowed? ──► changed(zone, serial)
                    │ no                            │ bad                   │ no                  │
                    ▼                               ▼                       ▼                     ▼
                 REFUSED, unread                 NOTAUTH                 REFUSED               NOERROR

What is not allowed costs a look at an address and twelve octets. No cache is touched here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import msgspec

from resolver.service.admission import Client, is_within, read_networks
from resolver.service.tsig import (
    BADKEY,
    BADSIG,
    BADTIME,
    BadSignature,
    Keyring,
    Malformed,
    Signed,
    TsigKey,
    Unsigned,
    sign,
    sign_error,
    tsig_rcode,
    with_secret,
)
from resolver.units import Bounded, Doc, Seconds, Settings
from resolver.wire import FormatError, Message, Opcode, Rclass, Rcode, Rtype, codes, compose, names, parse
from resolver.wire.edns import Edns
from resolver.wire.records import soa_fields

# Signatures checked a second; one costs some 100 µs. Those past it are dropped, and whoever meant it sends again. What
# names no key of ours costs no check and takes nobody's.
_CHECKS_PER_S: Final = 200
_LIMITED: Final = "limited"
_BAD: Final = {BADSIG: "badsig", BADKEY: "badkey", BADTIME: "badtime"}

# Told of the zone (a key) and the serial announced, None without; says what was done, as a label.
Changed = Callable[[bytes, int | None], str]


class NotifySettings(Settings, frozen=True):
    """Whose word that a zone has changed is acted upon. The block `[notify]`; without `allow` and keys, nobody's."""

    allow: Annotated[
        tuple[str, ...],
        Doc("networks whose NOTIFY is acted upon (RFC 1996); with keys, they have to sign too"),
    ] = ()
    zones: Annotated[
        tuple[str, ...], Doc("zones that may be announced, with those below them; empty: any")
    ] = ()
    settle: Annotated[
        Seconds,
        Doc("for so long after a NOTIFY, answers of servers that lag behind its serial are kept briefly"),
        Bounded(0, 3600),
    ] = Seconds(300)
    brief: Annotated[Seconds, Doc("what 'briefly' is"), Bounded(1, 300)] = Seconds(5)
    interval: Annotated[
        Seconds,
        Doc("one zone is flushed at most once in this time; what comes sooner waits, and is not lost"),
        Bounded(0.1, 300),
    ] = Seconds(1)
    key: tuple[TsigKey, ...] = ()

    @property
    def enabled(self) -> bool:
        """Whether anybody's NOTIFY is acted upon."""
        return bool(self.allow or self.key)

    def with_secrets(self) -> NotifySettings:
        """The same with every secret file read: for processes that read no file. ValueError as `tsig.read_secret`."""
        return msgspec.structs.replace(self, key=tuple(map(with_secret, self.key)))


class NotifyDoor:
    """Answers NOTIFYs and has those that count acted upon. Raises ValueError for a key that cannot be read.

    `wall` is UNIX time; in `counts` is counted what was done, by its label.
    """

    def __init__(
        self, settings: NotifySettings, changed: Changed, wall: Callable[[], float], counts: dict[str, int]
    ) -> None:
        self._allow = read_networks(settings.allow)
        self._zones = tuple(names.from_text(zone).lower() for zone in settings.zones)
        self._keys = Keyring(settings.key)
        self._changed = changed
        self._wall = wall
        self._counts = counts
        self._checked_in = (0, 0)  # a second of UNIX time, and how many signatures were checked in it

    def answer(self, datagram: bytes, client: Client) -> bytes | None:
        """Return the response to a datagram that `is_notify`; None for none."""
        result, response = self._answer(datagram, client)
        self._counts[result] = self._counts.get(result, 0) + 1
        return response

    def _answer(self, datagram: bytes, client: Client) -> tuple[str, bytes | None]:
        if self._allow and not is_within(client.address, self._allow):
            return "refused", _bare(datagram, Rcode.REFUSED)
        try:
            message = parse(datagram)
        except FormatError:
            return "malformed", _bare(datagram, Rcode.FORMERR)
        if self._keys.knows_signer(message) and not self._may_check():
            return _LIMITED, None
        verdict = self._keys.check(datagram, message, self._wall())
        match verdict:
            case Malformed():
                return "malformed", _reply(message, tsig_rcode(verdict))
            case BadSignature(error=error):
                return _BAD[error], sign_error(_reply(message, tsig_rcode(verdict)), verdict, self._wall())
            case Unsigned():
                return (
                    self._judged(message) if not self._keys else ("refused", _reply(message, Rcode.REFUSED))
                )
            case Signed():
                result, response = self._judged(message)
                return result, response and sign(response, verdict, self._wall())

    def _judged(self, message: Message) -> tuple[str, bytes | None]:
        """What becomes of a NOTIFY that its sender may send; no response has it sent again (RFC 1996 section 3.6)."""
        question = message.question
        if question is None or question.rclass != Rclass.IN:
            return "malformed", _reply(message, Rcode.FORMERR)
        if question.rtype != Rtype.SOA:  # RFC 1996 section 1.2: no other type is defined
            return "malformed", _reply(message, Rcode.NOTIMP)
        zone = question.key
        if self._zones and not any(names.is_at_or_below(zone, allowed) for allowed in self._zones):
            return "refused", _reply(message, Rcode.REFUSED)
        done = self._changed(zone, _announced(message, zone))
        return done, None if done == _LIMITED else _reply(message, Rcode.NOERROR)

    def _may_check(self) -> bool:
        second, count = int(self._wall()), 0
        if self._checked_in[0] == second:
            count = self._checked_in[1]
        self._checked_in = (second, count + 1)
        return count < _CHECKS_PER_S


def door(
    settings: NotifySettings, changed: Changed, wall: Callable[[], float], counts: dict[str, int]
) -> NotifyDoor | None:
    """A door, where anybody is to be let in."""
    return NotifyDoor(settings, changed, wall, counts) if settings.enabled else None


def is_notify(datagram: bytes) -> bool:
    """Whether a datagram is a NOTIFY request, as far as its header says."""
    return len(datagram) >= 12 and datagram[2] & 0xF8 == Opcode.NOTIFY << 3


def _announced(message: Message, zone: bytes) -> int | None:
    """The serial that a NOTIFY announces: its answer section may hold the new SOA (RFC 1996 section 3.7)."""
    for record in message.answer:
        if record.rtype == Rtype.SOA and record.key == zone:
            try:
                return soa_fields(record.rdata).serial
            except FormatError:
                return None
    return None


def _bare(datagram: bytes, rcode: int) -> bytes:
    """A header alone: what was sent is not looked at."""
    word = int.from_bytes(datagram[2:4], "big") & codes.OPCODE_MASK
    return datagram[:2] + (word | codes.QR | rcode).to_bytes(2, "big") + bytes(8)


def _reply(message: Message, rcode: int) -> bytes:
    """The response: as the request, with QR, and without what it announced (RFC 1996 section 4.7)."""
    flags = message.flags & (codes.OPCODE_MASK | codes.AA) | codes.QR
    edns = Edns() if message.edns is not None else None
    return compose(Message(message.id, flags, int(rcode), message.question, edns=edns))
