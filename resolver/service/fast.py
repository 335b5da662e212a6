# SPDX-License-Identifier: ISC
"""The hit that builds no message: the same request gets the octets that were composed for it before.

    tag + request after its ID ──► table ──► image                    plain requests: octet for octet
                     │ none, or not plain
                     ▼
    variant: letters folded, options left out ──► table ──► image     what differs in case, cookies, offered size
                                                              │
                            cookies or rates, if they are on: ▼ octets for this client alone

What may be kept as an image is decided here; what an image is and when it is void, `cache.images` knows. The access
list is part of the key: the tag says what the client may do, and strangers have none.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from resolver.cache import Chain
from resolver.cache.image import Watch
from resolver.cache.images import Image, ImageCache
from resolver.service.admission import Access, Client, ClientClass, octets_of
from resolver.service.counters import ImageKind, ServiceCounters, Source
from resolver.service.per_client import COOKIE_ROOM, PerClient, only_cookie_in
from resolver.service.rates import Verdict
from resolver.service.respond import Answer
from resolver.wire.codes import OptionCode, Rcode, Rtype
from resolver.wire.patch import cut_short, with_cookie

# Why a question got no reply, as a label; which rate, the limit hit says.
RATE_LIMITED: Final = "rate_limited"

NO_TAG: Final = -1
_TCP: Final = 1
_IPV6: Final = 2
_CLASS: Final = 2  # how far the class is shifted
_VARIANT: Final = 0x80

_ONE_QUESTION: Final = b"\x00\x01\x00\x00\x00\x00\x00"  # and the low octet of ARCOUNT behind it
_OPT_RECORD: Final = struct.Struct(
    "!BHHBBHH"
)  # root, type, size, extended rcode, version, flags, length of the options
_OPTION: Final = struct.Struct("!HH")
_OPT: Final = int(Rtype.OPT)
_NO_RECORDS: Final = b"\x00\x00"
# Places in a request without its ID and with the tag in front.
_FLAGS, _FLAGS2, _COUNTS, _ARCOUNT, _QUESTION = 1, 2, 3, 10, 11
_TC: Final = 0x02  # in the third octet of a message
_RD, _CD, _EDNS, _DO = 0x01, 0x10, 0x02, 0x04
_AD_CD: Final = 0x30
_MINIMUM: Final = 512


# What a request means, whatever its letters and options: its key, where its question ends, how much it takes, and
# whether it is plain: without options and capital letters, so that its octets themselves may be a key.
Variant = tuple[bytes, int, int, bool]


class Fast:
    """Looks images up and counts hits on them as what they are: the same hits, by a shorter way.

    `table` and `renew` are there for a loop over many requests; a hit found so raises the image's `hits`. With
    `tells_apart` variants, and with `counts_replies` all requests, have to be asked of `look_up_for` instead.
    """

    def __init__(
        self,
        images: ImageCache,
        counters: ServiceCounters,
        access: Access,
        edns_udp_size: int,
        per_client: PerClient | None = None,
    ) -> None:
        self._images = images
        self._access = access
        self._counters = counters
        self._edns_udp_size = edns_udp_size
        self.table = images.by_request
        self.renew: Callable[[Image, float], bool] = images.renew
        self._per_client = per_client
        self.tells_apart = per_client is not None
        self.counts_replies = per_client is not None and per_client.has_rates

    def tag_for(self, address: str) -> int:
        """The tag of requests over UDP from `address`; negative for strangers, who get no hits."""
        client_class = self._access.classify(address)
        if client_class is ClientClass.STRANGER:
            return NO_TAG
        return tag_of(Client(address, 0, "udp", "ipv6" if ":" in address else "ipv4"), client_class)

    def tag_for_all(self, listener: str) -> int | None:
        """The tag of all requests that can reach a socket bound to `listener`; None when it depends on the client.

        The kernel lets nobody but ourselves send to a loopback address.
        """
        return self.tag_for(listener) if self._access.treats_loopback_alike(listener) else None

    def look_up(self, datagram: bytes, client: Client, client_class: ClientClass, now: float) -> bytes | None:
        """The response to `datagram` at the instant `now`, if there is an image of it; b"" when none may be sent."""
        keyed = bytes((tag_of(client, client_class),)) + datagram[2:]
        if self._per_client is not None:
            mine = self.look_up_for(keyed, octets_of(client.address), now)
            if not mine or not mine[0]:
                return None if mine is None else b""
            body, question = mine
            return datagram[:2] + body[:10] + datagram[12 : 12 + question] + body[10 + question :]
        image = self._images.get(keyed, now)
        if image is not None:
            return image.answer(datagram[:2])
        found = self.look_up_variant(keyed, now)
        if found is None:
            return None
        image, question = found
        return datagram[:2] + image.body[:10] + datagram[12 : 12 + question] + image.body[10 + question :]

    def look_up_variant(self, keyed: bytes, now: float) -> tuple[Image, int] | None:
        """The image for a request (tag in front, no ID) that is not plain, and how many octets of it are its question.

        The answer then spells the name as the request does; everything that points at the question does too.
        """
        variant = variant_of(keyed, self._edns_udp_size)
        if variant is None:
            return None
        key, end, limit, plain = variant
        image = None if plain else self.table.get(key)
        if image is None or len(image.body) + 2 > limit:
            return None
        if now >= image.good_until and not self.renew(image, now):
            return None
        image.hits += 1
        return image, end - _QUESTION

    def look_up_for(self, keyed: bytes, address: bytes, now: float) -> tuple[bytes, int] | None:
        """What a request (tag in front, no ID) from `address` is answered, where not every client is answered alike.

        Octets after the ID, and how many of them behind the header are to be the request's own; no octets: no reply.
        None when there is no image. `address` is 4 or 16 octets.
        """
        per_client = self._per_client
        assert per_client is not None
        found = self._find(keyed, now)
        if found is None:
            return None
        image, end, cookie = found
        grant = per_client.grant(cookie, address)
        question = end - _QUESTION
        verdict = Verdict.SEND
        if self.counts_replies and not keyed[0] & _TCP:
            verdict = per_client.verdict(address, image.body, grant)
        if verdict is Verdict.SEND:
            image.hits += 1
            return (with_cookie(image.body, grant.cookie) if grant.cookie else image.body), question
        family = "ipv6" if keyed[0] & _IPV6 else "ipv4"
        self._counters.asked("udp", family, int.from_bytes(keyed[end - 4 : end - 2], "big"))
        if verdict is Verdict.DROP:
            self._counters.drop(RATE_LIMITED)
            return b"", 0
        self._counters.answered(Rcode.BADCOOKIE if grant.cookie else Rcode.NOERROR, Source.REFUSED, 0.0)
        return cut_short(image.body, 10 + question, grant.cookie), question

    def _find(self, keyed: bytes, now: float) -> tuple[Image, int, bytes] | None:
        """An image that may be sent now, where the request's question ends, and the cookie to answer."""
        image, end, cookie = self.table.get(keyed), keyed.find(b"\x00", _QUESTION) + 5, b""
        if image is None:
            variant = variant_of(keyed, self._edns_udp_size)
            if variant is None or variant[3]:
                return None
            key, end, limit, _ = variant
            image = self.table.get(key)
            assert self._per_client is not None
            if self._per_client.has_cookies:
                cookie = only_cookie_in(keyed[end:])
            if image is None or len(image.body) + 2 + (COOKIE_ROOM if cookie else 0) > limit:
                return None
        if now >= image.good_until and not self.renew(image, now):
            return None
        return image, end, cookie

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
        watch: Watch | None = None,
    ) -> None:
        """Keep `octets`, the response that says `answer` to the request `datagram`, made of `chain`.

        From `prefetch_at` the image lets one hit go the slow way, and from `fresh_until` at the latest all. `watch`
        hears of each. The response has no cookie in it.
        """
        if octets[2] & _TC or not chain.sources or answer.notes:
            return  # what is sent by the short way ends in an OPT without options
        keyed = bytes((tag_of(client, client_class),)) + datagram[2:]
        variant = variant_of(keyed, self._edns_udp_size)
        if variant is None:
            return
        key, end, _, plain = variant
        rtype = int.from_bytes(keyed[end - 4 : end - 2], "big")
        # Responses are minimal: an authority section means a denial, and every denial that is kept has an SOA.
        denies = octets[8:10] != _NO_RECORDS
        kind = ImageKind(
            client.transport,
            client.family,
            rtype,
            answer.rcode,
            "denial" if denies else "success",
            Source.NEGATIVE if denies else Source.HIT,
        )
        self._images.store(
            keyed if plain else key,
            octets,
            answer.fresh_untils,
            chain.sources,
            now,
            fresh_until=fresh_until,
            prefetch_at=prefetch_at,
            stored_at=min(entry.lifetime.stored_at for entry in chain.entries),
            account=self._counters.account(kind),
            watch=watch,
        )

    def settle(self, now: float) -> None:
        """Bring the counters up to date: hits on images are counted in bulk, at most a second late otherwise."""
        self._images.settle(now)
        self._counters.settle()


