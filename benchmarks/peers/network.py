# SPDX-License-Identifier: ISC
"""A network namespace of the run's own: nobody else's traffic, port 53 without root, and two runs do not meet.

Only starts this program anew inside one. Where the system does not allow it, the run goes on in the network it is in.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence

_MARK = "PEERS_NETWORK"
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1  # netdevice(7)


def enter(words: Sequence[str]) -> bool:
    """Start `python -m benchmarks.peers` with these words in a namespace and never return; True once inside one."""
    if os.environ.pop(_MARK, "") == "own":
        _loopback_up()
        return True
    namespace = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    try:
        possible = subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        possible = False
    if not possible:
        print("no network namespace to be had: running in the network as it is", file=sys.stderr)
        return False
    command = [*namespace, sys.executable, "-m", "benchmarks.peers", *words]
    os.execvpe(command[0], command, {**os.environ, _MARK: "own"})


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
        flags = struct.unpack_from("h", answer, 16)[0] | _IFF_UP
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags))
