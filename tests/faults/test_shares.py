# SPDX-License-Identifier: ISC
"""What one zone or one client may hold of us, and what those beside it notice, in virtual time."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import pytest

from resolver.events import LimitHit
from resolver.service import Client
from tests.faults.modes import request
from tests.faults.modes_scenario import ScenarioSession, scenario
from tests.faults.world import ROOT_SERVER, World, silent

TLD, SUFFIX, WELL = "127.66.0.2", "127.66.0.3", "127.66.8.2"
DEAD = 8  # zones whose servers say nothing


def suffix() -> World:
    """`co.pz.` delegates silent zones, and `well` and `other` to a server that answers."""
    world = World()
    world.zone(".", ROOT_SERVER, text=f"pz. NS ns.pz.\nns.pz. A {TLD}\n")
    world.zone("pz.", TLD, text=f"@ NS ns\nns A {TLD}\nco NS ns.co\nns.co A {SUFFIX}\n")
    dead = "".join(f"dead{n} NS ns.dead{n}\nns.dead{n} A 127.67.0.{n + 1}\n" for n in range(DEAD))
    well = f"well NS ns.well\nns.well A {WELL}\nother NS ns.well\nalias CNAME www.dead0\n"
    world.zone("co.pz.", SUFFIX, text=f"@ NS ns\nns A {SUFFIX}\n{well}{dead}")
    for n in range(DEAD):
        world.zone(f"dead{n}.co.pz.", f"127.67.0.{n + 1}", silent)
    for zone in ("well", "other"):
        world.zone(f"{zone}.co.pz.", WELL, text=f"@ NS ns\nns A {WELL}\n* A 192.0.2.9\n")
    return world


def bites(session: ScenarioSession) -> Counter[str]:
    return Counter(event.limit for event in session.events if isinstance(event, LimitHit))


def test_dead_delegations_below_a_suffix_hold_no_place_of_the_suffix() -> None:
    with scenario(suffix(), {"admission.fetches_per_zone": "5"}) as session:
        session.ask("www.well.co.pz.")  # the suffix is a known cut, as on any resolver
        for n in range(DEAD):
            session.begin(request(f"www.dead{n}.co.pz."))
            session.virtual.advance(0.1)
        assert session.ask("www.other.co.pz.").data == ["192.0.2.9"]
        assert not bites(session)
        assert len(session.resolver._service.flights._shares) == DEAD
        session.settle()
        assert not len(session.resolver._service.flights._shares)


def test_a_dead_zone_holds_its_own_share_also_when_its_cut_was_not_known() -> None:
    with scenario(suffix(), {"admission.fetches_per_zone": "5"}) as session:
        told = [session.begin(request(f"n{n}.dead0.co.pz.")) for n in range(9)]
        session.virtual.advance(1.0)
        assert [len(each) for each in told].count(1) == 4
        assert bites(session) == {"admission.fetches_per_zone": 4}
        late = session.begin(request("late.dead0.co.pz."))
        session.virtual.advance(0.01)
        assert late[0].rcode == "SERVFAIL"
        # It begins where there is room, and is led where there is none.
        alias = session.begin(request("alias.co.pz."))
        session.virtual.advance(1.0)
        assert alias[0].rcode == "SERVFAIL"
        assert session.ask("www.well.co.pz.").data == ["192.0.2.9"]
        session.settle()
        assert not len(session.resolver._service.flights._shares)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_who_hangs_up_holds_no_more_of_us_than_who_stays(transport: Literal["tcp", "udp"]) -> None:
    """The work goes on for up to `upstream.resolution_limit`: one client could have all of `admission.fetches`."""
    settings = {
        "server.allow": '["0.0.0.0/0"]',
        "admission.waiting_per_client": "5",
        "admission.fetches": "20",
    }
    with scenario(suffix(), settings) as session:
        session.virtual.max_jobs = 1 << 20
        service, hostile = session.resolver._service, Client("192.0.2.66", 4000, transport)

        async def hang_up(octets: bytes) -> None:
            handled = service.handle(octets, hostile, session.virtual.now())
            if handled is not None and not isinstance(handled, bytes):
                await handled

        for n in range(40):
            session.virtual.spawn(
                hang_up(request(f"n{n}.dead{n % DEAD}.co.pz.")), session.virtual.ticks() + 0.02
            )
            session.virtual.advance(0.03)
        assert (service.flights._own, len(service.waiting)) == (5, 1)
        assert bites(session) == {"admission.waiting_per_client": 35}
        honest = session.begin(request("www.well.co.pz."), address="198.51.100.7")
        session.virtual.advance(0.5)
        assert honest[0].data == ["192.0.2.9"]
        session.settle()
        assert len(service.waiting) == 0
        again = session.begin(request("again.well.co.pz."), address=hostile.address)
        session.virtual.advance(0.5)
        assert again[0].data == ["192.0.2.9"]
