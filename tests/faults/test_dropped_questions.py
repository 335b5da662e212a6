# SPDX-License-Identifier: ISC
"""Servers that are well, and drop some questions: whoever asks them anything else does not notice.

The names of zones they do not serve, a type that a firewall drops, and, of those that we forward to, a domain that is
dead. Many such questions, or a few by an attacker, may not take the servers away from the others while these are
answered every few seconds (`engine.selection.WELL_FOR`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from resolver.lab.rpl_values import GivenZone
from tests.faults.modes import Told, request
from tests.faults.modes_scenario import scenario
from tests.faults.world import ROOT_SERVER, Action, Asked, Silence, World, honest, silent

TLD, FIRST, SECOND = "127.66.0.2", "127.66.8.1", "127.66.8.2"
HTTPS = 65
ZONE = f"@ NS ns1\n@ NS ns2\nns1 A {FIRST}\nns2 A {SECOND}\n* A 192.0.2.9\n"
FORWARD = (GivenZone(".", forward=(FIRST, SECOND)),)
Situation = tuple[World, Callable[[int], bytes], tuple[GivenZone, ...]]


def delegating(*cuts: str) -> World:
    """`pz.` with these delegations in it, each with the same two servers."""
    world = World()
    world.zone(".", ROOT_SERVER, text=f"pz. NS ns.pz.\nns.pz. A {TLD}\n")
    text = "".join(
        f"{cut} NS ns1.{cut}\n{cut} NS ns2.{cut}\nns1.{cut} A {FIRST}\nns2.{cut} A {SECOND}\n" for cut in cuts
    )
    world.zone("pz.", TLD, text=f"@ NS ns\nns A {TLD}\n{text}")
    return world


def zones_they_do_not_serve() -> Situation:
    lame = [f"e{number}" for number in range(8)]
    world = delegating("z", *lame)
    world.zone("z.pz.", [FIRST, SECOND], text=ZONE)
    for cut in lame:
        world.zone(f"{cut}.pz.", [FIRST, SECOND], silent)
    return world, lambda number: request(f"x{number}.{lame[number % 8]}.pz."), ()


def a_type_they_drop() -> Situation:
    world, answer = delegating("z"), honest("z.pz.", ZONE)

    def behave(asked: Asked) -> Action:
        return Silence() if asked.rtype == HTTPS else answer(asked)

    world.zone("z.pz.", [FIRST, SECOND], behave)
    return world, lambda number: request(f"h{number}.z.pz.", "HTTPS"), ()


def a_dead_domain_behind_forwarders() -> Situation:
    world, answer = World(), honest(".", "*.pz A 192.0.2.9\n")

    def behave(asked: Asked) -> Action:
        return Silence() if asked.text.endswith(".dead.") else answer(asked)

    world.zone(".", [FIRST, SECOND], behave)
    return world, lambda number: request(f"x{number}.dead."), FORWARD


@pytest.mark.parametrize("dropped_a_second", [0.5, 2, 10])
@pytest.mark.parametrize("every", [0.5, 5.0])
@pytest.mark.parametrize(
    "situation", [zones_they_do_not_serve, a_type_they_drop, a_dead_domain_behind_forwarders]
)
def test_others_do_not_notice(
    situation: Callable[[], Situation], every: float, dropped_a_second: float
) -> None:
    world, dropped, zones = situation()
    told: list[list[Told]] = []
    number, dropped_at, asked_at = 0, 0.0, 0.37
    with scenario(world, zones=zones) as session:
        session.virtual.max_jobs = 1 << 20
        while len(told) < 40:
            now = session.virtual.ticks()
            if now >= dropped_at:
                session.begin(dropped(number), address="127.0.0.9")
                number, dropped_at = number + 1, dropped_at + 1 / dropped_a_second
            if now >= asked_at:
                told.append(session.begin(request(f"a{len(told)}.z.pz.")))
                asked_at += every
            session.pass_time(min(dropped_at, asked_at) - now + 1e-6)
        session.settle()
    assert Counter(one.rcode for each in told for one in each) == {"NOERROR": 40}
    assert max(each[0].seconds for each in told) <= 0.5


@pytest.mark.parametrize("later", [0.0, 0.3, 0.8, 1.2, 2.0, 4.0])
def test_one_dropped_question_costs_no_other_one(later: float) -> None:
    world, dropped, _ = a_type_they_drop()
    with scenario(world) as session:
        session.ask("warm.z.pz.")
        session.begin(dropped(0))
        session.pass_time(later)
        assert [session.ask(f"a{number}.z.pz.").rcode for number in range(3)] == ["NOERROR"] * 3


def test_servers_that_died_are_found_dead_in_seconds() -> None:
    """Two that answered all, dead from one moment on, and a minute of twenty new names a second."""
    world = delegating("z")
    world.zone("z.pz.", [FIRST, SECOND], text=ZONE)
    told: list[list[Told]] = []
    with scenario(world) as session:
        session.virtual.max_jobs = 1 << 20
        session.ask("warm.z.pz.")
        world.zone("z.pz.", [FIRST, SECOND], silent)
        session.pass_time(1)
        for number in range(1200):
            told.append(session.begin(request(f"a{number}.z.pz.")))
            session.pass_time(0.05)
        session.settle()
    died_after = 20 * 15  # questions: those that began while they still counted as well have had their time
    waited = [each[0].seconds for each in told[died_after:]]
    assert sum(seconds > 0.1 for seconds in waited) <= 45  # the probes, one a second at most
    before = [each[0].seconds for each in told[:died_after]]
    assert max(before) <= 4.5
    sent = len(world.asked(server=FIRST)) + len(world.asked(server=SECOND))
    assert sent <= 1200  # most of them in the ten seconds
