# SPDX-License-Identifier: ISC
"""What one client gets that another does not, on top of the same answer: a cookie, and its network's share of replies.

Both are off by default, and then there is none of this. What a cookie is, `cookies` knows; what a share, `rates`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from resolver.engine.ports import World
from resolver.service.admission import AdmissionSettings, Bites, octets_of
from resolver.service.cookies import NO_GRANT, OPTION_OCTETS, Grant, SecretsFor, ServerCookies
from resolver.service.counters import ServiceCounters
from resolver.service.rates import ResponseRates, Verdict
from resolver.wire.codes import OptionCode

COOKIE_ROOM: Final = OPTION_OCTETS + 4  # octets that a cookie adds to a response
_COOKIE: Final = int(OptionCode.COOKIE).to_bytes(2, "big")


class PerClient:
    """Judges by what the client sent and where it is. `wall` is UNIX time, `ticks` never jumps."""

    def __init__(
        self,
        cookies: ServerCookies | None,
        rates: ResponseRates | None,
        wall: Callable[[], float],
        ticks: Callable[[], float],
    ) -> None:
        self._cookies = cookies
        self._rates = rates
        self._wall = wall
        self._ticks = ticks

    @property
    def has_cookies(self) -> bool:
        """Whether cookies are answered."""
        return self._cookies is not None

    @property
    def has_rates(self) -> bool:
        """Whether replies are counted at all."""
        return self._rates is not None

    def grant(self, cookie: bytes, address: bytes) -> Grant:
        """What a client's COOKIE option earns it; it must be well formed, or b"" for none."""
        if self._cookies is None or not cookie:
            return NO_GRANT
        return self._cookies.judge(cookie, address, self._wall())

    def judge(self, address: str) -> Callable[[bytes], Grant] | None:
        """The same for the client at `address`, of whatever cookie it sent; None where cookies are not answered."""
        if self._cookies is None:
            return None
        octets = octets_of(address)
        return lambda cookie: self.grant(cookie, octets)

    def verdict(self, address: bytes, body: bytes, grant: Grant) -> Verdict:
        """What becomes of a response over UDP, its ID left out. A good cookie is exempt: its network did ask."""
        if self._rates is None or grant.good:
            return Verdict.SEND
        return self._rates.judge(address, body, self._ticks())


def only_cookie_in(opt: bytes) -> bytes:
    """The cookie in an OPT record, if that has one option and it is one; else b""."""
    return opt[15:] if opt[11:13] == _COOKIE else b""


def per_client(
    secrets_for: SecretsFor | None,
    admission: AdmissionSettings,
    world: World,
    bites: Bites,
    counters: ServiceCounters,
) -> PerClient | None:
    """What is configured of it; None when nothing is."""
    has_rates = admission.responses_per_second or admission.responses_per_network
    if secrets_for is None and not has_rates:
        return None
    cookies = None
    if secrets_for is not None:
        cookies = ServerCookies(secrets_for)
        counters.cookies = cookies.counts
    rates = ResponseRates(admission, bites) if has_rates else None
    return PerClient(cookies, rates, world.wall, world.ticks)
