# SPDX-License-Identifier: ISC
"""What the processes of `test_workers` run: says what it is told, shows what it has, or goes on without its channel."""

from __future__ import annotations

import os
import sys
import time

from resolver.runtime.workers import own_end


def main() -> None:
    channel = own_end()
    while length := channel.recv(4):
        told = channel.recv(int.from_bytes(length, "big"))
        if told == b"deaf":
            channel.close()
            time.sleep(600)
        answer = {b"files": _files, b"path": lambda: "\n".join(sys.path)}.get(told, told.decode)()
        channel.sendall(len(answer.encode()).to_bytes(4, "big") + answer.encode())


def _files() -> str:
    names = []
    for number in os.listdir("/proc/self/fd"):
        try:
            names.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:  # the folder itself, closed by now
            continue
    return " ".join(names).replace(" (deleted)", "")
