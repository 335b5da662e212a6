# SPDX-License-Identifier: ISC
"""What an operator touches: where hints come from, where servers are said to be, what the process says of itself."""

from __future__ import annotations

import asyncio
import socket

from resolver.engine.ports import Server
from resolver.front import Front
from resolver.settings.hints import read_hints
from resolver.settings.load import load
from resolver.wire import to_text
from tests.supervisor.acting import Said


def front(*flags):
    configuration = load(flags=flags).configuration
    return Front(configuration, Said(), None), configuration


def test_hints_are_the_file_s_name_by_address():
    here, configuration = front()
    assert here.hints(configuration) == [
        (server.name, address) for server in read_hints() for address in server.addresses
    ]


def test_in_a_lab_hints_and_places_are_the_lab_s_beside_those_configured():
    with socket.socket() as probe:
        probe.bind(("127.53.0.1", 0))
        port = probe.getsockname()[1]
    here, configuration = front(
        "lab.internet=tiny", f"lab.port={port}", "lab.map={'198.51.100.77'='127.0.0.9#5'}"
    )

    async def story():
        await here.start_lab()
        try:
            assert {to_text(name) for name, _ in here.hints(configuration)} != set()
            assert here.places()["198.51.100.77"] == Server("127.0.0.9", 5)
            assert all(place.port == port for place in here.places().values() if place.port != 5)
            assert {address for _, address in here.hints(configuration)} <= set(here.places())
            assert list(here.banner([], "x"))[-1].startswith("  lab tiny: ")
        finally:
            await here.close()

    asyncio.run(story())


def test_without_http_it_says_so():
    here, configuration = front("http.listen=")
    lines = list(here.banner([Server("127.0.0.1", 53), Server("::1", 53)], "2 workers"))
    assert lines[0].endswith(" on 127.0.0.1:53, [::1]:53 (UDP and TCP)")
    assert lines[1].endswith("2 workers · http off")
    assert here.view(configuration, [], pid=7, is_ready=False)["http"] == ""


def test_ready_is_a_sample():
    here, _ = front()
    samples = {sample.metric: sample.value for sample in here.samples(is_ready=True)}
    assert (samples["ready"], samples["build_info"]) == (1, 1)
