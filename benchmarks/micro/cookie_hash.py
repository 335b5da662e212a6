# SPDX-License-Identifier: ISC
"""What the keyed hash of a client's cookie costs, by candidate, and all of a cookie's check: least of many turns.

    python -m benchmarks.micro.cookie_hash [--turns 60]

20 octets go in (cookie, version, time, IPv4 address), 8 come out. The candidates take turns, so that noise is noise
to each of them. Only SipHash-2-4 is what RFC 9018 asks for.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import os
import time
from collections.abc import Callable

from siphash24 import siphash24

from resolver.service.cookies import DailySecrets, ServerCookies

_CALLS = 2000


def candidates() -> dict[str, Callable[[], object]]:
    """What is measured, by name."""
    key, long_key, data = os.urandom(16), os.urandom(32), os.urandom(20)
    prekeyed = hashlib.blake2s(key=long_key, digest_size=8)

    def copied() -> bytes:
        hasher = prekeyed.copy()
        hasher.update(data)
        return hasher.digest()

    cookies, address, now = ServerCookies(DailySecrets(long_key)), data[16:], time.time()
    good = cookies.judge(data[:8], address, now).cookie
    return {
        "siphash24.siphash24": lambda: siphash24(data, key=key).digest(),
        "hashlib.blake2s, keyed once and copied": copied,
        "hashlib.blake2s(key=...)": lambda: hashlib.blake2s(data, key=long_key, digest_size=8).digest(),
        "hmac.digest, SHA-256": lambda: hmac.digest(key, data, "sha256")[:8],
        "a new cookie made": lambda: cookies.judge(data[:8], address, now),
        "a good cookie checked": lambda: cookies.judge(good, address, now),
        "a bad cookie checked, a new one made": lambda: cookies.judge(good, b"else", now),
    }


def main() -> None:
    """Print microseconds a call."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=60)
    turns = parser.parse_args().turns
    measured = candidates()
    least = dict.fromkeys(measured, 1e9)
    for _ in range(turns):
        for name, call in measured.items():
            begin = time.thread_time()
            for _ in range(_CALLS):
                call()
            least[name] = min(least[name], (time.thread_time() - begin) / _CALLS * 1e6)
    for name, cost in least.items():
        print(f"{cost:6.2f} us  {name}")


if __name__ == "__main__":
    main()
