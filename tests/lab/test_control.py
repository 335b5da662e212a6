# SPDX-License-Identifier: ISC
"""What `resolver lab …` asks, and what it is told: plain dicts that JSON can carry."""

from __future__ import annotations

import json
import random

import pytest

from resolver.engine.ports import Server, Transport
from resolver.lab.control import LabControl, LabError
from resolver.lab.internet import Internet, NoSuchServer, NoSuchZone
from resolver.lab.world_file import read
from resolver.lab.zones import ZoneError
from tests.lab.asking import ask_server


@pytest.fixture
def net() -> Internet:
    return Internet.load("tiny")


@pytest.fixture
def control(net: Internet) -> LabControl:
    return LabControl(net, {"203.0.113.1": Server("127.53.0.9", 5399)})


def test_status_is_json(control: LabControl) -> None:
    status = json.loads(json.dumps(control.status()))
    server = next(server for server in status["servers"] if server["name"] == "ns.host.net0.")
    assert server == {
        "name": "ns.host.net0.",
        "addresses": ["203.0.113.1"],
        "endpoints": ["127.53.0.9#5399"],
        "latency_ms": 20.0,
        "jitter_ms": 0.0,
        "loss_pct": 0.0,
        "outage": False,
        "behaviours": [],
        "cookies": "off",
        "zones": 3,
        "queries": 0,
    }
    assert status["zones"] == 7
    assert control.map() == {"map": {"203.0.113.1": "127.53.0.9#5399"}}


def test_zones_are_listed_with_their_servers(control: LabControl) -> None:
    listed = {zone["name"]: zone for zone in json.loads(json.dumps(control.zones()))["zones"]}
    assert listed["birch.shop0."]["servers"] == ["ns.host.net0."]
    assert listed["cedar.shop0."]["signed"]
    assert not listed["alder.shop0."]["signed"]
    assert listed["birch.shop0."]["records"] == 4


def test_an_outage_goes_on_and_off(control: LabControl, net: Internet) -> None:
    assert control.outage("ns.host.net0.", True)["outage"]
    assert ask_server(net, "203.0.113.1", "www.host.net0.", 1) is None
    assert not control.outage("203.0.113.1", False)["outage"]
    assert ask_server(net, "203.0.113.1", "www.host.net0.", 1) is not None


def test_latency_and_loss_take_effect(control: LabControl, net: Internet) -> None:
    assert control.latency("ns.host.net0.", 250)["latency_ms"] == 250
    assert net.host("ns.host.net0.").latency_s == 0.25
    assert control.loss("ns.host.net0.", 100)["loss_pct"] == 100
    assert net.deliver(Server("203.0.113.1"), Transport.UDP, b"", 0, 0) == ()


def test_set_changes_a_record_and_raises_the_serial(control: LabControl, net: Internet) -> None:
    told = control.set("www.birch.shop0.", "A", 7, "198.18.9.1", "198.18.9.2")
    assert told == {
        "zone": "birch.shop0.",
        "serial": 2,
        "name": "www.birch.shop0.",
        "type": "A",
        "records": 2,
    }
    got = ask_server(net, "203.0.113.1", "www.birch.shop0.", 1)
    assert got is not None
    assert [(record.ttl, record.rdata[2:]) for record in got.answer] == [(7, b"\x09\x01"), (7, b"\x09\x02")]


def test_set_without_rdata_removes(control: LabControl, net: Internet) -> None:
    control.set("www.birch.shop0.", "A", 0)
    got = ask_server(net, "203.0.113.1", "www.birch.shop0.", 1)
    assert got is not None
    assert not got.answer


def test_bad_requests_are_one_line_and_change_nothing(control: LabControl, net: Internet) -> None:
    before = (net.zones(), control.status())
    with pytest.raises(NoSuchServer, match="no server 'x'"):
        control.outage("x")
    with pytest.raises(LabError, match="milliseconds"):
        control.latency("ns.host.net0.", -1)
    with pytest.raises(LabError, match="percentage"):
        control.loss("ns.host.net0.", float("nan"))
    with pytest.raises(LabError, match="TTL"):
        control.set("www.birch.shop0.", "A", -1, "198.18.9.1")
    with pytest.raises(NoSuchZone):
        LabControl(Internet(read({}), random.Random(0))).set("a0.", "A", 1)
    with pytest.raises(ZoneError):
        control.set("www.birch.shop0.", "A", 1, "not-an-address")
    assert (net.zones(), control.status()) == before


def test_status_plays_the_script_up_to_now() -> None:
    world = {
        "server": [{"name": "ns.a0.", "addresses": ["192.0.2.1"]}],
        "change": [{"at": 5, "outage": ["ns.a0."]}],
    }
    now = [4.0]
    control = LabControl(Internet(read(world), random.Random(0)), ticks=lambda: now[0])
    assert not control.status()["servers"][0]["outage"]
    now[0] = 5.0
    assert control.status()["servers"][0]["outage"]
