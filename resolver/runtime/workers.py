# SPDX-License-Identifier: ISC
"""Processes beside our own: how one is begun and ended, and the channel over which it is spoken to.

What is said over a channel, and when a process is begun again, is not known here. A process is begun anew (fork and
exec), never forked from a running loop: it shares no lock, no socket and no entropy with anybody.

    supervisor ◄── socketpair: 4 octets of length, that many octets of JSON ──► worker
                   the end of the stream is the end of the process
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal

from resolver.errors import ResolverError

FRAME_MAX: Final = 64 << 20  # octets; ten thousand entries of `cache show` are six million
_LENGTH_OCTETS: Final = 4
_REAP_S: Final = 1.0  # a process whose sockets are closed is gone, or a KILL away from it
_CPU_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
# The child's modules come from where ours did, and from nowhere else: `-P` keeps the current directory out.
_BEGIN: Final = (
    "import importlib, json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "importlib.import_module(sys.argv[2]).main()"
)

# What a service manager may send to every process of a service: it is the supervisor's business.
_IGNORED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


def count_of(workers: int | Literal["auto"], quota: Path = _CPU_QUOTA) -> int:
    """How many processes `server.workers` asks for: as it says, or one for each processor that we may use.

    A container may be allowed less than the processors it sees: `quota` is its "MICROSECONDS PERIOD" (cgroup v2).
    """
    if workers != "auto":
        return workers
    processors = len(os.sched_getaffinity(0))
    try:
        allowed, period = map(int, quota.read_text("ascii").split())
    except (OSError, ValueError):  # another system, or "max"
        return processors
    return max(1, min(processors, -(-allowed // max(1, period))))


class ChannelError(ResolverError):
    """The other end wrote what is no frame: a bug, or a process that is not ours."""


class Channel:
    """Whole messages, both ways, in order. One reader at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, sock: socket.socket) -> Channel:
        """Return the channel over one end of a socketpair, which it owns from now on."""
        return cls(*await asyncio.open_unix_connection(sock=sock))

    def send(self, message: bytes) -> None:
        """Send one message. To an end that is gone it is lost: `receive` tells that it is."""
        if not self._writer.is_closing():
            self._writer.write(len(message).to_bytes(_LENGTH_OCTETS, "big") + message)

    async def receive(self) -> bytes | None:
        """Return the next message, None when the other end is gone. Raises ChannelError on what is no frame."""
        try:
            length = int.from_bytes(await self._reader.readexactly(_LENGTH_OCTETS), "big")
            if length > FRAME_MAX:
                raise ChannelError(
                    f"a frame of {length} octets came over a channel between our own processes"
                )
            return await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def close(self) -> None:
        """Let the other end know that we are gone."""
        self._writer.close()


class WorkerProcess:
    """One process, and our end of its channel."""

    def __init__(self, process: subprocess.Popen[bytes], channel: Channel) -> None:
        self._process = process
        self.channel = channel

    @classmethod
    async def begin(cls, module: str, loop: str = "auto") -> WorkerProcess:
        """Begin a process that calls `main` of `module`, and return it.

        `own_end` there is the channel's other end, and `own_loop` is `loop`, which it needs before it hears anything.

        It inherits stderr and the environment, nothing else. Raises OSError when the system has no room for it.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                process = _spawn(module, loop, theirs.fileno())
            except OSError:
                ours.close()
                raise
        return cls(process, await Channel.over(ours))

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()

    async def ended(self) -> int:
        """Wait for the end of a process whose channel has ended; its exit code, negative for a signal."""
        try:
            return await asyncio.to_thread(self._process.wait, _REAP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return await asyncio.to_thread(self._process.wait)
        finally:
            self.channel.close()


def _spawn(module: str, loop: str, descriptor: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _BEGIN, json.dumps(sys.path), module, loop, str(descriptor)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        process_group=0,  # Ctrl-C in a terminal is for the supervisor
    )


def leave_signals_to_the_supervisor() -> None:
    """Make this process deaf to what a service manager sends to all."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)


def own_loop() -> str:
    """Return which loop this process is to run, as `WorkerProcess.begin` was told."""
    return sys.argv[-2]


def own_end() -> socket.socket:
    """Return this process's end of the channel, as `WorkerProcess.begin` named it. Raises ResolverError elsewhere."""
    try:
        return socket.socket(fileno=int(sys.argv[-1]))
    except (ValueError, OSError):
        raise ResolverError("this module is begun by the supervisor alone - run `resolver serve`") from None
