# SPDX-License-Identifier: ISC
"""The network between us and the servers: delays, loss, outages, script; and the internets that are shipped."""

from __future__ import annotations

import random
from typing import Any

import pytest

from resolver.engine.ports import Server, Transport
from resolver.lab.internet import TCP_RETRANSMIT_S, Internet, NoSuchServer, NoSuchZone
from resolver.lab.network import Delivery, Network
from resolver.lab.world_file import WorldFileError, load, read
from resolver.wire import ROOT, Message, Rcode, RRset, Rtype, from_text, parse, to_text
from resolver.wire.codes import type_from_text
from resolver.wire.records import first_name
from tests.lab.asking import request, walk

NS = Server("192.0.2.1")
WIRE = request("www.a0.")


def internet(
    *, seed: int = 0, start_tick: float = 0.0, change: tuple[dict[str, Any], ...] = (), **server: Any
) -> Internet:
    world = {
        "server": [{"name": "ns.a0.", "addresses": ["192.0.2.1"], "latency": "10ms", **server}],
        "zone": [{"name": "a0.", "servers": ["ns.a0."], "text": "www 60 A 198.18.0.1"}],
        "change": list(change),
    }
    return Internet(read(world), random.Random(seed), start_tick=start_tick)


def send(
    net: Network, transport: Transport = Transport.UDP, tick: float = 0.0, to: Server = NS
) -> list[Delivery]:
    return list(net.deliver(to, transport, WIRE, tick, tick))


def reply(net: Network, tick: float = 0.0) -> Message:
    (delivery,) = send(net, tick=tick)
    assert delivery.data is not None
    return parse(delivery.data)


class TestDelivery:
    def test_one_round_trip_over_udp_two_over_tcp(self) -> None:
        net = internet()
        assert [d.delay_s for d in send(net)] == [0.01]
        assert [d.delay_s for d in send(net, Transport.TCP)] == [0.02]

    def test_jitter_is_added_and_drawn_from_the_seed(self) -> None:
        draws = [
            [send(net)[0].delay_s for _ in range(20)]
            for net in (internet(seed=s, jitter="5ms") for s in (1, 1, 2))
        ]
        assert draws[0] == draws[1] != draws[2]
        assert min(draws[0]) >= 0.01
        assert len(set(draws[0])) == 20

    def test_loss_is_a_share_over_udp_and_a_delay_over_tcp(self) -> None:
        net = internet(loss=25)
        arrived = sum(bool(send(net)) for _ in range(2000))
        assert 1400 < arrived < 1600
        delays = {round(send(net, Transport.TCP)[0].delay_s, 6) for _ in range(50)}
        assert delays == {0.02, 0.02 + TCP_RETRANSMIT_S}

    def test_all_lost_is_silence(self) -> None:
        assert send(internet(loss=100)) == []

    def test_no_server_is_silence(self) -> None:
        assert send(internet(), to=Server("192.0.2.77")) == []

    def test_the_port_does_not_matter(self) -> None:
        assert send(internet(), to=Server("192.0.2.1", 5353))

    @pytest.mark.parametrize("transport", list(Transport))
    def test_dead_is_silence_and_unreachable_is_refusal(self, transport: Transport) -> None:
        assert send(internet(behaviours=["dead"]), transport) == []
        assert send(internet(behaviours=["unreachable"]), transport) == [Delivery(0.01, None)]

    def test_no_tcp_refuses_connections_alone(self) -> None:
        net = internet(behaviours=["no-tcp"])
        assert send(net, Transport.TCP) == [Delivery(0.01, None)]
        assert reply(net).answer
        assert net.closed() == {("192.0.2.1", Transport.TCP)}

    @pytest.mark.parametrize("data", [b"", b"\x00" * 5, bytes(2) + b"\x80" + bytes(9)])
    def test_rubbish_is_silence(self, data: bytes) -> None:
        assert internet().deliver(NS, Transport.UDP, data, 0, 0) == ()


