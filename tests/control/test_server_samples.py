# SPDX-License-Identifier: ISC
"""Numbers from the sockets: each fits the catalogue, before and after the servers have started."""

from __future__ import annotations

from types import SimpleNamespace

from resolver.control.server_samples import server_samples
from resolver.telemetry.catalogue import BY_NAME


def test_udp_is_added_up_over_the_sockets_and_tcp_is_one():
    udp = [SimpleNamespace(unsent=2, overflowed=10), SimpleNamespace(unsent=3, overflowed=20)]
    tcp = SimpleNamespace(connections={1, 2}, refused=4, cut=5)
    samples = list(server_samples(SimpleNamespace(udp=udp, tcp=tcp)))
    assert [(s.labels, s.value) for s in samples] == [
        (("unsent",), 5),
        (("unread",), 30),
        ((), 2),
        (("refused",), 4),
        (("cut",), 5),
    ]
    assert all(len(BY_NAME[s.metric].labels) == len(s.labels) for s in samples)


def test_before_the_start_there_is_no_tcp():
    assert [s.value for s in server_samples(SimpleNamespace(udp=[], tcp=None))] == [0, 0]
