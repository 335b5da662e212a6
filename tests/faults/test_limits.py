# SPDX-License-Identifier: ISC
"""Every limit has a name, and is told of under it when it bites: docs/limits.md. A key without a case here fails.

`limits_hit_total{limit}` is counted from these very events; in shadow mode `limits_would_hit_total`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import pytest

from resolver.cache import CacheSettings
from resolver.cache.name_share import NameShare
from resolver.cache.records import RecordCache
from resolver.engine.limits import Limits
from resolver.engine.ports import Transport
from resolver.events import Event, LimitHit
from resolver.runtime.serving import Work
from resolver.runtime.settings import TcpSettings
from resolver.service.admission import AdmissionSettings, Bites, Client, Pressure
from tests.cache.making import entry
from tests.faults.broken import ZONE, Zone
from tests.faults.modes import Settings, request
from tests.faults.modes_scenario import ScenarioSession, scenario
from tests.faults.world import Action, Asked, World, late, packets, silent
from tests.faults.world_answers import reply, rrs
from tests.runtime.rig import Rig, frame, play, tcp_settings
from tests.runtime.rig import message as octets

# What says how, where or for how long, not how much: it stops nothing by itself.
NO_LIMITS: Final = {
    "admission.mode",
    "admission.responses_slip",
    "admission.responses_window",
    "admission.responses_table",
}
STRANGER: Final = "192.0.2.250"
OPEN: Final = {"server.allow": '["192.0.2.0/24"]'}
PAGE: Final = Path(__file__).parents[2] / "docs" / "limits.md"


def keys() -> list[str]:
    """All limits that can be configured, but for the bytes of whole caches: those let go (`cache_evictions_total`)."""
    named = [f"limits.{key}" for key in Limits.__struct_fields__]
    named += [f"admission.{key}" for key in AdmissionSettings.__struct_fields__]
    named += [f"server.tcp.{key}" for key in TcpSettings.__struct_fields__]
    named += [f"cache.{key}" for key in CacheSettings.__struct_fields__ if key.endswith("_per_name")]
    return [key for key in named if key not in NO_LIMITS]


@contextmanager
def asking(world: World, settings: Settings) -> Iterator[tuple[ScenarioSession, list[LimitHit]]]:
    """A resolver with those settings, and the limits that it told of."""
    told: list[LimitHit] = []
    with scenario(world, settings) as session:
        session.virtual.max_jobs = 1 << 20
        yield session, told
        session.settle()
        told += [event for event in session.events if isinstance(event, LimitHit)]


def one_question(world: World, name: str, rtype: str = "A", **limits: int) -> list[LimitHit]:
    """What one question, asked under such `[limits]`, ran into."""
    with asking(world, {f"limits.{key}": str(value) for key, value in limits.items()}) as (session, told):
        session.ask(name, rtype)
    return told


def at_once(count: int, settings: Settings, *, names: int = 0, behaviour: object = silent) -> list[LimitHit]:
    """What so many questions at once of one client ran into, for one name of a zone or for several."""
    zone = Zone(1)
    with asking(zone.world, OPEN | settings) as (session, told):
        session.begin(request("warm.z.pz."), address=STRANGER)
        session.settle()
        session.events.clear()
        zone.change(behaviour)  # type: ignore[arg-type]  # a behaviour
        for number in range(count):
            session.begin(request(f"n{number % names if names else 0}.{ZONE}"), address=STRANGER)
    return told


def truncating(honest: Callable[[Asked], Action]) -> Callable[[Asked], Action]:
    """Every answer over UDP is cut off."""

    def behave(asked: Asked) -> Action:
        if asked.transport is Transport.UDP:
            return packets(reply(asked, flags=0x8600))
        return honest(asked)

    return behave


def large(asked: Asked) -> Action:
    return packets(reply(asked, rrs(asked.text, "TXT", [f'"{"x" * 250}{n:03}"' for n in range(20)])))


def received() -> list[LimitHit]:
    return one_question(Zone(1).change(truncating(large)).world, "t.z.pz.", "TXT", received=4096)


def connections_upstream() -> list[LimitHit]:
    zone = Zone(1)
    zone.change(truncating(zone.honest))
    return one_question(zone.world, "x.y.z.pz.", tcp_connections=1)


def delegated(text: str) -> World:
    """`pz.` with more delegations in it."""
    world = Zone(1).world
    world.zone("pz.", "127.66.0.2", text=f"@ NS ns\nns A 127.66.0.2\n{text}")
    return world


def twice_by_the_root() -> list[LimitHit]:
    zone = Zone(1, text="alias 0 CNAME other.pz.\n")
    zone.world.zone(".", "127.66.0.1", text="pz. 0 NS ns.pz.\nns.pz. 0 A 127.66.0.2\n")
    return one_question(zone.world, "alias.z.pz.", tries_per_server=1)


def pressed(limit: str, mode: Literal["enforce", "shadow"] = "enforce") -> list[LimitHit]:
    told: list[Event] = []
    pressure = Pressure(AdmissionSettings(), lambda: 10.0, Bites(mode, lambda: 0.0, told.append))
    assert pressure.forbids(for_client=limit == "admission.lag_most") is (mode == "enforce")
    return [event for event in told if isinstance(event, LimitHit)]


def late_replies(mode: str = "enforce") -> list[LimitHit]:
    settings = {
        "admission.waiting_per_client": "1",
        "admission.late_reply": '"0.1s"',
        "admission.mode": f'"{mode}"',
    }
    zone = Zone(1)
    return at_once(3, settings, names=3, behaviour=late(zone.honest, 0.5))


def answered(count: int, **settings: str) -> list[LimitHit]:
    """What so many hits over UDP ran into."""
    given = OPEN | {f"admission.{key}": value for key, value in settings.items()}
    with asking(Zone(1).world, given) as (session, told):
        for _ in range(count):
            session.begin(request(f"hit.{ZONE}"), address=STRANGER)
            session.settle()
    return told


def stored(**share: int) -> list[LimitHit]:
    told: list[Event] = []
    cache = RecordCache(1 << 30, told.append, name_share=NameShare(told.append, **share))
    for rtype in range(1, 20):
        cache.store(entry("many.example.", rtype, bytes(500)), 0.0)
    return [event for event in told if isinstance(event, LimitHit)]


def over_tcp(act: str, **settings: float) -> list[LimitHit]:
    """What clients over TCP ran into who do as `act` says."""
    told: list[LimitHit] = []

    async def never() -> bytes:
        await asyncio.sleep(3600)
        return b""

    def handle(datagram: bytes, client: Client, now: float) -> bytes | Work:
        return never() if act == "wait" else bytes(60_000)

    async def act_so(rig: Rig) -> None:
        connections = [await rig.connect() for _ in range(2 if act == "connect" else 1)]
        for _, writer in connections:
            if act == "begin":
                writer.write(b"\x00")
            elif act in ("ask", "wait"):
                for number in range(400 if act == "ask" else 3):
                    writer.write(frame(octets(number)))
        await rig.until(lambda: any(isinstance(event, LimitHit) for event in rig.events))
        for _, writer in connections:
            writer.transport.abort()
        rig.tasks.cancel()
        told.extend(event for event in rig.events if isinstance(event, LimitHit))

    play(act_so, handle, tcp=tcp_settings(**settings))  # type: ignore[arg-type]  # as they are
    return told


def admitted(key: str, **more: str) -> Settings:
    return {f"admission.{key}": "1", "limits.sends": "8", **more}


TWO_ADDRESSES = "* A 192.0.2.1\n* A 192.0.2.2\n"
NOWHERE = "gl NS a.nowhere.\ngl NS b.nowhere.\n"
NESTED = "g1 NS ns.g2\ng2 NS ns.g3\ng3 NS ns.g4\ng4 NS ns.nowhere.\n"

BITES: Final[dict[str, Callable[[], list[LimitHit]]]] = {
    "limits.sends": lambda: one_question(Zone(1).world, "www.z.pz.", sends=2),
    "limits.received": received,
    "limits.tcp_connections": connections_upstream,
    "limits.cname_links": lambda: one_question(
        Zone(1, text="a CNAME b\nb CNAME c\nc A 192.0.2.1\n").world, "a.z.pz.", cname_links=1
    ),
    "limits.depth": lambda: one_question(delegated(NESTED), "www.g1.pz.", depth=1),
    "limits.referrals": lambda: one_question(Zone(1).world, "www.z.pz.", referrals=1),
    "limits.ns_names": lambda: one_question(Zone(2).world, "www.z.pz.", ns_names=1),
    "limits.ns_addresses": lambda: one_question(Zone(2).world, "www.z.pz.", ns_addresses=1),
    "limits.glueless": lambda: one_question(delegated(NOWHERE), "www.gl.pz.", glueless=1),
    "limits.glueless_nxdomain": lambda: one_question(delegated(NOWHERE), "www.gl.pz.", glueless_nxdomain=1),
    "limits.tries_per_server": twice_by_the_root,
    "limits.minimise_steps": lambda: one_question(Zone(1).world, "a.b.c.d.z.pz.", minimise_steps=1),
    "limits.minimise_one_label": lambda: one_question(Zone(1).world, "a.b.c.d.z.pz.", minimise_one_label=1),
    "limits.rrset_records": lambda: one_question(
        Zone(1, text=TWO_ADDRESSES).world, "www.z.pz.", rrset_records=1
    ),
    "admission.fetches": lambda: at_once(2, admitted("fetches"), names=2),
    "admission.waiters_per_fetch": lambda: at_once(2, admitted("waiters_per_fetch")),
    "admission.fetches_per_zone": lambda: at_once(2, admitted("fetches_per_zone"), names=2),
    "admission.fetches_per_server": lambda: at_once(2, admitted("fetches_per_server"), names=2),
    "admission.waiting_per_client": lambda: at_once(2, admitted("waiting_per_client"), names=2),
    "admission.lag": lambda: pressed("admission.lag"),
    "admission.lag_most": lambda: pressed("admission.lag_most"),
    "admission.late_reply": late_replies,
    "admission.responses_per_second": lambda: answered(3, responses_per_second="1"),
    "admission.responses_per_network": lambda: answered(3, responses_per_network="1"),
    "server.tcp.connections": lambda: over_tcp("connect", connections=1),
    "server.tcp.per_client": lambda: over_tcp("connect", per_client=1),
    "server.tcp.idle_timeout": lambda: over_tcp("nothing", idle=0.06),
    "server.tcp.partial_timeout": lambda: over_tcp("begin", partial=0.06),
    "server.tcp.write_timeout": lambda: over_tcp("ask", write=0.06),
    "server.tcp.in_flight": lambda: over_tcp("wait", in_flight=1),
    "cache.types_per_name": lambda: stored(types=10),
    "cache.size_per_name": lambda: stored(size_bytes=4096),
}


@pytest.mark.parametrize("key", keys())
def test_a_limit_is_told_of_by_its_key_when_it_bites(key: str) -> None:
    assert key in BITES, "a limit needs a case here, and a line in docs/limits.md"
    told = BITES[key]()
    assert key in {event.limit for event in told}
    assert all(event.enforced for event in told)


def test_no_case_is_of_a_limit_that_is_no_more() -> None:
    assert BITES.keys() == set(keys())


@pytest.mark.parametrize("key", [key for key in keys() if key.startswith("admission.")])
def test_in_shadow_mode_a_limit_of_admission_is_told_of_and_stops_nothing(key: str) -> None:
    shadow = {"admission.mode": '"shadow"'}
    cases: dict[str, Callable[[], list[LimitHit]]] = {
        "admission.lag": lambda: pressed(key, "shadow"),
        "admission.lag_most": lambda: pressed(key, "shadow"),
        "admission.late_reply": lambda: late_replies("shadow"),
        "admission.responses_per_second": lambda: answered(3, responses_per_second="1", mode='"shadow"'),
        "admission.responses_per_network": lambda: answered(3, responses_per_network="1", mode='"shadow"'),
    }
    same_name = key == "admission.waiters_per_fetch"
    short = key.removeprefix("admission.")
    case = cases.get(key, lambda: at_once(2, admitted(short, **shadow), names=0 if same_name else 2))
    told = [event for event in case() if event.limit == key]
    assert told
    assert not any(event.enforced for event in told)


@pytest.mark.parametrize("key", keys())
def test_the_page_of_limits_has_a_line_for_each(key: str) -> None:
    assert f"| `{key}` |" in PAGE.read_text("utf-8")
