# SPDX-License-Identifier: ISC
"""What the configuration says reaches the service and the engine made from it."""

from __future__ import annotations

from inspect import isawaitable

from msgspec.structs import replace

from resolver.cache import build, build_images
from resolver.composition import ServerUnder, make_service
from resolver.engine.limits import StaticZone, UpstreamSettings
from resolver.engine.ports import Server
from resolver.events import nobody
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy.presets import load_policy
from resolver.service import Client
from resolver.settings import Configuration
from resolver.wire import Message, Rcode, Rtype, compose_query, from_text, parse
from tests.engine.scripted import ROOT_SERVER, Asked, Scripted, reply, tree

CONFIGURATION = Configuration(upstream=UpstreamSettings(priming=False, dont_query=()))
CLIENT = Client("127.0.0.1", 4711, "udp", "ipv4")


def two_addresses(asked: Asked) -> Message:
    return reply(asked, ("www.leaf.shop0. 60 A 192.0.2.9", "www.leaf.shop0. 60 A 192.0.2.10"))


def answers(
    configuration: Configuration,
    network: Scripted,
    client: Client = CLIENT,
    *,
    times: int = 1,
    **more: object,
) -> list[Message]:
    world = VirtualWorld(network)
    caches = build(configuration.cache, nobody)
    images = build_images(configuration.cache, caches.records)
    hints = [(from_text("a.root-servers.net0."), ROOT_SERVER)]
    service, _ = make_service(configuration, world, caches, images, hints, nobody, **more)

    async def ask() -> Message:
        found = service.handle(
            compose_query(from_text("www.leaf.shop0."), Rtype.A, rd=True), client, world.now()
        )
        wire = await found if isawaitable(found) else found
        assert wire is not None
        return parse(wire)

    return [world.run(ask()) for _ in range(times)]


def test_a_question_is_answered_from_the_hints_down() -> None:
    (message,) = answers(CONFIGURATION, tree(two_addresses))
    assert [record.rdata[-1] for record in message.answer] == [9, 10]


def test_the_access_list_is_the_services() -> None:
    (message,) = answers(CONFIGURATION, tree(two_addresses), CLIENT._replace(address="192.0.2.99"))
    assert message.rcode == Rcode.REFUSED


def test_the_order_of_records_is_the_services() -> None:
    server = replace(CONFIGURATION.server, rrset_order="cyclic")
    orders = {
        tuple(record.rdata[-1] for record in message.answer)
        for message in answers(replace(CONFIGURATION, server=server), tree(two_addresses), times=2)
    }
    assert orders == {(9, 10), (10, 9)}


def test_our_own_address_is_never_asked() -> None:
    network = tree(two_addresses)
    (message,) = answers(CONFIGURATION, network, own=[Server(ROOT_SERVER)])
    assert message.rcode == Rcode.SERVFAIL
    assert network.log == []


def test_a_configured_zone_is_asked_at_its_own_servers() -> None:
    network = Scripted({"192.0.2.77": two_addresses})
    zones = (StaticZone(name="Leaf.shop0.", stub=("192.0.2.77",)),)
    (message,) = answers(replace(CONFIGURATION, zone=zones), network)
    assert len(message.answer) == 2
    assert {server for server, *_ in network.log} == {"192.0.2.77"}


def test_a_server_under_a_policy_has_its_rules_and_answers_everybody() -> None:
    server = ServerUnder(load_policy("bind"))
    assert server.configuration.rules == load_policy("bind")
    configuration = replace(server.configuration, upstream=CONFIGURATION.upstream)
    (message,) = answers(configuration, tree(two_addresses), CLIENT._replace(address="192.0.2.99"))
    assert message.rcode == Rcode.NOERROR
