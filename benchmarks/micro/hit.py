# SPDX-License-Identifier: ISC
"""Where the microseconds of one hit over UDP go: receiving, our loop, sending; plain and with cookies.

    python -m benchmarks.micro.hit [--batch 32] [--rounds 400] [--cookies] [--rates]

With `--cookies` they are answered (RFC 7873), with `--rates` replies are counted by network (`admission.responses_…`).
Real sockets on loopback, the real batch server and service; the client's side is not counted. Sending includes what the
kernel does to deliver to the other socket of the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import time
from typing import Any

from benchmarks.micro.miss import Authority
from resolver.cache import CacheSettings, build, build_images
from resolver.composition import make_service
from resolver.engine.limits import UpstreamSettings
from resolver.events import nobody
from resolver.lab.virtual_world import VirtualWorld
from resolver.runtime.serving import Serving
from resolver.runtime.settings import ServerSettings
from resolver.runtime.strands import Strands
from resolver.runtime.tasks import TaskTable
from resolver.runtime.udp_batch import BatchUdpServer
from resolver.service import AdmissionSettings, Client, Service
from resolver.settings.model import Configuration
from resolver.wire import Edns, compose_query, from_text

_NAME = from_text("www.zone.example.net0.")
_REPEATS = 5


def warm_service(*, cookies: bool = False, rates: bool = False) -> tuple[VirtualWorld, Service]:
    """A service that has images of one name, plain and with a cookie."""
    world = VirtualWorld(Authority(), seed=1)
    most = 1_000_000 if rates else 0
    configuration = Configuration(
        upstream=UpstreamSettings(priming=False),
        server=ServerSettings(cookies=cookies),
        admission=AdmissionSettings(responses_per_second=most, responses_per_network=most),
    )
    caches = build(CacheSettings(), nobody)
    images = build_images(CacheSettings(), caches.records)
    hints = [(from_text("a.root-servers.net0."), "192.0.2.1")]
    service, _ = make_service(configuration, world, caches, images, hints, nobody)
    for cookie in (False, True):
        for _ in range(2):
            given = service.handle(request(0, cookie=cookie), Client("127.0.0.1", 1), world.now())
            if given is not None and not isinstance(given, bytes):
                world.run(given)
    return world, service


def request(number: int, *, cookie: bool, known: bytes = b"") -> bytes:
    """One request, with a cookie of its own if asked for, or the one that is `known` to be good."""
    edns = Edns(options=((10, known or os.urandom(8)),)) if cookie else None
    return compose_query(_NAME, 1, id=number, rd=True, edns=edns)


def measure(
    service: Service, now: float, batch_size: int, rounds: int, *, cookie: bool, known: bytes = b""
) -> list[float]:
    """CPU microseconds a hit: receiving, looking up and putting together, sending."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(0)
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(0)
    loop = asyncio.new_event_loop()
    tasks = TaskTable(Strands(loop), nobody)
    serving = Serving(loop, service.handle, lambda: now, tasks, nobody, lambda: service.fast)
    udp: Any = BatchUdpServer(serving, server)
    udp._begin_with(service.fast)
    batch, spent = udp._batch, [0.0, 0.0, 0.0]
    if service.fast.counts_replies:  # loopback is not counted: let it look like a network that is
        source = batch.source
        batch.source = lambda index: b"\x0a" + source(index)[1:]
    send, batch.send = batch.send, lambda: 0  # sent apart, to be timed apart
    for _ in range(rounds):
        for number in range(batch_size):
            client.sendto(request(number, cookie=cookie, known=known), server.getsockname())
        marks = [time.thread_time()]
        sizes = batch.receive()
        marks.append(time.thread_time())
        rest = udp._answer_from_images(service.fast, sizes, now)
        marks.append(time.thread_time())
        send()
        marks.append(time.thread_time())
        assert not rest
        spent = [total + end - begin for total, begin, end in zip(spent, marks, marks[1:], strict=False)]
        for _ in range(batch_size):
            client.recv(512)
    for closed in (server, client, loop):
        closed.close()
    return [total / rounds / batch_size * 1e6 for total in spent]


def earned(service: Service, world: VirtualWorld) -> bytes:
    """The cookie that a client has from the service."""
    response = service.handle(request(0, cookie=True), Client("127.0.0.1", 1), world.now())
    assert isinstance(response, bytes)
    return response[-24:]


def main() -> None:
    """Print the medians of some repetitions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--cookies", action="store_true")
    parser.add_argument("--rates", action="store_true")
    options = parser.parse_args()
    world, service = warm_service(cookies=options.cookies, rates=options.rates)
    now = world.now() + 0.5
    kinds = [("plain", False, b""), ("random cookies", True, b"")]
    if options.cookies:
        kinds.append(("good cookies", True, earned(service, world)))
    for kind, cookie, known in kinds:
        rows = [
            measure(service, now, options.batch, options.rounds, cookie=cookie, known=known)
            for _ in range(_REPEATS)
        ]
        receive, ours, sending = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{kind}: receive {receive:.2f} us, our loop {ours:.2f} us, send {sending:.2f} us CPU per hit")


if __name__ == "__main__":
    main()
