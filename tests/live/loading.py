# SPDX-License-Identifier: ISC
"""A small load generator: many clients on loopback, each with a port of its own and one question at a time.

It only asks and counts; what is enough is for the tests to judge.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import Counter
from types import TracebackType

from tests.live.asking import question

PATIENCE_S = 1.0  # a client that hears nothing for so long counts a loss and asks anew


class Load:
    """Load in a thread of its own, between `with` and its end. `answered`, `lost` and `wrong` grow meanwhile."""

    def __init__(self, port: int, names: list[str], *, clients: int = 64, per_second: int = 1500) -> None:
        self.answered = 0
        self.losses: Counter[socket.socket] = Counter()  # by client
        self.wrong = 0
        self._questions = [question(name) for name in names]
        self._pause = clients / per_second
        self._sockets = [_client(port) for _ in range(clients)]
        self._asked_at: dict[socket.socket, float] = {}
        self._asked = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def lost(self) -> int:
        """Questions that nobody answered in time."""
        return self.losses.total()

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        for sock in self._sockets:
            sock.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for sock in self._sockets:
                selector.register(sock, selectors.EVENT_READ)
            while not self._end.is_set():
                for key, _ in selector.select(self._pause / 4):
                    assert isinstance(key.fileobj, socket.socket)
                    self._hear(key.fileobj)
                self._ask_again()

    def _hear(self, sock: socket.socket) -> None:
        try:
            response = sock.recv(65535)
        except OSError:  # port unreachable: nobody listened when the question came; it counts as lost in time
            return
        if self._asked_at.get(sock, 0.0) > 0.0:
            self._asked_at[sock] = -time.monotonic()
            self.answered += 1
            self.wrong += response[3] & 0x0F != 0

    def _ask_again(self) -> None:
        """Whoever was answered asks again after a pause, whoever was not after `PATIENCE_S`."""
        now = time.monotonic()
        for sock in self._sockets:
            at = self._asked_at.get(sock, 0.0)
            if now - abs(at) < (PATIENCE_S if at > 0 else self._pause):
                continue
            if at > 0:
                self.losses[sock] += 1
            self._asked += 1
            self._asked_at[sock] = now
            try:
                sock.send(self._questions[self._asked % len(self._questions)])
            except ConnectionRefusedError:  # what an earlier question met; this one was not sent
                self._asked_at[sock] = -now


def _client(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.connect(("127.0.0.1", port))
    return sock
