# SPDX-License-Identifier: ISC
"""The hit that builds no message: the same request gets the octets that were composed for it before.

What may be kept as an image is decided here; what an image is and when it is void, `cache.images` knows. The access
list has been asked before: a class of clients never sees another's answers, since the class is part of the key.
"""

from __future__ import annotations

from typing import Final

from resolver.cache import Chain
from resolver.cache.images import ImageCache
from resolver.service.admission import Client, ClientClass
from resolver.service.counters import ServiceCounters, Source
from resolver.service.respond import Answer

# Why each part: a response over TCP may be longer; RD=0 is for snoopers alone. All else (RD, CD, DO, sizes, the
# spelling of the name) is in the octets of the request themselves.
_PREFIX: Final = {
    (transport, of): bytes((of << 1 | (transport == "tcp"),))
    for transport in ("udp", "tcp")
    for of in ClientClass
}
_NO_RECORDS: Final = b"\x00\x00"
_OPT_SIZE: Final = 11  # octets of an OPT without options, the only one that a request with an image has
_TC: Final = 0x02  # in the third octet


class Fast:
    """Looks images up and counts a hit on one as what it is: the same hit, by a shorter way."""

    def __init__(self, images: ImageCache, counters: ServiceCounters) -> None:
        self._images = images
        self._counters = counters

    def look_up(self, datagram: bytes, client: Client, client_class: ClientClass, now: float) -> bytes | None:
        """The response to `datagram` at the instant `now`, if there is an image of it."""
        image = self._images.get(_PREFIX[client.transport, client_class] + datagram[2:], now)
        if image is None:
            return None
        octets = image.answer(datagram[:2])
        end = len(datagram) - (0 if datagram[10:12] == _NO_RECORDS else _OPT_SIZE)
        counters = self._counters
        counters.asked(client.transport, client.family, datagram[end - 4] << 8 | datagram[end - 3])
        # Responses are minimal: an authority section means a denial, and every denial that is kept has an SOA.
        denies = octets[8:10] != _NO_RECORDS
        counters.hit("denial" if denies else "success", "fresh")
        counters.answered(octets[3] & 0x0F, Source.NEGATIVE if denies else Source.HIT, 0.0)
        return octets

    def keep(
        self,
        datagram: bytes,
        client: Client,
        client_class: ClientClass,
        octets: bytes,
        answer: Answer,
        chain: Chain,
        now: float,
        *,
        fresh_until: float,
        prefetch_at: float,
    ) -> None:
        """Keep `octets`, the response that says `answer` to a plain request, made of `chain`.

        From `prefetch_at` the image lets one hit go the slow way, and from `fresh_until` at the latest all.
        """
        if octets[2] & _TC or not chain.sources:
            return
        self._images.store(
            _PREFIX[client.transport, client_class] + datagram[2:],
            octets,
            answer.fresh_untils,
            chain.sources,
            now,
            fresh_until=fresh_until,
            prefetch_at=prefetch_at,
        )
