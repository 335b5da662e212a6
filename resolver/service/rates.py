# SPDX-License-Identifier: ISC
"""How many replies one network may be sent over UDP: response rate limiting (RRL), against reflection.

    response ──► account (network, what it says) ──► balance left? ──► SEND
                                                         │ no
                                                         └──► SLIP (TC, as big as its question; or BADCOOKIE) or DROP

A reflector's victim is a network that never asked, so it is the network that is counted, and alike responses together
as BIND does it: the same name and type; NODATA by name; NXDOMAIN by zone; errors all as one. No clock, no sockets; what
exempts a client beside its address is for others to judge.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import Final

from resolver.service.admission import AdmissionSettings, Bites
from resolver.wire import Rcode, Rtype, names
from resolver.wire.patch import skip_name

ALIKE: Final = "admission.responses_per_second"
ALL: Final = "admission.responses_per_network"
_IPV4_NETWORK: Final = 3  # octets: a /24
_IPV6_NETWORK: Final = 7  # a /56
_LOOPBACK6: Final = bytes(15) + b"\x01"
_ALL_KINDS: Final = b""
_ANSWER, _NODATA, _NXDOMAIN, _ERROR = b"\x01", b"\x02", b"\x03", b"\x04"
_NONE: Final = b"\x00\x00"  # records in a section
_OPT: Final = b"\x00" + int(Rtype.OPT).to_bytes(2, "big")  # its owner is the root
# As plain integers: they are compared for every reply.
_RCODE_NOERROR: Final = int(Rcode.NOERROR)
_RCODE_NXDOMAIN: Final = int(Rcode.NXDOMAIN)


class Verdict(Enum):
    """What becomes of a response."""

    SEND = 1
    SLIP = (
        2  # TC, or BADCOOKIE to who speaks cookies: a client that is there comes back in a way that proves it
    )
    DROP = 3


@dataclass(slots=True)
class Account:
    """What one network may still be sent of one kind: `balance` replies as of the instant `as_of`."""

    balance: float
    as_of: float
    withheld: int = 0

    def spend(self, now: float, rate: float, window_s: float) -> bool:
        """Take one reply at `now`; whether it was there to be taken.

        A second's worth can be saved up. Who goes on asking gets into debt, `window_s` seconds' worth at most, and is
        sent nothing until it is paid. So in any stretch of t seconds at most rate * (t + 1) replies are taken.
        """
        balance, gone_by = self.balance, now - self.as_of
        if gone_by > 0.0:  # no more of a clock that went back
            self.as_of = now
            balance += gone_by * rate
            if balance > rate:
                balance = rate
        debt = -rate * window_s
        self.balance = balance = balance - 1.0 if balance - 1.0 > debt else debt
        return balance >= 0.0


class ResponseRates:
    """The accounts, at most `admission.responses_table` of them: the one longest unused makes room for a new one."""

    def __init__(self, settings: AdmissionSettings, bites: Bites) -> None:
        self._alike = float(settings.responses_per_second)
        self._all = float(settings.responses_per_network)
        self._window_s = float(settings.responses_window)
        self._slip = settings.responses_slip
        self._most = settings.responses_table
        self._bites = bites
        self._accounts: OrderedDict[tuple[bytes, bytes], Account] = OrderedDict()

    def __len__(self) -> int:
        return len(self._accounts)

    def judge(self, address: bytes, body: bytes, now: float) -> Verdict:
        """Say what becomes of a response to `address` (4 or 16 octets); `body` is its octets after the ID.

        What is past the bound on all of a network's replies is dropped, never slipped (BIND `all-per-second`).
        """
        network = network_of(address)
        if not network:
            return Verdict.SEND
        if self._alike:
            account = self._account(network, kind_of(body), self._alike, now)
            if not account.spend(now, self._alike, self._window_s):
                account.withheld += 1
                if self._bites(ALIKE):
                    slips = self._slip and account.withheld % self._slip == 0
                    return Verdict.SLIP if slips and self._has_room(network, now) else Verdict.DROP
        return Verdict.SEND if self._has_room(network, now) else Verdict.DROP

    def _has_room(self, network: bytes, now: float) -> bool:
        """Whether the network may be sent one more reply, of any kind."""
        if not self._all:
            return True
        account = self._account(network, _ALL_KINDS, self._all, now)
        return account.spend(now, self._all, self._window_s) or not self._bites(ALL)

    def _account(self, network: bytes, kind: bytes, rate: float, now: float) -> Account:
        key = network, kind
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = Account(rate, now)
            if len(self._accounts) > self._most:
                self._accounts.popitem(last=False)
        else:
            self._accounts.move_to_end(key)
        return account


def network_of(address: bytes) -> bytes:
    """The network that an address counts as: IPv4 /24, IPv6 /56; b"" for loopback, which has no bound."""
    if len(address) == 4:
        return b"" if address[0] == 127 else address[:_IPV4_NETWORK]
    return b"" if address == _LOOPBACK6 else address[:_IPV6_NETWORK]


def kind_of(body: bytes) -> bytes:
    """Which responses one of ours is alike to; `body` is its octets after the ID."""
    if body[2:4] == _NONE:
        return _ERROR  # no question: nothing else tells it from others
    rcode = body[1] & 0x0F
    if rcode not in (_RCODE_NOERROR, _RCODE_NXDOMAIN):
        return _ERROR
    end = skip_name(body, 10)
    name = body[10:end].lower()
    if rcode == _RCODE_NXDOMAIN:
        return _NXDOMAIN + _zone_of(body, end + 4, name)
    if body[4:6] == _NONE:
        # Where the rest of an rcode past 15 is: in an OPT behind the question, as in BADVERS. Answers have none such.
        if body[6:8] == _NONE and body[end + 4 : end + 7] == _OPT and body[end + 9]:
            return _ERROR
        return _NODATA + name
    return _ANSWER + name + body[end : end + 2]


def _zone_of(body: bytes, position: int, name: bytes) -> bytes:
    """The owner of the SOA in a denial, behind whatever aliases stand before it; without one, what `name` is below."""
    for _ in range(int.from_bytes(body[4:6], "big")):
        position = skip_name(body, position) + 8
        position += 2 + int.from_bytes(body[position : position + 2], "big")
    if body[6:8] == _NONE:
        return names.parent(name) if len(name) > 1 else name
    return _name_at(body, position)


def _name_at(body: bytes, position: int) -> bytes:
    """The name at `position`, in lower case. Our own responses alone are read, so pointers lead where they should."""
    labels = []
    while length := body[position]:
        if length > names.LABEL_MAX:
            position = (int.from_bytes(body[position : position + 2], "big") & 0x3FFF) - 2
            continue
        labels.append(body[position : position + 1 + length])
        position += 1 + length
    return b"".join(labels).lower() + b"\x00"
