# SPDX-License-Identifier: ISC
"""Clients over UDP, many datagrams a system call: hits are answered from images in the loop below, the rest as ever.

    recvmmsg ─► table[tag + request] ─► good? ─► reply ──┐
                   │ no                                  ├─► sendmmsg
                   └─► a variant of it? ─► reply ────────┘
                          │ no
                          └─► UdpServer: the service, one datagram at a time

Nothing is parsed here. For sockets bound to one address; a wildcard socket has to see where each datagram was sent to.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Final

from resolver.runtime.mmsg import BATCH, Batch
from resolver.runtime.serving import Hits, Serving
from resolver.runtime.udp_server import UdpServer

_SOURCES_MAX: Final = 4096
_NO_KEY: Final = 0x7F  # no key of an image begins with this octet


def _nothing(keyed: bytes) -> None:
    """No image is sent unseen where replies are counted."""


class BatchUdpServer(UdpServer):
    """One listening UDP socket, drained and answered in batches."""

    __slots__ = ("_address", "_batch", "_hits", "_tags", "_uniform")

    def __init__(self, serving: Serving, sock: socket.socket) -> None:
        super().__init__(serving, sock, wildcard=False)
        self._address: str = sock.getsockname()[0]
        self._batch = Batch(sock)
        self._hits: Hits | None = None
        self._tags: dict[bytes, int] = {}
        self._uniform = False

    def start(self) -> None:
        """Begin to answer."""
        self._serving.loop.add_reader(self._socket.fileno(), self._turn)

    def _turn(self) -> None:
        batch = self._batch
        sizes = batch.receive()
        if not sizes:
            return
        hits = self._serving.hits()
        rest: Iterable[int] = range(len(sizes))
        if hits is not None:
            if hits is not self._hits:
                self._begin_with(hits)
            rest = self._answer_from_images(hits, sizes, self._serving.now())
        for index in rest:
            request, peer = batch.request(index, sizes[index]), batch.peer(index)
            self._serve(request, peer, (), missed=hits is not None)

    def _answer_from_images(self, hits: Hits, sizes: list[int], now: float) -> list[int]:
        """Answer what there are images for; return the indices of the others."""
        batch, renew = self._batch, hits.renew
        find = _nothing if hits.counts_replies else hits.table.get
        octets, reply = batch.octets, batch.reply
        missed = []
        if not self._uniform:
            self._tag_each(hits, len(sizes))
        for index, (start, size) in enumerate(zip(batch.starts, sizes, strict=False)):
            keyed = octets[start : start + size]
            image = find(keyed)
            if image is not None and (now < image.good_until or renew(image, now)):
                image.hits += 1
                reply(index, image.body)
            else:
                missed.append((index, keyed))
        rest = [index for index, keyed in missed if not self._answer_variant(hits, index, keyed, now)]
        self.received += len(sizes) - len(rest)
        replies = len(batch)
        if replies:
            sent = batch.send()
            self.answered += sent
            self.unsent += replies - sent
        return rest

    def _answer_variant(self, hits: Hits, index: int, keyed: bytes, now: float) -> bool:
        if hits.tells_apart:
            return self._answer_for(hits, index, keyed, now)
        found = hits.look_up_variant(keyed, now)
        if found is None:
            return False
        image, question = found
        self._batch.reply_echoing(index, image.body, question)
        return True

    def _answer_for(self, hits: Hits, index: int, keyed: bytes, now: float) -> bool:
        """Where each client is answered for itself: a cookie of its own, or nothing at all."""
        found = hits.look_up_for(keyed, self._batch.source(index), now)
        if found is None:
            return False
        body, question = found
        if body:
            self._batch.reply_echoing(index, body, question)
        return True

    def _begin_with(self, hits: Hits) -> None:
        """New images, perhaps with another access list: tags are given anew."""
        self._hits = hits
        self._tags.clear()
        tag = hits.tag_for_all(self._address)
        self._uniform = tag is not None and tag >= 0
        if tag is not None and tag >= 0:
            for index in range(BATCH):
                self._batch.tag(index, tag)

    def _tag_each(self, hits: Hits, count: int) -> None:
        """Put the tag of its client in front of each request; what gets no hits is given a tag that no key has."""
        batch, tags = self._batch, self._tags
        for index in range(count):
            source = batch.source(index)
            tag = tags.get(source)
            if tag is None:
                if len(tags) >= _SOURCES_MAX:
                    tags.clear()
                tag = hits.tag_for(batch.peer(index)[0])
                tag = tags[source] = tag if tag >= 0 else _NO_KEY
            batch.tag(index, tag)
