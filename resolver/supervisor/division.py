# SPDX-License-Identifier: ISC
"""What each of several workers may hold, so that together they hold what the configuration says. Pure.

Bounds on one question or one connection (`limits.*`, timeouts, `server.tcp.in_flight`) are the same for each worker;
those on a whole process are divided. Why each of them: docs/decisions/0009-workers.md.
"""

from __future__ import annotations

from typing import Final

import msgspec

from resolver.settings.model import Configuration
from resolver.units import Bytes

CACHE_LEAST: Final = 1 << 20  # the lower bound of `cache.size`
SHADOWS_LEAST: Final = 1 << 16  # and of `policy.shadow_size`

# The keys that are divided. Sizes are rounded down, counts are rounded up: none may become zero.
DIVIDED: Final = (
    "cache.size",
    "policy.shadow_size",
    "server.tcp.connections",
    "server.tcp.per_client",
    "admission.fetches",
    "admission.waiters_per_fetch",
    "admission.fetches_per_zone",
    "admission.fetches_per_server",
    "admission.waiting_per_client",
    "admission.responses_per_second",
    "admission.responses_per_network",
)


def divided(configuration: Configuration, workers: int) -> Configuration:
    """Return what one of `workers` is configured with."""

    def part(number: int) -> int:
        return -(-number // workers)

    def promised(rate: int) -> int:
        """Rounded down: no network gets more than the rate (SECURITY.md), but for a rate below one a worker."""
        return max(min(rate, 1), rate // workers)

    policy = configuration.policy
    server, tcp, admission = configuration.server, configuration.server.tcp, configuration.admission
    return msgspec.structs.replace(
        configuration,
        cache=msgspec.structs.replace(
            configuration.cache, size=Bytes(max(CACHE_LEAST, configuration.cache.size // workers))
        ),
        policy=msgspec.structs.replace(
            policy, shadow_size=Bytes(max(SHADOWS_LEAST, policy.shadow_size // workers))
        ),
        server=msgspec.structs.replace(
            server,
            tcp=msgspec.structs.replace(
                tcp, connections=part(tcp.connections), per_client=part(tcp.per_client)
            ),
        ),
        admission=msgspec.structs.replace(
            admission,
            fetches=part(admission.fetches),
            waiters_per_fetch=part(admission.waiters_per_fetch),
            fetches_per_zone=part(admission.fetches_per_zone),
            fetches_per_server=part(admission.fetches_per_server),
            waiting_per_client=part(admission.waiting_per_client),
            responses_per_second=promised(admission.responses_per_second),
            responses_per_network=promised(admission.responses_per_network),
        ),
    )
