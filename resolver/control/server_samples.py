# SPDX-License-Identifier: ISC
"""What the servers counted at their sockets, as samples of the catalogue. Reads their numbers alone.

Telemetry stands beside the runtime and may not know it; this room stands above both.
"""

from __future__ import annotations

from collections.abc import Iterator

from resolver.runtime.server import DnsServer
from resolver.telemetry.counters import Sample


def server_samples(server: DnsServer) -> Iterator[Sample]:
    """Datagrams the kernel would not take or did not keep for us, connections open, turned away and cut off."""
    yield Sample("dns_requests_dropped_total", ("unsent",), sum(udp.unsent for udp in server.udp))
    yield Sample("dns_requests_dropped_total", ("unread",), sum(udp.overflowed for udp in server.udp))
    tcp = server.tcp
    if tcp is not None:
        yield Sample("tcp_connections", (), len(tcp.connections))
        yield Sample("tcp_connections_closed_total", ("refused",), tcp.refused)
        yield Sample("tcp_connections_closed_total", ("cut",), tcp.cut)