class TestScript:
    CHANGE = (
        {"at": 60, "set": [{"name": "www.a0.", "type": "A", "ttl": 5, "rdata": ["198.18.0.2"]}]},
        {"at": 100, "outage": ["192.0.2.1"]},
        {"at": 160, "restore": ["ns.a0."]},
    )

    def test_records_change_at_their_second(self) -> None:
        net = internet(change=self.CHANGE)
        assert reply(net, 59.9).answer[0].rdata == b"\xc6\x12\x00\x01"
        changed = reply(net, 60.0).answer[0]
        assert (changed.rdata, changed.ttl) == (b"\xc6\x12\x00\x02", 5)
        assert net.changes_left == 2

    def test_an_outage_begins_and_ends(self) -> None:
        net = internet(change=self.CHANGE)
        assert send(net, tick=100) == []
        assert send(net, tick=160)

    def test_seconds_count_from_the_start(self) -> None:
        net = internet(change=self.CHANGE, start_tick=1000.0)
        assert reply(net, 1059.0).answer[0].rdata == b"\xc6\x12\x00\x01"
        assert reply(net, 1060.0).answer[0].rdata == b"\xc6\x12\x00\x02"

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"at": 1, "outage": ["ns.b0."]}, "no server 'ns.b0.'"),
            ({"at": 1, "set": [{"name": "www.b0.", "type": "A", "rdata": ["192.0.2.1"]}]}, "in no zone"),
            (
                {"at": 1, "set": [{"name": "www.a0.", "type": "CNAME", "rdata": ["x.a0."]}]},
                "CNAME and other data",
            ),
            ({"at": 1, "set": [{"name": "a0.", "type": "SOA"}]}, "no SOA"),
            ({"at": 1, "set": [{"name": "www.a0.", "type": "A", "rdata": ["x"]}]}, "A x"),
        ],
    )
    def test_a_script_that_would_fail_is_refused_at_load(self, change: dict[str, Any], why: str) -> None:
        with pytest.raises(WorldFileError, match=f"change: .*{why}"):
            internet(change=(change,))


class TestByHand:
    def test_a_set_reaches_every_server_of_the_zone_at_once(self) -> None:
        net = internet()
        net.set(RRset(from_text("new.a0."), 1, 1, 5, (bytes(4),)))
        assert net.hosts()[0].zones[from_text("a0.")] is net.zones()[0]
        assert net.zones()[0].find(from_text("new.a0."), 1)

    def test_a_server_is_known_by_name_and_address(self) -> None:
        net = internet()
        assert net.host("NS.a0") is net.host("192.0.2.1")
        for unknown in ("ns.b0.", "192.0.2.2", "", "a..b"):
            with pytest.raises(NoSuchServer):
                net.host(unknown)

    def test_a_name_in_no_zone_is_refused(self) -> None:
        with pytest.raises(NoSuchZone):
            internet().set(RRset(from_text("b0."), 1, 1, 5, (bytes(4),)))


TINY = [
    ("www.alder.shop0.", "A", ["www.alder.shop0. CNAME", "alder.shop0. A"]),
    ("www.birch.shop0.", "A", ["www.birch.shop0. A"]),
    ("www.host.net0.", "A", ["www.host.net0. A"]),
    ("x.wild.cedar.shop0.", "TXT", ["x.wild.cedar.shop0. TXT"]),
    ("nothing.birch.shop0.", "A", []),
    (".", "NS", [". NS", ". NS"]),
]


@pytest.mark.parametrize(("name", "rtype", "expected"), TINY)
def test_tiny_can_be_walked_from_its_hints(name: str, rtype: str, expected: list[str]) -> None:
    net = Internet.load("tiny")
    got = walk(net, name, type_from_text(rtype))
    assert got is not None
    assert got.aa
    assert [f"{to_text(r.owner)} {Rtype(r.rtype).name}" for r in got.answer] == expected


