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
from resolver.service.admission import (
    Access,
    AdmissionSettings,
    Bites,
    Client,
    ClientClass,
    ServiceOptions,
)
from resolver.service.cookies import ServerCookies, secrets_for
from resolver.service.counters import ServiceCounters
from resolver.service.fast import Fast
from resolver.service.per_client import PerClient
from resolver.service.rates import ResponseRates, Verdict
from resolver.service.respond import Shown, compose_response, from_chain
from resolver.wire import Edns, parse
from tests.service.fakes import ask, positive, request

pytestmark = pytest.mark.skipif(not available(), reason="no recvmmsg here")
NOW = 1_000_000.0


class Scene:
    """A batch server over the image of one answer; `handled` lists what went to the service."""

    def __init__(
        self,
        *,
        allow: tuple[str, ...] = ("127.0.0.0/8",),
        hits: bool = True,
        per_client: PerClient | None = None,
    ) -> None:
        caches = build(CacheSettings(), nobody)
        images = build_images(CacheSettings(), caches.records)
        self.now = NOW
        self.handled: list[tuple[bytes, Client]] = []
        self.missed: list[bytes] = []
        self.counters = ServiceCounters()
        self.fast = Fast(images, self.counters, Access(ServiceOptions(allow=allow)), 1232, per_client)
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


class Some(ResponseRates):
    """Rates whose verdicts come from a list: loopback, where these tests run, is exempt from real ones."""

    def __init__(self, *verdicts: Verdict) -> None:
        super().__init__(AdmissionSettings(), Bites("enforce", lambda: 0.0, nobody))
        self.verdicts = list(verdicts)
        self.judged: list[bytes] = []

    def judge(self, address: bytes, body: bytes, now: float) -> Verdict:
        self.judged.append(address)
        return self.verdicts.pop(0)


def with_cookie(number: int, name: str = "www.example.com") -> bytes:
    return ask(name, id=number, edns=Edns(options=((10, b"abcdefg%d" % number),)))


def cookies() -> ServerCookies:
    return ServerCookies(secrets_for((bytes(16),), b""))


def test_rfc7873_each_client_gets_its_own_cookie_in_one_batch() -> None:
    ours = cookies()
    scene = Scene(per_client=PerClient(ours, None, lambda: 1000.0, lambda: 0.0))
    asked = [
        with_cookie(0),
        ask(id=1),
        with_cookie(2, "wWw.exAmple.com"),
        ask(id=3),
        with_cookie(4),
    ]
    answers = [parse(answer or b"") for answer in scene.run(*asked, clients=("127.0.0.1", "127.0.0.9"))]
    assert [message.id for message in answers] == [0, 1, 2, 3, 4] * 2
    assert scene.handled == []
    for host, half in ((1, answers[:5]), (9, answers[5:])):
        for number, message in enumerate(half):
            assert len(message.answer) == 1
            earned = message.edns.option(10) if message.edns else None
            if number in (1, 3):
                assert earned is None
            else:
                assert earned is not None
                assert earned[:8] == b"abcdefg%d" % number
                assert ours.judge(earned, bytes((127, 0, 0, host)), 1000).good
    assert answers[2].question is not None
    assert answers[2].question.name == b"\3wWw\7exAmple\3com\0"


def test_what_may_not_be_sent_is_not_and_the_rest_is() -> None:
    rates = Some(Verdict.SEND, Verdict.DROP, Verdict.SLIP, Verdict.SEND, Verdict.SLIP)
    scene = Scene(per_client=PerClient(cookies(), rates, lambda: 1000.0, lambda: 0.0))
    answers = scene.run(ask(id=0), ask(id=1), ask(id=2), ask(id=3), with_cookie(4))
    assert answers[1] is None
    sent, slip, other, badcookie = (parse(one or b"") for one in answers if one is not None)
    assert (len(sent.answer), len(other.answer), other.id) == (1, 1, 3)
    assert (slip.id, slip.tc, slip.answer, slip.question == sent.question) == (2, True, (), True)
    assert (badcookie.id, badcookie.rcode, badcookie.tc, badcookie.answer) == (4, 23, False, ())
    assert badcookie.edns is not None
    assert len(badcookie.edns.option(10) or b"") == 24
    assert rates.judged == [bytes((127, 0, 0, 1))] * 5
    assert (scene.server.received, scene.server.answered, scene.server.unsent) == (5, 4, 0)
    scene.fast.settle(scene.now)
    assert scene.counters.requests == {("udp", "ipv4", "A"): 5}
    assert scene.counters.responses == {(0, "hit"): 2, (0, "refused"): 1, (23, "refused"): 1}
    assert scene.counters.dropped == {"rate_limited": 1}


def test_a_good_cookie_is_not_counted_against_its_network() -> None:
    ours, rates = cookies(), Some()
    scene = Scene(per_client=PerClient(ours, rates, lambda: 1000.0, lambda: 0.0))
    known = ours.judge(b"8 octets", bytes((127, 0, 0, 1)), 1000).cookie
    (answer,) = scene.run(ask(edns=Edns(options=((10, known),))))
    assert len(parse(answer or b"").answer) == 1
    assert rates.judged == []
