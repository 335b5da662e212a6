# SPDX-License-Identifier: ISC
"""The image path gives what the slow path gives, counts what it counts, and never what is another's or past."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.service import Client, ServiceOptions
from resolver.service.answering import MustWait, Said
from resolver.service.fast import variant_of
from resolver.service.request import Request
from resolver.wire import Edns, Rcode, codes, from_text
from tests.service.fakes import LOOPBACK, STRANGER, Scene, ask, cname, negative, positive, read

WWW = "www.example.com"


class Warm(Scene):
    """A scene with an image of the answer; `slow` counts the questions that went past the images."""

    def __init__(self, datagram: bytes | None = None, *, ttl: float = 300, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]  # by name
        self.knows(WWW, cname(WWW, "b.example.net", ttl=ttl + 100), positive("b.example.net", ttl=ttl))
        self.knows("gone.example.com", negative("gone.example.com", ttl=ttl))
        self.datagram = datagram or ask()
        self.ask(self.datagram)
        assert len(self.images) == 0  # an answer that came from servers is not what the cache holds
        self.slow = 0
        look = self.service._answering.look

        def counted(request: Request, now: float) -> Said | MustWait:
            self.slow += 1
            return look(request, now)

        self.service._answering.look = counted  # type: ignore[method-assign]  # a spy
        self.at_once(self.datagram)
        assert self.slow == 1
        self.slow = 0


def test_the_second_hit_builds_no_message() -> None:
    scene = Warm()
    message = read(scene.at_once(ask(id=0x9999)))
    assert (scene.slow, message.id) == (0, 0x9999)
    assert len(message.answer) == 2


@pytest.mark.parametrize("name", [WWW, "gone.example.com"])
@pytest.mark.parametrize("edns", [None, Edns(), Edns(do=True)])
def test_it_is_counted_like_a_slow_one(name: str, edns: Edns | None) -> None:
    scene = Warm(ask(name, edns=edns))
    before = dict(scene.counters.responses)
    hits, requests = dict(scene.counters.cache_hits), dict(scene.counters.requests)
    scene.at_once(scene.datagram)
    assert scene.slow == 0
    source = "hit" if name == WWW else "negative"
    rcode = Rcode.NOERROR if name == WWW else Rcode.NXDOMAIN
    assert scene.counters.responses[rcode, source] == before[rcode, source] + 1 == 2
    kind = "success" if name == WWW else "denial", "fresh"
    assert scene.counters.cache_hits[kind] == hits[kind] + 1
    assert scene.counters.requests == {("udp", "ipv4", "A"): requests["udp", "ipv4", "A"] + 1}
    assert sum(scene.counters.durations[source].counts) == 2


@given(st.lists(st.floats(0.01, 40), min_size=1, max_size=12))
def test_it_never_says_more_than_the_slow_path(steps: list[float]) -> None:
    scene = Warm()
    for step in steps:
        scene.world.advance(step)
        fast = read(scene.at_once(scene.datagram))
        slow = read(scene.at_once(ask(edns=Edns(options=((3, b""), (3, b""))))))  # two options: no image
        assert [r._replace(ttl=0) for r in fast.answer] == [r._replace(ttl=0) for r in slow.answer]
        assert fast.answer[1].ttl == slow.answer[1].ttl  # the link that ends first is exact
        assert 0 < fast.answer[0].ttl <= slow.answer[0].ttl
        if scene.world.ticks() > 250:
            break


def test_it_dies_with_its_first_link() -> None:
    scene = Warm(ttl=20)
    scene.world.advance(20.2)
    scene.fails(WWW)
    assert not isinstance(scene.service.handle(scene.datagram, LOOPBACK, scene.world.now()), bytes)


@pytest.mark.parametrize(
    "other",
    [
        ask(flags=codes.RD | codes.CD),
        ask(flags=0),
        ask(edns=Edns()),
        ask(edns=Edns(do=True)),
        ask("WWW.example.com"),
    ],
    ids=["cd", "rd", "edns", "do", "case"],
)
def test_another_request_has_another_image(other: bytes) -> None:
    scene = Warm()
    scene.at_once(other)
    assert scene.slow == 1
    scene.at_once(other)
    assert scene.slow == 1


def test_tcp_has_images_of_its_own() -> None:
    scene = Warm()
    over_tcp = Client("127.0.0.1", 1, "tcp")
    scene.at_once(scene.datagram, over_tcp)
    assert scene.slow == 1


def test_rfc7873_requests_with_cookies_share_one_image() -> None:
    """As `dig` sends them: another client cookie each time."""
    scene = Warm()
    count = len(scene.images)
    for number in range(5):
        message = read(scene.at_once(ask(edns=Edns(options=((10, b"1234567%d" % number),)))))
        assert message.edns == Edns()
    assert (scene.slow, len(scene.images)) == (1, count + 1)


def test_rfc4343_letters_are_echoed_from_a_shared_image() -> None:
    scene = Warm()
    for name in ("WWW.example.com", "wWw.eXample.com", "www.EXAMPLE.com"):
        message = read(scene.at_once(ask(name)))
        assert message.question is not None
        assert message.question.name == message.answer[0].owner == from_text(name)
    assert scene.slow == 1


def test_a_variant_never_gets_more_than_it_can_take() -> None:
    scene = Scene()
    scene.knows(WWW, positive(WWW, 1, *(bytes((10, 0, 0, n)) for n in range(40))))
    large = Edns(udp_size=1232, options=((10, b"12345678"),))
    for _ in range(2):
        assert len(read(scene.ask(ask(edns=large))).answer) == 40
    assert read(scene.ask(ask(edns=Edns(udp_size=512, options=((10, b"12345678"),))))).tc


@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda tail: b"\x08" + ask()[2:] + tail))
def test_no_octets_make_the_short_way_raise(keyed: bytes) -> None:
    variant_of(keyed, 1232)


ODD = (
    b"", b"\0", b"\0\x0a\0\x08abcdefgh", b"\0\x0a\0\x07abcdefg", b"\0\x0a\0\x10" + bytes(16),
    b"\0\x0a\0\x29" + bytes(41), b"\0\x03\0\0", b"\0\x03\0\0" * 2, b"\0\x0c\0\x05" + bytes(5),
    b"\0\x0c\0\x06" + bytes(5),
    b"\xfd\xe9\0\x01x",
)  # fmt: skip


@given(
    name=st.sampled_from(["www.example.com", "WWW.eXample.com", "gone.example.com", "Gone.Example.com"]),
    flags=st.sampled_from(
        [0, 0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0180, 0x0300, 0x0500, 0x0900, 0x8100]
    ),
    size=st.sampled_from([0, 511, 512, 513, 1232, 4096, 65535]),
    ttl=st.sampled_from([0, 0x8000, 0x10000, 0x1000000, 0x8001]),
    options=st.sampled_from(ODD),
    cut=st.sampled_from([0, 0, 0, 1, 5]),
    opt=st.booleans(),
    rtype=st.sampled_from([1, 65, 97]),
    count=st.sampled_from(
        [b"\0\1\0\0\0\0\0\0", b"\0\1\0\0\0\0\0\1", b"\0\2\0\0\0\0\0\0", b"\0\0\0\0\0\0\0\0"]
    ),
)
def test_any_request_gets_by_the_short_way_what_it_gets_by_the_long_one(
    name: str, flags: int, size: int, ttl: int, options: bytes, cut: int, opt: bool, rtype: int, count: bytes
) -> None:
    """Octet for octet, whatever is odd about it: flags, counts, OPT, options, types that differ by a letter's case."""
    scene = Scene()
    for one in (WWW, "gone.example.com"):
        for kind, octets in ((1, b"\1\2\3\4"), (65, b"\0\1\0"), (97, b"x")):
            scene.caches.records.store(positive(one, kind, octets, at=scene.world.now()), scene.world.now())
    tail = (
        b"\0\0\x29"
        + size.to_bytes(2, "big")
        + ttl.to_bytes(4, "big")
        + len(options).to_bytes(2, "big")
        + options
    )
    datagram = (
        b"id"
        + flags.to_bytes(2, "big")
        + count
        + from_text(name)
        + rtype.to_bytes(2, "big")
        + b"\0\1"
        + (tail if opt else b"")
    )
    datagram = datagram[: len(datagram) - cut]

    def answered() -> bytes | None:
        given = scene.service.handle(datagram, LOOPBACK, scene.world.now())
        assert given is None or isinstance(given, bytes)
        return given

    def warm() -> None:
        for letters in (name, name.lower()):
            for edns in (
                None,
                Edns(),
                Edns(do=True),
                Edns(options=((10, b"12345678"),)),
                Edns(do=True, options=((3, b""),)),
            ):
                for bits in (codes.RD, codes.RD | codes.CD, 0):
                    scene.at_once(ask(letters, rtype, flags=bits, edns=edns))
                    scene.at_once(ask(letters, 97 if rtype == 65 else 65, flags=bits, edns=edns))

    long_way = answered()
    scene.images.begin_epoch()
    warm()
    assert answered() == long_way


