# SPDX-License-Identifier: ISC
"""Builds the real resolver (service, engine, caches) for a scenario: everything but sockets."""

from __future__ import annotations

from functools import lru_cache
from inspect import isawaitable
from typing import Any

from msgspec.structs import replace

from resolver.cache.caches import build as build_caches
from resolver.cache.caches import build_images
from resolver.composition import make_service
from resolver.engine.limits import StaticZone
from resolver.engine.ports import Transport
from resolver.events import Tell
from resolver.lab import rpl
from resolver.lab.rpl_values import Config
from resolver.lab.virtual_world import VirtualWorld
from resolver.service import Client, Service
from resolver.service.counters import ServiceCounters
from resolver.settings.model import Configuration
from resolver.settings.overrides import from_flags, put
from resolver.settings.policies import fill_in
from resolver.units import decode
from resolver.wire import from_text

# What a scenario does not say: nothing is asked on the resolver's own account, and any address may be a server's.
DEFAULTS = {"upstream.priming": "false", "prefetch.enabled": "false", "upstream.dont_query": "[]"}


class ServiceResponder:
    """A `Service` as the runner wants it."""

    def __init__(self, world: VirtualWorld, service: Service) -> None:
        self._world = world
        self._service = service

    @property
    def under_way(self) -> int:
        """How many resolutions are in the single-flight table."""
        return len(self._service.flights)

    @property
    def counters(self) -> ServiceCounters:
        """What the service has counted."""
        return self._service.counters

    async def answer(self, datagram: bytes, client: rpl.Client) -> bytes | None:
        """Hand one datagram in and wait for what comes out."""
        who = Client(
            client.address,
            client.port,
            "udp" if client.transport is Transport.UDP else "tcp",
            "ipv6" if ":" in client.address else "ipv4",
        )
        found = self._service.handle(datagram, who, self._world.now())
        return await found if isawaitable(found) else found


@lru_cache  # most scenarios are content with the defaults
def settings_of(settings: frozenset[tuple[str, str]]) -> Configuration:
    """The configuration that a scenario's head asks for, in pairs of `section.key` and text."""
    values: dict[str, Any] = {}
    asked = {**DEFAULTS, **dict(settings)}
    flags = [f"{key}={text}" for key, text in asked.items()]
    for override in from_flags(Configuration, flags):
        put(values, override.key, override.value)
    configuration, _ = fill_in(
        decode(Configuration, values), lambda key: "the scenario" if key in asked else None
    )
    return configuration


def build(world: VirtualWorld, config: Config, tell: Tell) -> ServiceResponder:
    """The resolver for one scenario."""
    zones = tuple(StaticZone(name=zone.name, stub=zone.stub, forward=zone.forward) for zone in config.zones)
    settings = replace(settings_of(frozenset(config.settings.items())), zone=zones)
    caches = build_caches(settings.cache, tell)
    images = build_images(settings.cache, caches.records)
    hints = [(from_text(f"{number}.root-hint."), address) for number, address in enumerate(config.hints)]
    service, _ = make_service(settings, world, caches, images, hints, tell)
    return ServiceResponder(world, service)
