# SPDX-License-Identifier: ISC
"""How values must go together: the checks that no single key's type or bounds can make.

Each check is a small generator of problems over a decoded configuration; nothing is loaded or mended here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from resolver.endpoints import read_address, read_listener, read_network, read_server
from resolver.policy.presets import PolicyError, load_policy
from resolver.service.cookies import given_secrets
from resolver.service.tsig import read_secret
from resolver.settings.errors import HIDDEN, SettingsError
from resolver.settings.hints import read_hints
from resolver.settings.keys import value_at
from resolver.settings.model import Configuration
from resolver.settings.spell import spell
from resolver.units import DecodeError
from resolver.wire import FormatError, names

Origin = Callable[[str], str]

# Below these prefix lengths a network is no longer somebody's own: such an access list is an open resolver (RFC 5358).
OPEN_PREFIX: Final = {4: 8, 6: 16}

_ORDERED: Final = (
    ("upstream.deadline", "upstream.resolution_limit"),
    ("stale.client_timeout", "upstream.deadline"),
    ("limits.minimise_one_label", "limits.minimise_steps"),
    ("admission.lag", "admission.lag_most"),
)


def read_zone(text: str) -> bytes:
    """Return the name that a text spells. Raises ValueError with the remedy."""
    try:
        return names.from_text(text)
    except FormatError as error:
        raise ValueError(f"not a domain name ({error}); write it like 'corp.example'") from None


def read_allowed(text: str) -> bytes:
    """Return the name that a text spells; a pattern or a network is none. Raises ValueError with the remedy."""
    if text.startswith("*."):
        raise ValueError(f"names below are meant anyway; write {text[2:]!r}")
    if "/" in text:
        remedy = "to tell its addresses, leave it out of rebinding.networks"
        raise ValueError(f"a network, where names belong; {remedy}")
    return read_zone(text)


_SPELLED: Final[Mapping[str, Callable[[str], object]]] = {
    "server.listen": read_listener,
    "server.allow": read_network,
    "server.allow_snoop": read_network,
    "notify.allow": read_network,
    "notify.zones": read_zone,
    "revalidation.zones": read_zone,
    "rebinding.networks": read_network,
    "rebinding.allow": read_allowed,
    "upstream.dont_query": read_network,
    "upstream.source_addresses": read_address,
    "http.listen": read_listener,
}

# Doors of later versions: the keys are there, so that files need not change; only this value has an effect.
NOT_YET: Final[Mapping[str, object]] = {
    "server.minimal_responses": True,
}


class _Fault(NamedTuple):
    key: str
    value: object
    remedy: str


def problems(configuration: Configuration, origin: Origin) -> Iterator[SettingsError]:
    """Yield every fault of `configuration`; `origin` says who set a key."""
    for check in (
        _spellings,
        _open_resolver,
        _families,
        _zones,
        _shadows,
        _notify,
        _cookies,
        _rebinding,
        _order,
        _persist,
        _lab,
        _not_yet,
        _hints,
    ):
        for fault in check(configuration):
            yield SettingsError(origin(fault.key), fault.key, fault.value, fault.remedy)


def _spellings(configuration: Configuration) -> Iterator[_Fault]:
    """Addresses, networks and endpoints must read as such."""
    for key, read in _SPELLED.items():
        value = value_at(configuration, key)
        for text in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
            if text:
                yield from _reads(key, text, read)


def _reads(key: str, text: str, read: Callable[[str], object]) -> Iterator[_Fault]:
    try:
        read(text)
    except ValueError as error:
        yield _Fault(key, text, str(error))


def _persist(configuration: Configuration) -> Iterator[_Fault]:
    """The file that keeps the cache appears in a directory that is there."""
    path = configuration.cache.persist
    if path and not Path(path).parent.is_dir():
        yield _Fault("cache.persist", path, "its directory does not exist; create it, or name another file")
    elif path and Path(path).is_dir():
        yield _Fault("cache.persist", path, "is a directory; name a file in it")


def _open_resolver(configuration: Configuration) -> Iterator[_Fault]:
    """A public bind with an access list that lets the world in makes an open resolver (RFC 5358)."""
    public = [text for text in configuration.server.listen if _is_public(text)]
    wide = [text for text in configuration.server.allow if _is_open(text)]
    if public and wide:
        remedy = (
            f"anyone could use this resolver through {public[0]}; list your own networks in server.allow "
            "(such as '192.168.0.0/16'), or listen on 127.0.0.1"
        )
        yield _Fault("server.allow", wide, remedy)


def _is_public(listener: str) -> bool:
    try:
        return not ipaddress.ip_address(read_listener(listener).address).is_loopback
    except ValueError:  # told by _spellings
        return False


def _is_open(network: str) -> bool:
    try:
        parsed = read_network(network)
    except ValueError:  # told by _spellings
        return False
    return parsed.prefixlen < OPEN_PREFIX[parsed.version] and not parsed.is_private


def _families(configuration: Configuration) -> Iterator[_Fault]:
    if not (configuration.upstream.ipv4 or configuration.upstream.ipv6):
        yield _Fault(
            "upstream.ipv6",
            configuration.upstream.ipv6,
            "no address family is left to ask servers over; enable one",
        )


def _zones(configuration: Configuration) -> Iterator[_Fault]:
    """A static zone has one name, once, and exactly one kind of servers."""
    seen: set[bytes] = set()
    for index, zone in enumerate(configuration.zone):
        here = f"zone[{index}]"
        if bool(zone.forward) == bool(zone.stub):
            what = "both forward and stub" if zone.forward else "neither forward nor stub"
            yield _Fault(f"{here}.name", zone.name, f"the zone has {what}; give it exactly one of them")
        for field, servers in (("forward", zone.forward), ("stub", zone.stub)):
            for text in servers:
                yield from _reads(f"{here}.{field}", text, read_server)
        try:
            key = names.key_of(names.from_text(zone.name))
        except FormatError as error:
            yield _Fault(
                f"{here}.name", zone.name, f"not a domain name ({error}); write it like 'corp.example'"
            )
            continue
        if key in seen:
            yield _Fault(f"{here}.name", zone.name, "the zone is given twice; merge the two")
        seen.add(key)


def _shadows(configuration: Configuration) -> Iterator[_Fault]:
    """Policies that are judged can be read."""
    for name in configuration.policy.shadow:
        try:
            load_policy(name)
        except PolicyError as error:
            yield _Fault(
                "policy.shadow", name, str(error).partition(" - ")[2] if not error.key else str(error)
            )


def _notify(configuration: Configuration) -> Iterator[_Fault]:
    """Keys can be read, each once, and nobody has to be believed whom we cannot know."""
    notify = configuration.notify
    seen: set[str] = set()
    for index, key in enumerate(notify.key):
        here = f"notify.key[{index}]"
        yield from _reads(f"{here}.name", key.name, read_zone)
        if key.name.lower() in seen:
            yield _Fault(f"{here}.name", key.name, "the key is given twice; a name has one secret")
        seen.add(key.name.lower())
        try:
            read_secret(key)
        except ValueError as error:
            shown = ("secret_file", key.secret_file) if key.secret_file else ("secret", HIDDEN)
            yield _Fault(f"{here}.{shown[0]}", shown[1], f"the secret {error}")
    wide = [text for text in notify.allow if _is_open(text)]
    if wide and not notify.key:
        remedy = "anyone could empty the cache; list your primaries' own addresses, or add a [[notify.key]]"
        yield _Fault("notify.allow", wide, remedy)


def _cookies(configuration: Configuration) -> Iterator[_Fault]:
    """Secrets can be read and are secrets, in one place."""
    server = configuration.server
    if server.cookie_secrets and server.cookie_secret_file:
        remedy = "the secrets are in server.cookie_secrets too; keep them in the file alone"
        yield _Fault("server.cookie_secret_file", server.cookie_secret_file, remedy)
        return
    try:
        given_secrets(server.cookie_secrets, server.cookie_secret_file)
    except ValueError as error:
        file = server.cookie_secret_file
        key, shown = ("cookie_secret_file", file) if file else ("cookie_secrets", HIDDEN)
        yield _Fault(f"server.{key}", shown, str(error))


def _rebinding(configuration: Configuration) -> Iterator[_Fault]:
    """A filter that filters nothing would be a false comfort."""
    rebinding = configuration.rebinding
    if rebinding.filter and not rebinding.networks:
        remedy = "the filter has nothing to filter; leave the networks out, or set rebinding.filter = false"
        yield _Fault("rebinding.networks", rebinding.networks, remedy)


def _order(configuration: Configuration) -> Iterator[_Fault]:
    for low, high in _ORDERED:
        least, most = value_at(configuration, low), value_at(configuration, high)
        if least > most:  # type: ignore[operator]  # both are numbers: the table above says so, a test proves it
            yield _Fault(
                low, least, f"must not be above {high}, which is {most}; lower the one or raise the other"
            )


def _not_yet(configuration: Configuration) -> Iterator[_Fault]:
    """A key that is read and then ignored would be a lie: what this version cannot do is refused."""
    for key, only in NOT_YET.items():
        value = value_at(configuration, key)
        if value != only:
            yield _Fault(key, value, f"this version cannot do that yet; leave it at {spell(only)}")


def _lab(configuration: Configuration) -> Iterator[_Fault]:
    try:
        configuration.lab.endpoints()
    except DecodeError as error:
        yield _Fault(error.path, error.value, error.allowed)
    for address in configuration.lab.map:
        yield from _reads("lab.map", address, read_address)


def _hints(configuration: Configuration) -> Iterator[_Fault]:
    """The hints are read here so that an unreadable file is told at start, not at the first question."""
    try:
        read_hints(configuration.upstream.root_hints)
    except SettingsError as error:
        yield _Fault(error.key, error.value, error.remedy)
