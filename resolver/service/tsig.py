# SPDX-License-Identifier: ISC
"""Signatures of single messages with a shared key (RFC 8945): checked on what comes, put on what goes.

The reckoning is dnspython's, loaded when the first key is. Which keys there are, settings say; the time is an argument.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from resolver.units import Doc, Settings
from resolver.wire import Message, Rcode, names

if TYPE_CHECKING:
    import dns.tsig
    from dns.rdtypes.ANY.TSIG import TSIG

TSIG_TYPE: Final = 250
FUDGE_S: Final = 300  # RFC 8945 section 10: what both ends' clocks may differ by
# TSIG errors (RFC 8945 section 3).
BADSIG: Final = 16
BADKEY: Final = 17
BADTIME: Final = 18
_CLASS_ANY: Final = 255
_RECORD: Final = struct.Struct("!HHIH")


class TsigKey(Settings, frozen=True):
    """One `[[notify.key]]`: a secret shared with who signs. ValueError when it has no secret, or two."""

    name: Annotated[str, Doc("the key's name, the same at both ends")]
    algorithm: Annotated[
        Literal["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"],
        Doc("the algorithm, the same at both ends (RFC 8945 section 6)"),
    ] = "hmac-sha256"
    secret: Annotated[str, Doc("the secret in base64, as tsig-keygen writes it")] = ""
    secret_file: Annotated[str, Doc("a file that holds the secret in base64 and nothing else")] = ""

    def __post_init__(self) -> None:
        if bool(self.secret) == bool(self.secret_file):
            raise ValueError("a key has either secret or secret_file; give one of them")


def read_secret(key: TsigKey) -> bytes:
    """The octets of a key's secret. ValueError, with the remedy in it, when it cannot be read or is no base64."""
    text = key.secret
    if key.secret_file:
        try:
            text = Path(key.secret_file).read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise ValueError(f"cannot be read: {why}; put the base64 of the secret in it") from None
    try:
        secret = base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("is not base64; copy the secret as tsig-keygen writes it") from None
    if not secret:
        raise ValueError("is empty; make one with tsig-keygen")
    return secret


def with_secret(key: TsigKey) -> TsigKey:
    """The same key with its secret in it. ValueError as `read_secret`."""
    secret = base64.b64encode(read_secret(key)).decode()
    return msgspec.structs.replace(key, secret=secret, secret_file="")


@dataclass(frozen=True, slots=True)
class Signed:
    """A good signature: the key and the request's MAC, with which the response is signed."""

    key: dns.tsig.Key
    mac: bytes


@dataclass(frozen=True, slots=True)
class Unsigned:
    """No signature at all."""


@dataclass(frozen=True, slots=True)
class BadSignature:
    """A signature that is none: the TSIG error. `key` is set when the error itself is to be signed (BADTIME)."""

    error: int
    record: TSIG
    owner: bytes
    key: dns.tsig.Key | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """TSIG where it may not be, or of a shape that it cannot have: FORMERR (RFC 8945 section 5.2)."""


Verdict = Signed | Unsigned | BadSignature | Malformed


class Keyring:
    """The keys that may sign. ValueError for a key that cannot be read."""

    def __init__(self, keys: Iterable[TsigKey]) -> None:
        self._keys: dict[bytes, dns.tsig.Key] = {}
        for key in keys:
            import dns.tsig  # late: few have keys

            name = names.from_text(key.name).lower()
            self._keys[name] = dns.tsig.Key(key.name, read_secret(key), key.algorithm)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def knows_signer(self, message: Message) -> bool:
        """Whether a message says that one of the keys signed it, which takes a `check` to be believed."""
        last = message.additional[-1] if message.additional else None
        return last is not None and last.rtype == TSIG_TYPE and last.key in self._keys

    def check(self, datagram: bytes, message: Message, wall: float) -> Verdict:
        """Judge the signature of a message that was parsed from `datagram`, at UNIX time `wall`."""
        sections = (*message.answer, *message.authority, *message.additional)
        places = [index for index, record in enumerate(sections) if record.rtype == TSIG_TYPE]
        if not places:
            return Unsigned()
        last = sections[-1]
        if places != [len(sections) - 1] or not message.additional or last.rclass != _CLASS_ANY:
            return Malformed()
        import dns.exception
        import dns.name
        import dns.rdata
        import dns.tsig

        try:
            record: TSIG = dns.rdata.from_wire("ANY", "TSIG", last.rdata, 0, len(last.rdata))  # type: ignore[assignment]  # the type asked for
        except dns.exception.DNSException:
            return Malformed()
        key = self._keys.get(last.key)
        if key is None or key.algorithm != record.algorithm:
            return BadSignature(BADKEY, record, last.owner)
        start = _start_of_last(datagram)
        owner = dns.name.from_wire(last.owner, 0)[0]
        try:
            dns.tsig.validate(datagram, key, owner, record, int(wall), b"", start)  # type: ignore[no-untyped-call]  # dnspython's
        except dns.tsig.BadTime:
            return BadSignature(BADTIME, record, last.owner, key)
        except dns.exception.DNSException:
            return BadSignature(BADSIG, record, last.owner)
        return Signed(key, record.mac)


