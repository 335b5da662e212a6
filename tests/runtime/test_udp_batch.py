# SPDX-License-Identifier: ISC
"""Hits in batches on a real socket: same answers as by the service, the access list first, the rest handed on."""

from __future__ import annotations

import asyncio
import socket

import pytest

from resolver.cache import CacheSettings, build, build_images, follow
from resolver.events import nobody
from resolver.policy import Policy
from resolver.runtime.mmsg import BATCH, available
from resolver.runtime.serving import Serving
from resolver.runtime.strands import Strands
from resolver.runtime.tasks import TaskTable
from resolver.runtime.udp_batch import BatchUdpServer
from resolver.service.admission import Access, Client, ClientClass, ServiceOptions
from resolver.service.counters import ServiceCounters
from resolver.service.fast import Fast
from resolver.service.respond import Shown, compose_response, from_chain
from resolver.wire import Edns, parse
from tests.service.fakes import ask, positive, request

pytestmark = pytest.mark.skipif(not available(), reason="no recvmmsg here")
NOW = 1_000_000.0


class Scene:
    """A batch server over the image of one answer; `handled` lists what went to the service."""

    def __init__(self, *, allow: tuple[str, ...] = ("127.0.0.0/8",), hits: bool = True) -> None:
        caches = build(CacheSettings(), nobody)
        images = build_images(CacheSettings(), caches.records)
        self.now = NOW
        self.handled: list[tuple[bytes, Client]] = []
        self.missed: list[bytes] = []
        self.counters = ServiceCounters()
        self.fast = Fast(images, self.counters, Access(ServiceOptions(allow=allow)), 1232)
        caches.records.store(positive("www.example.com", at=NOW), NOW)
        chain = follow(caches.records, request().key, 1, NOW, 11)
        for edns in (None, Edns(options=((10, b"12345678"),))):
            answer = from_chain(request(edns=edns), chain.entries, Shown(NOW, Policy()))
            octets = compose_response(request(edns=edns), answer, edns_udp_size=1232)
            self.fast.keep(
                ask(edns=edns), Client("127.0.0.1", 1), ClientClass.SNOOPER, octets, answer, chain, NOW,
                fresh_until=NOW + 300, prefetch_at=NOW + 270,
            )  # fmt: skip
        self._hits = hits

    def run(self, *datagrams: bytes, clients: tuple[str, ...] = ("127.0.0.1",)) -> list[bytes | None]:
        """Send every datagram from each client; what each got, in order."""

        async def play() -> list[bytes | None]:
            loop = asyncio.get_running_loop()
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind(("127.0.0.1", 0))
            server.setblocking(False)
            serving = Serving(
                loop,
                self._handle,
                lambda: self.now,
                TaskTable(Strands(loop), nobody),
                nobody,
                lambda: self.fast if self._hits else None,
                self._handle_missed,
            )
            self.server = BatchUdpServer(serving, server)
            sockets = []
            for address in clients:
                for datagram in datagrams:
                    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    one.bind((address, 0))
                    one.setblocking(False)
                    one.sendto(datagram, server.getsockname())
                    sockets.append(one)
            self.server.start()
            answers = [await self._answer(loop, one) for one in sockets]
            self.server.close()
            for one in sockets:
                one.close()
            return answers

        return asyncio.run(play())

    async def _answer(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> bytes | None:
        try:
            return await asyncio.wait_for(loop.sock_recv(sock, 4096), 1)
        except TimeoutError:
            return None

    def _handle_missed(self, datagram: bytes, client: Client, now: float) -> bytes:
        self.missed.append(datagram)
        return self._handle(datagram, client, now)

    def _handle(self, datagram: bytes, client: Client, now: float) -> bytes:
        self.handled.append((datagram, client))
        return datagram[:2] + b"by the service"


def test_a_hit_never_reaches_the_service() -> None:
    scene = Scene()
    (answer,) = scene.run(ask(id=0x4711))
    assert answer is not None
    message = parse(answer)
    assert (message.id, message.answer[0].ttl, scene.handled) == (0x4711, 300, [])
    assert (scene.server.received, scene.server.answered) == (1, 1)


def test_the_rest_does_in_the_order_it_came() -> None:
    scene = Scene()
    answers = scene.run(ask("other.example.com", id=1), ask(id=2), b"\0\3short", ask(id=4))
    assert [one is not None and one[2:] == b"by the service" for one in answers] == [True, False, True, False]
    assert [datagram for datagram, _ in scene.handled] == [ask("other.example.com", id=1), b"\0\3short"]


def test_rfc4343_and_rfc7873_letters_and_cookies_of_each_client() -> None:
    scene = Scene()
    asked = [ask("wWw.exAmple.com", id=n, edns=Edns(options=((10, b"abcdefg%d" % n),))) for n in range(3)]
    for number, answer in enumerate(scene.run(*asked)):
        assert answer is not None
        message = parse(answer)
        assert message.id == number
        assert message.question is not None
        assert message.question.name == b"\3wWw\7exAmple\3com\0"
        assert message.edns == Edns()
    assert scene.handled == []


def test_more_than_a_batch() -> None:
    scene = Scene()
    answers = scene.run(*[ask(id=number) for number in range(BATCH * 2 + 3)])
    assert [answer and answer[:2] for answer in answers] == [
        n.to_bytes(2, "big") for n in range(BATCH * 2 + 3)
    ]


def test_o20_the_access_list_comes_first() -> None:
    """One loopback address may ask, another may not: then every request is judged by where it came from."""
    scene = Scene(allow=("127.0.0.1/32",))
    answers = scene.run(ask(id=1), ask(id=2), clients=("127.0.0.1", "127.0.0.9"))
    assert [one is not None and one[2:] == b"by the service" for one in answers] == [False, False, True, True]
    assert {client.address for _, client in scene.handled} == {"127.0.0.9"}


def test_what_an_image_sent_the_slow_way_goes_that_way() -> None:
    """From its prefetch instant an image sends one caller to the service, which must not look for it again."""
    scene = Scene()
    scene.now = NOW + 271
    answers = scene.run(ask(id=1), ask(id=2), ask(id=3))
    assert [one is not None and one[2:] == b"by the service" for one in answers] == [True, False, False]
    assert scene.missed == [ask(id=1)]


def test_without_images_everything_goes_to_the_service() -> None:
    scene = Scene(hits=False)
    scene.run(ask(id=1))
    assert len(scene.handled) == 1
    assert scene.missed == []


def test_an_image_past_its_time_is_not_sent() -> None:
    scene = Scene()
    scene.now = NOW + 300
    scene.run(ask(id=1))
    assert len(scene.handled) == 1


def test_hits_are_counted_when_asked_for() -> None:
    scene = Scene()
    scene.run(ask(id=1), ask(id=2))
    scene.fast.settle(scene.now)
    assert scene.counters.requests == {("udp", "ipv4", "A"): 2}
    assert scene.counters.responses == {(0, "hit"): 2}