def test_the_access_list_is_asked_before() -> None:
    scene = Warm()
    message = read(scene.at_once(scene.datagram, STRANGER))
    assert (message.rcode, message.answer) == (Rcode.REFUSED, ())


def test_rd_0_images_are_for_snoopers_alone() -> None:
    options = ServiceOptions(allow=("127.0.0.0/8", "192.0.2.0/24"), allow_snoop=("127.0.0.0/8",))
    scene = Warm(options=options)
    for _ in range(2):
        assert read(scene.at_once(ask(flags=0))).answer
    assert read(scene.at_once(ask(flags=0), STRANGER)).rcode == Rcode.REFUSED


def test_a_flushed_record_voids_it() -> None:
    scene = Warm()
    scene.caches.flush()
    assert not isinstance(scene.service.handle(scene.datagram, LOOPBACK, scene.world.now()), bytes)


def test_a_replaced_record_voids_it() -> None:
    scene = Warm()
    now = scene.world.now()
    scene.caches.records.store(positive("b.example.net", 1, b"\x01\x02\x03\x04", at=now), now)
    assert read(scene.at_once(scene.datagram)).answer[1].rdata == b"\x01\x02\x03\x04"


def test_a_truncated_response_leaves_no_image() -> None:
    scene = Scene()
    many = positive(WWW, 1, *(bytes((10, 0, 0, n)) for n in range(60)))
    scene.knows(WWW, many)
    for _ in range(3):
        assert read(scene.ask(ask())).tc
    assert len(scene.images) == 0
