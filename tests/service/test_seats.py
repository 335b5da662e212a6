# SPDX-License-Identifier: ISC
"""What clients, zones and the table hold comes back to zero in every order of events, and nobody has too much.

Clients ask, hang up, lose patience or join each other; work ends, crashes, finds no room, descends, is fenced by a
NOTIFY, stands still or is ended because we stop.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.engine.budget import ResolutionFailed, Work
from resolver.engine.outcome import Cause, Failed, Outcome, Resolved
from resolver.engine.ports import Job
from resolver.lab.trampoline import VirtualJob
from resolver.service import AdmissionSettings, Client, ServiceOptions
from resolver.wire import Ede, from_text
from tests.service.fakes import Scene, ask, positive, stand_still

MOST = 2  # seats of a client, and places of a zone
ADDRESSES = ("192.0.2.1", "192.0.2.2")
ZONES = ("a.pz", "b.pz")


class Ask(NamedTuple):
    """A client asks for a name of a zone; the work takes so long, and moves to the second zone half-way."""

    who: int
    name: int
    zone: int
    to: int
    takes: float
    fails: int  # 1: as a failure, 2: by a crash


class Leave(NamedTuple):
    """The client that asked so many questions before hangs up."""

    which: int


events = st.one_of(
    st.builds(
        Ask,
        who=st.integers(0, 1),
        name=st.integers(0, 3),
        zone=st.integers(0, 1),
        to=st.integers(0, 1),
        takes=st.sampled_from([0.0, 0.1, 3.0, 20.0]),
        fails=st.integers(0, 2),
    ),
    st.builds(Leave, st.integers(0, 5)),
    st.floats(0.0, 9.0),  # time passes
    st.sampled_from(["flush", "still", "full", "room", "drain"]),
)


class Story(Scene):
    """A service whose engine does what the questions say."""

    def __init__(self) -> None:
        super().__init__(
            admission=AdmissionSettings(waiting_per_client=MOST, fetches_per_zone=MOST, fetches=3),
            options=ServiceOptions(allow=("192.0.2.0/24",)),
        )
        self.jobs: list[Job[bytes | None]] = []
        self.plans: dict[bytes, Ask] = {}
        self.service.flights._zone_of = lambda key: from_text(ZONES[self.plans[key].zone])

    async def _resolve(self, name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        plan = self.plans[name.lower()]
        await self.world.sleep_until(self.world.ticks() + plan.takes / 2)
        try:
            work.stand_at(from_text(ZONES[plan.to]))
        except ResolutionFailed as full:
            return Failed(full.cause, full.ede, full.text, full.zone)
        await self.world.sleep_until(self.world.ticks() + plan.takes / 2)
        if plan.fails == 2:
            raise RuntimeError("our bug")
        if plan.fails:
            return Failed(
                Cause.UNREACHABLE, Ede.NO_REACHABLE_AUTHORITY, "scripted", from_text(ZONES[plan.to])
            )
        return Resolved((positive("www.example.com"),), 1)

    def happen(self, event: object) -> None:
        match event:
            case Ask():
                name = f"n{event.name}.pz"
                self.plans.setdefault(from_text(name), event)
                self.jobs.append(self.start(ask(name), Client(ADDRESSES[event.who], 4000, "tcp")))
            case Leave() if event.which < len(self.jobs):
                gone = self.jobs[-1 - event.which]
                assert isinstance(gone, VirtualJob)
                gone.end()
            case float():
                self.world.advance(event)
            case "flush":
                self.service.flights.begin_anew()
            case "still":
                stand_still(self.world)
            case "full" | "room":
                self.world.max_jobs = self.world.open_jobs + 1 if event == "full" else 1 << 20
            case "drain":
                self.service.drain()
            case _:
                pass

    def check(self) -> None:
        """Nobody has more than its share, and each resolution that a client began is held by a seat of it."""
        flights, waiting = self.service.flights, self.service.waiting
        own = [each for each in flights._of_work.values() if not each.is_sub_question]
        began = Counter(each.seat._prefix for each in own if each.seat is not None)
        assert began.total() == len(own) == flights._own <= 3
        for prefix, count in began.items():
            assert count <= waiting._waiting[prefix] <= MOST
        assert sum(flights._shares._open.values()) == len(own)
        assert all(count <= MOST for count in flights._shares._open.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(events, max_size=25))
def test_every_order_of_events_ends_at_zero(history: list[object]) -> None:
    story = Story()
    for event in history:
        if isinstance(event, Ask) and story.world.max_jobs == story.world.open_jobs:
            continue  # no room for the client itself
        story.happen(event)
        story.check()
    story.assert_empty()
    assert (story.service.flights._own, len(story.service.flights._shares)) == (0, 0)
    assert not story.service.flights._of_work
    assert not story.service.waiting._crowds