def sign(response: bytes, verdict: Signed, wall: float) -> bytes:
    """A response with the signature that answers the request's (RFC 8945 section 5.3)."""
    record = _record(verdict.key.algorithm, int(wall), _id_of(response))
    return _with_signature(response, verdict.key, record, verdict.mac, int(wall))


def sign_error(response: bytes, verdict: BadSignature, wall: float) -> bytes:
    """A response that says what is wrong with the request's signature; its rcode is NOTAUTH (RFC 8945 section 5.2).

    Only BADTIME is signed, bears the request's own time, and tells ours (section 5.2.3).
    """
    asked, key = verdict.record, verdict.key
    other = int(wall).to_bytes(6, "big") if key is not None else b""
    record = _record(asked.algorithm, asked.time_signed, _id_of(response), verdict.error, other)
    if key is not None:
        return _with_signature(response, key, record, asked.mac, asked.time_signed)
    return _appended(response, verdict.owner, record.to_wire() or b"")


def tsig_rcode(verdict: BadSignature | Malformed) -> Rcode:
    """The response code that goes with it."""
    return Rcode.NOTAUTH if isinstance(verdict, BadSignature) else Rcode.FORMERR


def _record(algorithm: object, time_signed: int, ident: int, error: int = 0, other: bytes = b"") -> TSIG:
    from dns.rdtypes.ANY.TSIG import TSIG as Record

    fields = (algorithm, time_signed, FUDGE_S, b"", ident, error, other)
    return Record(_CLASS_ANY, TSIG_TYPE, *fields)  # type: ignore[no-untyped-call]  # dnspython's


def _with_signature(response: bytes, key: dns.tsig.Key, record: TSIG, mac: bytes, time_signed: int) -> bytes:
    import dns.tsig

    signed, _ = dns.tsig.sign(response, key, record, time_signed, mac)  # type: ignore[no-untyped-call]  # dnspython's
    return _appended(response, key.name.to_wire() or b"", signed.to_wire() or b"")


def _appended(response: bytes, owner: bytes, rdata: bytes) -> bytes:
    """The response with one more additional record."""
    count = int.from_bytes(response[10:12], "big") + 1
    head = response[:10] + count.to_bytes(2, "big") + response[12:]
    return head + owner + _RECORD.pack(TSIG_TYPE, _CLASS_ANY, 0, len(rdata)) + rdata


def _id_of(message: bytes) -> int:
    return int.from_bytes(message[:2], "big")


def _start_of_last(datagram: bytes) -> int:
    """Where the last record of a well-formed message begins."""
    counts = struct.unpack_from("!4H", datagram, 4)
    position = 12
    for _ in range(counts[0]):
        position = _after_name(datagram, position) + 4
    for _ in range(sum(counts[1:]) - 1):
        position = _after_name(datagram, position)
        position += _RECORD.size + _RECORD.unpack_from(datagram, position)[3]
    return position


def _after_name(datagram: bytes, position: int) -> int:
    while length := datagram[position]:
        if length > names.LABEL_MAX:
            return position + 2
        position += length + 1
    return position + 1
