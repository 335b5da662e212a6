# SPDX-License-Identifier: ISC
"""DNS cookies towards clients (RFC 7873) in the form that servers at one address have in common (RFC 9018).

    client's 8 octets │ version 1, three of 0, UNIX time: 8 │ SipHash-2-4 over all of it and the client's address: 8

Nothing is kept of any client: a cookie is checked by making it again. Which responses carry one, and what a good one is
good for, is decided elsewhere; the time is an argument.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

SECRET_OCTETS: Final = 16  # a key of SipHash
MASTER_OCTETS: Final = 32
OPTION_OCTETS: Final = 24  # of both cookies; the option's code and length are four more
_CLIENT: Final = 8
_HEAD: Final = b"\x01\x00\x00\x00"  # version and reserved
_PAST_S: Final = 3600  # RFC 9018 section 4.3: how old a cookie may be
_FUTURE_S: Final = 300  # and how far ahead of our clock
_RENEW_AFTER_S: Final = 1800  # an older one is answered with a new one
_DAY_S: Final = 86400  # the life of a secret of our own; RFC 7873 section 7.1 allows 36 days
_OTHERS: Final = 0o077

# The secrets that a cookie of this UNIX time may have been made with; the first is the one to make it with.
SecretsFor = Callable[[int], Sequence[bytes]]


class Grant(NamedTuple):
    """What a client's cookie earns: the data of the option that goes back, and whether the client is who it says.

    `cookie` is empty where the request had none. With `good` nobody off the path can have sent the request.
    """

    cookie: bytes = b""
    good: bool = False


NO_GRANT: Final = Grant()


class ServerCookies:
    """Checks and makes server cookies. `counts` says how many were `new` (a client cookie alone), `good` and `bad`."""

    def __init__(self, secrets_for: SecretsFor) -> None:
        from siphash24 import siphash24  # late: only where cookies are on

        self._secrets_for = secrets_for
        self._siphash = siphash24
        self.counts = {"new": 0, "good": 0, "bad": 0}

    def judge(self, cookie: bytes, address: bytes, wall: float) -> Grant:
        """What the option `cookie` of a client earns it at UNIX time `wall`.

        Its length must have been checked (8 octets, or 16 to 40); `address` is 4 or 16 octets. What is no good is
        treated like a client cookie alone, as BIND and Unbound do unless they are told to insist (section 5.2.4).
        """
        now = int(wall)
        age = self._age(cookie, address, now)
        if age is None:
            self.counts["new" if len(cookie) == _CLIENT else "bad"] += 1
        else:
            self.counts["good"] += 1
            if age <= _RENEW_AFTER_S:
                return Grant(cookie, good=True)
        head = cookie[:_CLIENT] + _HEAD + (now & 0xFFFFFFFF).to_bytes(4, "big")
        return Grant(head + self._hash(head, address, self._secrets_for(now)[0]), age is not None)

    def _age(self, cookie: bytes, address: bytes, now: int) -> int | None:
        """How many seconds old a good cookie is; None for one that is not good.

        The reserved octets need not be zero (section 4.2), and times are compared as serial numbers (section 4.3).
        """
        if len(cookie) != OPTION_OCTETS or cookie[_CLIENT] != 1:
            return None
        made_at = int.from_bytes(cookie[12:16], "big")
        age = (now - made_at + 0x80000000) % 0x100000000 - 0x80000000
        if not -_FUTURE_S <= age <= _PAST_S:
            return None
        head, theirs = cookie[:16], cookie[16:]
        for secret in self._secrets_for(now - age):
            if hmac.compare_digest(theirs, self._hash(head, address, secret)):
                return age
        return None

    def _hash(self, head: bytes, address: bytes, secret: bytes) -> bytes:
        digest: bytes = self._siphash(head + address, key=secret).digest()
        return digest


class DailySecrets:
    """A secret for each day, made from one that nobody outside knows: whoever has that one makes the same.

    A cookie made before midnight is checked with the secret of its own day.
    """

    def __init__(self, master: bytes) -> None:
        if len(master) < SECRET_OCTETS:
            raise ValueError(f"a master secret has at least {SECRET_OCTETS} octets")
        self._keyed = hashlib.blake2s(
            key=master[:MASTER_OCTETS], digest_size=SECRET_OCTETS, person=b"cookies"
        )
        self._day = -1
        self._secrets: tuple[bytes, ...] = ()

    def __call__(self, made_at: int) -> Sequence[bytes]:
        """The secret of the day of that UNIX time."""
        day = made_at // _DAY_S
        if day != self._day:
            keyed = self._keyed.copy()
            keyed.update(day.to_bytes(8, "big", signed=True))
            self._secrets, self._day = (keyed.digest(),), day
        return self._secrets


def secrets_for(given: Sequence[bytes], master: bytes) -> SecretsFor:
    """Those that the operator gave, all good at any time and the first to make cookies with; else those of `master`."""
    return (lambda made_at: given) if given else DailySecrets(master)


def given_secrets(secrets: Sequence[str], file: str) -> tuple[bytes, ...]:
    """The secrets in the configuration, or those in a file that it names: 32 hexadecimal digits each, one on each line.

    BIND and Unbound call the same `cookie-secret`. ValueError, with the remedy in it and no secret, for what is none
    and for a file that cannot be read or is not kept secret.
    """
    if not file:
        return _parsed(secrets)
    path = Path(file)
    try:
        mode, text = path.stat().st_mode, path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ValueError(
            f"cannot be read: {why}; put one secret of 32 hexadecimal digits on each line"
        ) from None
    if mode & _OTHERS:
        raise ValueError("others may read it; let its owner alone do so (chmod 600)")
    found = _parsed(text.split())
    if not found:
        raise ValueError("holds no secret; `openssl rand -hex 16` makes one")
    return found


def _parsed(texts: Sequence[str]) -> tuple[bytes, ...]:
    secrets = []
    for number, text in enumerate(texts, 1):
        try:
            secret = bytes.fromhex(text)
        except ValueError:
            secret = b""
        if len(secret) != SECRET_OCTETS:
            raise ValueError(
                f"secret {number} is not 32 hexadecimal digits; `openssl rand -hex 16` makes one"
            )
        secrets.append(secret)
    return tuple(secrets)
