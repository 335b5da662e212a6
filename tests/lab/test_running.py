# SPDX-License-Identifier: ISC
"""An internet up on loopback as one object: what a resolver and a person need of it."""

from __future__ import annotations

import asyncio

import dns.asyncquery
import dns.message
import pytest

from resolver.lab.running import RunningLab
from resolver.lab.settings import LabSettings
from resolver.lab.world_file import WorldFileError
from tests.ports import free_port


def test_it_answers_where_its_map_says() -> None:
    async def run() -> None:
        lab = RunningLab(LabSettings(internet="tiny", port=free_port()))
        name, address = lab.hints()[0]
        assert name == "a.root-servers.net0."
        await lab.start()
        at = lab.map[address]
        got = await dns.asyncquery.udp(dns.message.make_query(".", "NS"), at.address, 5.0, at.port)
        assert len(got.answer[0]) == 2
        assert lab.control.status()["servers"][0]["queries"] == 1
        assert lab.control.map()["map"][address] == f"{at.address}#{at.port}"
        await lab.close()

    asyncio.run(run())


def test_without_a_name_it_is_the_default() -> None:
    assert len(RunningLab(LabSettings()).internet.zones()) >= 200


def test_an_unknown_internet_is_one_line() -> None:
    with pytest.raises(WorldFileError, match="no lab internet is called"):
        RunningLab(LabSettings(internet="nowhere"))
