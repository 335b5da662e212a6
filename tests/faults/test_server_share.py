# SPDX-License-Identifier: ISC
"""One server that hosts many zones falls silent: what is open towards it is bounded, and nobody else waits for it."""

from __future__ import annotations

from resolver.events import LimitHit
from tests.faults.modes import Told, request
from tests.faults.modes_scenario import scenario
from tests.faults.world import ROOT_SERVER, World, silent

HOST, OTHER, TLD = "127.66.8.1", "127.66.8.2", "127.66.0.2"
ZONES = 60
MOST = 20


def hosting() -> World:
    """Sixty zones with one server between them, and one zone elsewhere."""
    world = World()
    world.zone(".", ROOT_SERVER, text=f"pz. NS ns.pz.\nns.pz. A {TLD}\n")
    cuts = "".join(f"h{n} NS ns.h{n}\nns.h{n} A {HOST}\n" for n in range(ZONES))
    world.zone("pz.", TLD, text=f"@ NS ns\nns A {TLD}\nwell NS ns.well\nns.well A {OTHER}\n{cuts}")
    for number in range(ZONES):
        world.zone(f"h{number}.pz.", HOST, silent)
    world.zone("well.pz.", OTHER, text=f"@ NS ns\nns A {OTHER}\n* A 192.0.2.9\n")
    return world


def test_queries_open_to_one_server_are_bounded_across_its_zones_and_other_zones_do_not_notice() -> None:
    world = hosting()
    with scenario(world, {"admission.fetches_per_server": str(MOST)}) as session:
        session.virtual.max_jobs = 1 << 20
        session.ask("warm.well.pz.")
        asked: list[list[Told]] = [session.begin(request(f"www.h{n}.pz.")) for n in range(ZONES)]
        session.pass_time(0.1)
        assert 0 < len(world.asked(server=HOST)) <= MOST
        turned_away = [told[0] for told in asked if told]
        assert len(turned_away) >= ZONES - MOST
        assert {told.rcode for told in turned_away} == {"SERVFAIL"}
        assert all(told.errors == [0] and told.seconds <= 0.1 for told in turned_away)
        assert session.ask("other.well.pz.").data == ["192.0.2.9"]
        limits = {event.limit for event in session.events if isinstance(event, LimitHit)}
        assert limits == {"admission.fetches_per_server"}


def test_what_was_turned_away_is_not_remembered_as_failed() -> None:
    world = hosting()
    with scenario(world, {"admission.fetches_per_server": "1"}) as session:
        session.begin(request("www.h0.pz."))
        session.pass_time(0.1)
        assert session.ask("www.h1.pz.").errors == [0]
        session.settle()
        world.clear()
        session.pass_time(120)
        told = session.begin(request("www.h1.pz."))
        session.pass_time(0.1)
        assert len(world.asked(server=HOST)) == 1, "it is asked as if nothing had been"
        assert not told
