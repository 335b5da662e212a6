# SPDX-License-Identifier: ISC
"""Many datagrams a system call: recvmmsg and sendmmsg on buffers laid out once (Linux and CPython, by ctypes).

Mechanism only: no DNS is known here. The kernel puts the first two octets of a request (its ID) aside and the rest
behind a tag octet of ours, so that tag and rest are one slice: the key of an image. A reply is gathered by the kernel
from where its parts lie: the ID as received, and octets of ours. Nothing is copied on the way.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from typing import Any, Final

BATCH: Final = 64  # datagrams before timers, TCP and upstream replies have their turn
LONGEST: Final = 2048  # no question is longer; what is cut here does not parse
_ADDRESS: Final = 32  # room for a sockaddr_in6
# struct mmsghdr in words of 64 bits (bits/socket.h): name, namelen, iov, iovlen, control, controllen, flags, msg_len.
_WORDS: Final = 8
_NAME, _NAMELEN, _IOV, _IOVLEN, _LENGTH = 0, 1, 2, 3, 7
_PARTS: Final = 4  # of a reply: ID, header, question, the rest
_SEND_IOV: Final = _PARTS * 2
_IN: Final = struct.Struct("!2xH4s8x")
_IN6: Final = struct.Struct("!2xH4x16s")
_LOW: Final = 0xFFFFFFFF
# Where the octets of a bytes object begin: after its header, which `__basicsize__` counts with one octet of content.
_OCTETS: Final = bytes.__basicsize__ - 1


def available() -> bool:
    """Whether this system has both calls, and bytes objects lie in memory as assumed here."""
    libc = ctypes.CDLL(None)
    probe = b"octets of a bytes object"
    wide = ctypes.sizeof(ctypes.c_void_p) == 8
    return (
        wide
        and hasattr(libc, "recvmmsg")
        and hasattr(libc, "sendmmsg")
        and ctypes.string_at(id(probe) + _OCTETS, len(probe)) == probe
    )


class Batch:
    """The buffers of one UDP socket: `receive`, look at each request, `reply` to some, `send`.

    Request `i` is its ID and, at `octets[starts[i]]`, the tag followed by the rest: its size counts the tag too.
    Slicing `octets` gives bytes.
    """

    def __init__(self, sock: socket.socket, tag: int = 0) -> None:
        self._socket = sock
        self._descriptor = sock.fileno()
        self._libc = _library()
        self._address_size = 16 if sock.family == socket.AF_INET else 28
        self.octets: Any = (ctypes.c_char * (BATCH * LONGEST))()
        self.starts = tuple(index * LONGEST for index in range(BATCH))
        self._ids: Any = (ctypes.c_char * (BATCH * 2))()
        self._names: Any = (ctypes.c_char * (BATCH * _ADDRESS))()
        self._rest_at = tuple(ctypes.addressof(self.octets) + start + 1 for start in self.starts)
        self._id_at = tuple(ctypes.addressof(self._ids) + index * 2 for index in range(BATCH))
        self._name_at = tuple(ctypes.addressof(self._names) + index * _ADDRESS for index in range(BATCH))
        self._received, self._received_at = _words(BATCH * _WORDS)
        self._sending, self._sending_at = _words(BATCH * _WORDS)
        self._received_iov, received_iov_at = _words(BATCH * 4)
        self._sending_iov, sending_iov_at = _words(BATCH * _SEND_IOV)
        self._held: list[bytes] = []  # what the kernel reads in `send` must live until then
        for index in range(BATCH):
            self.tag(index, tag)
            self._sending_iov[index * _SEND_IOV + 1] = 2
            self._received_iov[index * 4 : index * 4 + 4] = (
                memoryview((ctypes.c_uint64 * 4)(self._id_at[index], 2, self._rest_at[index], LONGEST - 1))
                .cast("B")
                .cast("Q")
            )
            self._lay_out(self._received, index, received_iov_at + index * 32, 2)
            self._lay_out(self._sending, index, sending_iov_at + index * _SEND_IOV * 8, 2)

    def __len__(self) -> int:
        """How many replies are put in."""
        return len(self._held)

    def _lay_out(self, headers: memoryview, index: int, iov: int, parts: int) -> None:
        word = index * _WORDS
        headers[word + _NAME] = self._name_at[index]
        headers[word + _NAMELEN] = self._address_size
        headers[word + _IOV] = iov
        headers[word + _IOVLEN] = parts

    def tag(self, index: int, value: int) -> None:
        """Set the octet in front of request `index`, now and for later batches."""
        self.octets[index * LONGEST] = value

    def receive(self) -> list[int]:
        """Take what has arrived, at most BATCH; return the size of each request, tag included and ID not.

        What is shorter than a DNS header comes with its true size; nobody need answer it.
        """
        count = int(
            self._libc.recvmmsg(self._descriptor, self._received_at, BATCH, socket.MSG_DONTWAIT, None)
        )
        if count <= 0:
            return []  # nothing there; or the error (ICMP) of an earlier reply, which is nobody's business here
        return [(word & _LOW) - 1 for word in self._received[_LENGTH : count * _WORDS : _WORDS]]

    def request(self, index: int, size: int) -> bytes:
        """Request `index` as it came, `size` as `receive` said."""
        start = self.starts[index]
        if size < 1:
            return bytes(self._ids[index * 2 : index * 2 + size + 1])
        return bytes(self._ids[index * 2 : index * 2 + 2] + self.octets[start + 1 : start + size])

    def peer(self, index: int) -> tuple[str, int]:
        """Address and port that request `index` came from."""
        raw = self._names[index * _ADDRESS : index * _ADDRESS + self._address_size]
        if self._address_size == 16:
            port, address = _IN.unpack(raw)
            return socket.inet_ntop(socket.AF_INET, address), port
        port, address = _IN6.unpack_from(raw)
        return socket.inet_ntop(socket.AF_INET6, address), port

    def source(self, index: int) -> bytes:
        """The octets of the address that request `index` came from, without its port: a key cheaper than text."""
        start = index * _ADDRESS + (4 if self._address_size == 16 else 8)
        return bytes(self._names[start : start + (4 if self._address_size == 16 else 16)])

    def reply(self, index: int, body: bytes) -> None:
        """Put a reply to request `index` into the next `send`: its ID, then `body`."""
        held = self._held
        place = len(held)
        held.append(body)
        words, at = self._sending_iov, place * _SEND_IOV
        words[at] = self._id_at[index]
        words[at + 2] = id(body) + _OCTETS
        words[at + 3] = len(body)
        if place != index:
            self._sending[place * _WORDS] = self._name_at[index]

    def reply_echoing(self, index: int, body: bytes, question: int) -> None:
        """The same, but with the `question` octets behind the header as the request spells them."""
        self.reply(index, body)
        place = len(self._held) - 1
        words, at = self._sending_iov, place * _SEND_IOV
        words[at + 3] = 10
        words[at + 4] = self._rest_at[index] + 10
        words[at + 5] = question
        words[at + 6] = id(body) + _OCTETS + 10 + question
        words[at + 7] = len(body) - 10 - question
        self._sending[place * _WORDS + _IOVLEN] = _PARTS

    def send(self) -> int:
        """Send all replies put in; return how many the kernel took. What it has no room for is dropped."""
        count = len(self._held)
        sent = done = 0
        while done < count:
            at = self._sending_at + done * _WORDS * 8
            taken = int(self._libc.sendmmsg(self._descriptor, at, count - done, socket.MSG_DONTWAIT))
            if taken > 0:
                sent += taken
                done += taken
            elif ctypes.get_errno() in (errno.EAGAIN, errno.ENOBUFS):
                break
            else:
                done += 1  # this one has no way back to its client; the others have
        self._restore(count)
        return sent

    def _restore(self, count: int) -> None:
        """Headers point at their own names again, and replies have two parts."""
        self._held.clear()
        for place in range(count):
            self._sending[place * _WORDS] = self._name_at[place]
            self._sending[place * _WORDS + _IOVLEN] = 2


def _library() -> ctypes.CDLL:
    """The C library with the two calls declared; addresses go in as integers."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.recvmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
    libc.sendmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
    return libc


def _words(count: int) -> tuple[memoryview, int]:
    """Memory for `count` words of 64 bits, as a view that keeps it, and its address."""
    memory = (ctypes.c_uint64 * count)()
    return memoryview(memory).cast("B").cast("Q"), ctypes.addressof(memory)
