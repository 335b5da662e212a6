# SPDX-License-Identifier: ISC
"""What shadows cost a hit: the same hits with three candidates and without, turn and turn about in one process.

    python -m benchmarks.micro.shadows [--names 2000] [--seconds 40] [--sample 0.0625]

Two loads in virtual time: every name once a second, so that each hit finds an image whose second is over (the worst);
and by Zipf's law at 50 questions a second and name. What is timed is the loop of `runtime.udp_batch` without sockets;
what the kernel and the sockets' calls take besides is measured by `benchmarks.micro.hit` and given as `--besides`.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Sequence

from benchmarks.micro.miss import Authority
from resolver.cache import CacheSettings, build, build_images
from resolver.composition import make_service
from resolver.engine.limits import UpstreamSettings
from resolver.events import nobody
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy.settings import PolicySettings
from resolver.service import Client, Service
from resolver.settings.model import Configuration
from resolver.wire import compose_query, from_text

CANDIDATES = ("bind", "rfc", "browser")
_LOOPBACK = Client("127.0.0.1", 1)
_ROUNDS = 7


class Load:
    """A service that has images of all names; `requests` are keyed as the batch server keys them."""

    def __init__(self, names: int, sample: float, shadows: Sequence[str]) -> None:
        self.world = VirtualWorld(Authority(), seed=1)
        policy = PolicySettings(shadow=tuple(shadows), shadow_sample=sample)
        configuration = Configuration(upstream=UpstreamSettings(priming=False), policy=policy)
        caches = build(CacheSettings(), nobody)
        images = build_images(CacheSettings(), caches.records)
        hints = [(from_text("a.root-servers.net0."), "192.0.2.1")]
        self.service: Service
        self.service, _ = make_service(configuration, self.world, caches, images, hints, nobody)
        tag = bytes((self.service.fast.tag_for("127.0.0.1"),))
        self.requests = []
        for number in range(names):
            request = compose_query(from_text(f"h{number}.zone.example.net0."), 1, id=0, rd=True)
            self.requests.append(tag + request[2:])
            for _ in range(2):
                given = self.service.handle(request, _LOOPBACK, self.world.now())
                if given is not None and not isinstance(given, bytes):
                    self.world.run(given)

    def run(self, order: Sequence[bytes], seconds: int) -> float:
        """CPU seconds for `seconds` times all of `order`, each within one second of virtual time."""
        fast = self.service.fast
        find, renew = fast.table.get, fast.renew
        spent = 0.0
        for _ in range(seconds):
            self.world.advance(1.0)
            now = self.world.now()
            began = time.thread_time()
            for keyed in order:
                image = find(keyed)
                if image is not None and (now < image.good_until or renew(image, now)):
                    image.hits += 1
            spent += time.thread_time() - began
        return spent


def compare(loads: Sequence[Load], pick: Sequence[int], seconds: int) -> tuple[float, float]:
    """Microseconds a hit without shadows, and how many more with them: medians of pairs."""
    plain, more = [], []
    for _ in range(_ROUNDS):
        spent = [load.run([load.requests[n] for n in pick], seconds) for load in loads]
        hits = len(pick) * seconds
        plain.append(spent[0] / hits * 1e6)
        more.append((spent[1] - spent[0]) / hits * 1e6)
    return statistics.median(plain), statistics.median(more)


def main() -> None:
    """Print both loads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--sample", type=float, default=0.0625)
    parser.add_argument("--besides", type=float, default=2.0, help="microseconds of kernel and sockets a hit")
    options = parser.parse_args()
    loads = [Load(options.names, options.sample, shadows) for shadows in ((), CANDIDATES)]
    once = list(range(options.names))
    rng = random.Random(1)
    weights = [(rank + 1) ** -0.9 for rank in once]
    zipf = rng.choices(once, weights, k=50 * options.names)
    for what, pick, seconds in (
        ("each name once a second", once, options.seconds),
        ("Zipf 0.9, 50 a name", zipf, max(1, options.seconds // 20)),
    ):
        plain, more = compare(loads, pick, seconds)
        share = 100 * more / (plain + options.besides)
        print(f"{what}: {plain:.3f} us a hit in our loop, {more:+.3f} with shadows: {share:+.1f} % of a hit")


if __name__ == "__main__":
    main()