@pytest.fixture(scope="module")
def default() -> Internet:
    return Internet.load("default")


class TestDefault:
    """The shipped internet is what the interface page promises, and resolves."""

    HOPELESS = ("all-", "left.odd0.", "right.odd0.", "no-glue.odd0.")

    def test_it_is_as_large_as_promised(self, default: Internet) -> None:
        letters = default.hints()
        assert len({name for name, _ in letters}) >= 4
        assert sum(":" in address for _, address in letters) >= 4
        assert len(default.zones()) >= 200
        tlds = [
            zone.origin
            for zone in default.zones()
            if zone.origin != ROOT and zone.origin[zone.origin[0] + 1 :] == ROOT
        ]
        assert len(tlds) >= 6

    def test_its_tlds_are_neither_real_nor_special(self, default: Internet) -> None:
        """RFC 6761 and its registry, and the locally served zones of RFC 6303."""
        names = [to_text(zone.origin) for zone in default.zones()]
        assert all(name == "." or name.endswith(("0.", "arpa.")) for name in names)
        local = ("2.0.192.in-addr", "100.51.198.in-addr", "113.0.203.in-addr", "8.b.d.0.1.0.0.2.ip6", "home")
        assert not [name for name in names if name.startswith(local)]

    def test_every_zone_but_the_hopeless_is_reached_from_the_hints(self, default: Internet) -> None:
        for zone in default.zones():
            name = to_text(zone.origin)
            tries = (walk(default, name, Rtype.SOA) for _ in range(4))  # some servers lose packets
            reply = next((reply for reply in tries if reply and reply.answer), None)
            if name.startswith(self.HOPELESS):
                assert reply is None, name
            else:
                assert reply is not None, name
                assert reply.answer[-1].key == zone.origin

    def test_every_oddity_is_there(self, default: Internet) -> None:
        having = {b.value for host in default.hosts() for b in host.profile.behaviours}
        assert {
            "refuses",
            "upward",
            "empty",
            "truncates",
            "no-edns",
            "lowercase",
            "dead",
            "servfail",
        } <= having
        assert max(host.latency_s for host in default.hosts()) >= 0.5
        types = {rtype for zone in default.zones() for node in zone.nodes.values() for rtype in node.sets}
        assert {Rtype.DNAME, Rtype.PTR, Rtype.AAAA, Rtype.SRV, Rtype.HTTPS, Rtype.DS} <= types
        assert any(key.startswith(b"\x01*") for zone in default.zones() for key in zone.nodes)

    def test_a_cdn_chain_leads_over_three_zones(self, default: Internet) -> None:
        name, asked, ttls = "www.gaia.media0.", [], []
        for _ in range(3):
            got = walk(default, name, Rtype.A)
            assert got is not None
            asked.append(name)
            ttls += [record.ttl for record in got.answer]
            aliases = [record for record in got.answer if record.rtype == Rtype.CNAME]
            if not aliases:
                break
            name = to_text(first_name(aliases[-1].rdata))
        assert asked == ["www.gaia.media0.", "gaia.customers.cdn.net0.", "pool1.swift.com0."]
        assert min(ttls) <= 60

    def test_half_lame_still_answers_and_denies(self, default: Internet) -> None:
        got = walk(default, "nothing.half-refuses.odd0.", Rtype.A)
        assert got is not None
        assert got.rcode == Rcode.NXDOMAIN


def test_two_internets_of_one_seed_are_the_same() -> None:
    world = load("tiny")
    first, second = (Internet(world, random.Random(7)) for _ in range(2))
    for net in (first, second):
        net.host("ns.host.net0.").jitter_s = 0.01
        net.host("ns.host.net0.").loss_pct = 20.0
    asked = [Server(address) for address in first.addresses()] * 5
    assert [send(first, to=to) for to in asked] == [send(second, to=to) for to in asked]
