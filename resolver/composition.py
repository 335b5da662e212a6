# SPDX-License-Identifier: ISC
"""From a configuration to an engine and a service, over a world and caches that are given: live, or in a laboratory.

Nothing is opened, started or decided here; the order in which a process begins and ends is `app`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from resolver.cache import Caches, ImageCache
from resolver.engine.iterator import Iterator as Engine
from resolver.engine.ports import Server, World
from resolver.engine.server_shares import ServerShares
from resolver.events import Tell
from resolver.policy import Policy
from resolver.policy.settings import settings_of
from resolver.runtime.settings import ServerSettings
from resolver.service import Service, ServiceOptions, SubResolve
from resolver.service.admission import Bites
from resolver.service.cookies import MASTER_OCTETS, SecretsFor, given_secrets, secrets_for
from resolver.service.zone_changes import PassOn
from resolver.settings.model import Configuration
from resolver.wire import from_text

__all__ = ["Engine", "Hints", "ServerUnder", "make_engine", "make_service"]

Hints = Sequence[tuple[bytes, str]]  # root server name, address


def make_engine(
    configuration: Configuration,
    world: World,
    caches: Caches,
    hints: Hints,
    tell: Tell,
    sub_resolve: SubResolve,
    *,
    own: Iterable[Server] = (),
    shares: ServerShares | None = None,
) -> Engine:
    """Return an engine that begins at `hints` and never asks its `own` addresses; `sub_resolve` takes sub-questions."""
    return Engine(
        world,
        caches,
        configuration.rules,
        configuration.upstream,
        configuration.limits,
        configuration.zone,
        hints,
        tell,
        own=own,
        sub_resolve=sub_resolve,
        revalidation=configuration.revalidation,
        shares=shares,
    )


def make_service(
    configuration: Configuration,
    world: World,
    caches: Caches,
    images: ImageCache,
    hints: Hints,
    tell: Tell,
    *,
    own: Iterable[Server] = (),
    pass_on: PassOn | None = None,
    lag: Callable[[], float] = lambda: 0.0,
    master: bytes = b"",
) -> tuple[Service, Engine]:
    """Return a service and the engine it asks, whose sub-questions go through the service's single flight.

    `pass_on` hears of NOTIFYs that were acted upon; `lag` gives the seconds by which the event loop is late. Cookies
    are made with secrets from `master` where the configuration has none (b"": from one drawn here).
    """
    engines: list[Engine] = []
    admission = configuration.admission
    shares = ServerShares(admission.fetches_per_server, Bites(admission.mode, world.ticks, tell))

    def engine_for(sub_resolve: SubResolve) -> Engine:
        engine = make_engine(configuration, world, caches, hints, tell, sub_resolve, own=own, shares=shares)
        engines.append(engine)
        return engines[-1]

    server = configuration.server
    service = Service(
        world,
        engine_for,
        caches,
        images,
        configuration.rules,
        upstream=configuration.upstream,
        limits=configuration.limits,
        admission=admission,
        options=ServiceOptions(
            allow=server.allow,
            allow_snoop=server.allow_snoop,
            special_use=server.special_use,
            edns_udp_size=server.edns_udp_size,
            rrset_order=server.rrset_order,
            secrets_for=_secrets_for(server, master, world) if server.cookies else None,
        ),
        configured_zones=[from_text(zone.name).lower() for zone in configuration.zone],
        rebinding=configuration.rebinding,
        notify=configuration.notify,
        pass_on=pass_on,
        shadowing=configuration.shadowing,
        lag=lag,
        tell=tell,
    )
    return service, engines[0]


def _secrets_for(server: ServerSettings, master: bytes, world: World) -> SecretsFor:
    given = given_secrets(server.cookie_secrets, server.cookie_secret_file)
    return secrets_for(given, master or world.draw(1 << 8 * MASTER_OCTETS).to_bytes(MASTER_OCTETS, "big"))


@dataclass(frozen=True, slots=True)
class ServerUnder:
    """The default configuration under a policy, open to all clients: the server that full-world replay asks.

    Call it for a service over a world and caches; it can be sent to another process.
    """

    policy: Policy

    @property
    def configuration(self) -> Configuration:
        """Everything but the policy and the access list is as shipped."""
        policy, stale, prefetch = settings_of(self.policy)
        server = ServerSettings(allow=("0.0.0.0/0", "::/0"))
        return Configuration(server=server, policy=policy, stale=stale, prefetch=prefetch)

    def __call__(self, world: World, caches: Caches, images: ImageCache, hints: Hints, tell: Tell) -> Service:
        """The service, ready to be asked."""
        return make_service(self.configuration, world, caches, images, hints, tell)[0]