def tag_of(client: Client, client_class: ClientClass) -> int:
    """The octet that stands in front of a request in a key.

    A response over TCP may be longer, RD=0 is for snoopers alone, and families are counted apart.
    """
    tcp = _TCP if client.transport == "tcp" else 0
    return client_class << _CLASS | (_IPV6 if client.family == "ipv6" else 0) | tcp


def variant_of(keyed: bytes, edns_udp_size: int) -> Variant | None:
    """Read a request (tag in front, no ID) as far as an image needs it; None when it is not of the usual shape.

    What is let through here, `request` lets through too and answers alike: one question, at most an OPT of version 0
    with at most one option, no odd flags. The first zero octet ends the name: a key with another zero in it matches
    none that was ever answered.
    """
    end = keyed.find(b"\x00", _QUESTION) + 5
    if end < _QUESTION + 5 or end > len(keyed) or keyed[0] >= len(_HEADS):
        return None
    flags, flags2, additional = keyed[_FLAGS], keyed[_FLAGS2], keyed[_ARCOUNT]
    if keyed[_COUNTS:_ARCOUNT] != _ONE_QUESTION or flags > _RD or flags2 & ~_AD_CD:
        return None
    tag, seen, options, limit = keyed[0], flags | flags2 & _CD, 0, _MINIMUM
    rest = len(keyed) - end
    if additional == 1 and rest >= _OPT_RECORD.size:
        root, rtype, size, extended, version, bits, options = _OPT_RECORD.unpack_from(keyed, end)
        if root or rtype != _OPT or extended or version or rest != _OPT_RECORD.size + options:
            return None
        if options and not _is_one_option(keyed, end + _OPT_RECORD.size, options):
            return None
        limit = min(max(size, _MINIMUM), edns_udp_size)
        seen |= _EDNS | _DO if bits & 0x8000 else _EDNS
    elif additional or rest:
        return None
    if tag & _TCP:
        limit = 65535
    name = keyed[_QUESTION : end - 4]
    folded = name.lower()
    return _HEADS[tag][seen] + folded + keyed[end - 4 : end], end, limit, not options and folded == name


def _is_one_option(keyed: bytes, start: int, length: int) -> bool:
    """Whether the data of an OPT, `length` octets, is one option; a cookie must have a cookie's size."""
    if length < _OPTION.size:
        return False
    code: int
    size: int
    code, size = _OPTION.unpack_from(keyed, start)
    return size + _OPTION.size == length and (code != OptionCode.COOKIE or size == 8 or 16 <= size <= 40)


# How the key of a variant begins, by tag and by what is seen of flags and EDNS.
_HEADS: Final = tuple(tuple(bytes((tag | _VARIANT, seen)) for seen in range(32)) for tag in range(16))
