# SPDX-License-Identifier: ISC
"""Ports for servers that want theirs told. Nothing is held open: whoever asks binds it soon."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_LOWEST: Final = 10_000
_DRAWN_BY_KERNEL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_draw: Final = random.SystemRandom()  # tests that seed the common generator would all get the same


def free_port(addresses: Sequence[str] = ("127.0.0.1",)) -> int:
    """A port that nobody uses on any of the addresses, over UDP and TCP.

    It lies below those that the kernel gives to sockets which name none: any of these may be taken by a query of some
    other test before its server has begun.
    """
    below = int(_DRAWN_BY_KERNEL.read_text("ascii").split()[0]) if _DRAWN_BY_KERNEL.exists() else 32_768
    for _ in range(100):
        port = _draw.randrange(_LOWEST, max(below, _LOWEST + 1000))
        if all(_is_free(address, port) for address in addresses):
            return port
    raise AssertionError("no port is free")


def _is_free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
