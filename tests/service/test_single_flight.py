# SPDX-License-Identifier: ISC
"""One resolution per question, cycles found at once, tables that return to zero (security.md A3, TsuNAME)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from resolver.engine.budget import Work
from resolver.engine.limits import Limits
from resolver.engine.outcome import Cause, Failed, Outcome, Resolved
from resolver.events import Crashed, Event, LimitHit, QuestionEnded
from resolver.service.admission import AdmissionSettings
from resolver.service.single_flight import FlightEnded, FlightKey, SingleFlight, SubResolve
from resolver.wire import Ede, from_text
from tests.service.fakes import Script, ScriptedEngine, new_world, positive, stand_still

WWW = from_text("www.example.com")
OTHER = from_text("other.example.net")
KEY = FlightKey(WWW, 1)
ANSWER = Resolved((positive("www.example.com"),))
LATE = 100.0


class Flights:
    """A single flight over a scripted engine in virtual time, with everything it tells."""

    def __init__(self, script: Script, admission: AdmissionSettings | None = None, **more: object) -> None:
        self.world = new_world()
        self.engine = ScriptedEngine(script)
        self.told: list[Event] = []
        self.ended: list[FlightEnded] = []
        self.sub: SubResolve

        def make_engine(sub: SubResolve) -> ScriptedEngine:
            self.sub = sub
            return self.engine

        self.flights = SingleFlight(
            self.world,
            make_engine,
            admission or AdmissionSettings(),
            Limits(),
            8.0,
            self.told.append,
            ended=self.ended.append,
            **more,  # type: ignore[arg-type]  # by name
        )

    def resolve(self, name: bytes = WWW, rtype: int = 1, *, cd: bool = False) -> Outcome | None:
        key = FlightKey(name.lower(), rtype, cd)
        return self.world.run(self.flights.resolve(key, name, "client", LATE))

    def together(self, *names: bytes, cd: tuple[bool, ...] = ()) -> list[Outcome | None]:
        """Resolve several at once."""
        world = self.world
        jobs = [
            world.spawn(
                self.flights.resolve(FlightKey(name.lower(), 1, bool(cd and cd[i])), name, "client", LATE),
                LATE,
            )
            for i, name in enumerate(names)
        ]

        async def gather() -> list[Outcome | None]:
            return [await job.join(LATE) for job in jobs if job is not None]

        return world.run(gather())

    def assert_empty(self) -> None:
        self.world.settle()
        assert len(self.flights) == 0
        assert not self.flights._of_work
        assert not len(self.flights._shares)
        assert self.flights._own == 0


def after(flights: list[Flights], seconds: float, outcome: Outcome = ANSWER) -> Script:
    async def script(name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        world = flights[0].world
        await world.sleep_until(world.ticks() + seconds)
        return outcome

    return script


def slow(seconds: float = 0.3, outcome: Outcome = ANSWER, **more: object) -> Flights:
    """Flights whose every question takes so long."""
    box: list[Flights] = []
    box.append(Flights(after(box, seconds, outcome), **more))  # type: ignore[arg-type]  # by name
    return box[0]


def test_a_thousand_who_ask_the_same_cause_one_resolution() -> None:
    flights = slow()
    assert flights.together(*[WWW] * 1000) == [ANSWER] * 1000
    assert len(flights.engine.asked) == 1
    flights.assert_empty()


def test_letter_case_makes_no_difference_but_is_sent_as_spelled() -> None:
    flights = slow()
    flights.together(from_text("WWW.example.com"), WWW)
    assert flights.engine.asked == [(from_text("WWW.example.com"), 1, False)]


def test_rfc4035_checking_disabled_is_another_question() -> None:
    flights = slow()
    flights.together(WWW, WWW, cd=(False, True))
    assert [cd for _, _, cd in flights.engine.asked] == [False, True]


def test_the_work_goes_on_when_its_client_stops_waiting() -> None:
    flights = slow(3.0)
    assert flights.world.run(flights.flights.resolve(KEY, WWW, "client", 1.0)) is None
    assert len(flights.flights) == 1
    flights.world.advance(3.0)
    assert [event.outcome for event in flights.ended] == [ANSWER]
    flights.assert_empty()


def test_work_that_never_ends_is_ended_and_remembered_as_a_failure() -> None:
    flights = slow(10_000.0)
    assert flights.resolve() is None
    (event,) = flights.ended
    assert isinstance(event.outcome, Failed)
    assert event.outcome.text == "no answer in time"
    assert [type(told) for told in flights.told] == [QuestionEnded]
    flights.assert_empty()


def test_work_that_is_ended_before_its_first_step_leaves_nothing_behind() -> None:
    """A machine that was paused: every name asked for then would be one that nobody can ask for again."""
    flights = slow(zone_of=lambda key: from_text("example.com"))
    begun = flights.flights.begin(KEY, WWW, "refresh")
    assert not isinstance(begun, Failed)
    stand_still(flights.world)
    assert flights.engine.asked == []
    (event,) = flights.ended
    assert (event.key, isinstance(event.outcome, Failed)) == (KEY, True)
    flights.assert_empty()
    assert flights.resolve() == ANSWER


def test_a_crash_fails_the_question_and_is_told() -> None:
    async def script(name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        raise RuntimeError("our bug")

    flights = Flights(script)
    outcome = flights.resolve()
    assert isinstance(outcome, Failed)
    assert (outcome.cause, outcome.ede) == (Cause.INTERNAL, Ede.OTHER)
    crash = next(event for event in flights.told if isinstance(event, Crashed))
    assert "our bug" in crash.traceback
    flights.assert_empty()


def test_more_fetches_than_admitted_fail_at_once() -> None:
    flights = slow(admission=AdmissionSettings(fetches=2))
    *served, refused = flights.together(
        from_text("a.example"), from_text("b.example"), from_text("c.example")
    )
    assert served == [ANSWER, ANSWER]
    assert isinstance(refused, Failed)
    assert refused.cause is Cause.OVERLOAD
    assert [event.limit for event in flights.told if isinstance(event, LimitHit)] == ["admission.fetches"]
    flights.assert_empty()


def test_more_waiters_than_admitted_fail_at_once() -> None:
    flights = slow(admission=AdmissionSettings(waiters_per_fetch=2))
    outcomes = flights.together(WWW, WWW, WWW)
    assert [isinstance(outcome, Failed) for outcome in outcomes] == [False, False, True]
    flights.assert_empty()


def test_who_stopped_waiting_makes_room_for_others() -> None:
    flights = slow(5.0, admission=AdmissionSettings(waiters_per_fetch=1))
    for patience in (1.0, 2.0, 3.0):
        assert flights.world.run(flights.flights.resolve(KEY, WWW, "client", patience)) is None
    flights.assert_empty()


@pytest.mark.parametrize(("zone", "served"), [("example.com", 2), ("com", 4), (".", 4)])
def test_water_torture_one_zone_holds_its_share_and_tlds_have_none(zone: str, served: int) -> None:
    flights = slow(admission=AdmissionSettings(fetches_per_zone=2), zone_of=lambda key: from_text(zone))
    outcomes = flights.together(*[from_text(f"{label}.example.com") for label in "abcd"])
    assert outcomes.count(ANSWER) == served
    flights.assert_empty()


def test_no_room_in_the_world_leaves_nothing_behind() -> None:
    flights = slow()
    flights.world.max_jobs = 1  # the one that asks
    outcome = flights.resolve()
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.OVERLOAD
    flights.assert_empty()


def test_after_closing_nothing_begins() -> None:
    flights = slow()
    flights.flights.closed = True
    outcome = flights.resolve()
    assert isinstance(outcome, Failed)
    assert outcome.text == "shutting down"
    assert flights.engine.asked == []


# --- sub-questions --------------------------------------------------------------------------------------------------


def asking(graph: dict[bytes, list[bytes]]) -> Flights:
    """Flights whose questions ask the sub-questions of a graph in turn, and fail when one of them fails."""
    box: list[Flights] = []

    async def script(name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        world = box[0].world
        await world.sleep_until(world.ticks() + 0.01)
        for target in graph.get(name, ()):
            outcome = await box[0].sub(target, 1, work.child(target, 1))
            if isinstance(outcome, Failed):
                return outcome
        return ANSWER

    box.append(Flights(script))
    return box[0]


def test_a_sub_question_shares_the_meter_and_is_no_question_of_its_own() -> None:
    flights = asking({WWW: [OTHER]})
    assert flights.resolve() == ANSWER
    assert [event.key.name for event in flights.ended] == [OTHER, WWW]
    flights.assert_empty()


def test_tsuname_two_clients_whose_questions_need_each_other_fail_at_once() -> None:
    flights = asking({WWW: [OTHER], OTHER: [WWW]})
    outcomes = flights.together(WWW, OTHER)
    assert all(isinstance(outcome, Failed) and outcome.cause is Cause.STRUCTURAL for outcome in outcomes)
    assert flights.world.ticks() < 0.5  # found, not timed out
    flights.assert_empty()


def test_tsuname_three_questions_in_a_ring() -> None:
    third = from_text("third.example.org")
    flights = asking({WWW: [OTHER], OTHER: [third], third: [WWW]})
    outcomes = flights.together(WWW, OTHER, third)
    assert all(isinstance(outcome, Failed) for outcome in outcomes)
    assert flights.world.ticks() < 0.5
    flights.assert_empty()


def test_a_diamond_is_no_cycle() -> None:
    left, right, bottom = (from_text(f"{label}.example.org") for label in ("left", "right", "bottom"))
    flights = asking({WWW: [left, right], OTHER: [right, left], left: [bottom], right: [bottom]})
    assert flights.together(WWW, OTHER) == [ANSWER, ANSWER]
    flights.assert_empty()


def test_a_remembered_failure_saves_the_sub_question() -> None:
    known = Failed(Cause.BROKEN, Ede.NETWORK_ERROR, "down", OTHER)
    flights = asking({WWW: [OTHER]})
    flights.flights.known_failure = lambda key: known if key.name == OTHER else None
    assert flights.resolve() == known
    assert [name for name, _, _ in flights.engine.asked] == [WWW]
    flights.assert_empty()


def test_who_joins_a_sub_question_does_not_inherit_the_limits_of_another() -> None:
    """A client whose question happens to be another's sub-question asks for itself when that one ran out of budget."""
    box: list[Flights] = []

    async def script(name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        world = box[0].world
        await world.sleep_until(world.ticks() + 0.1)
        if name == WWW:
            return await box[0].sub(OTHER, 1, work.child(OTHER, 1))
        return ANSWER if len(work.path) == 1 else Failed(Cause.LIMIT, Ede.OTHER, "spent", OTHER)

    box.append(Flights(script))
    flights = box[0]

    async def scene() -> tuple[Outcome | None, Outcome | None]:
        world = flights.world
        first = world.spawn(flights.flights.resolve(KEY, WWW, "client", LATE), LATE)
        assert first is not None
        await world.sleep_until(0.15)
        second = await flights.flights.resolve(FlightKey(OTHER, 1), OTHER, "client", LATE)
        return await first.join(LATE), second

    first, second = flights.world.run(scene())
    assert isinstance(first, Failed)
    assert second == ANSWER
    flights.assert_empty()


def starving(spend: Callable[[Work], None], cause: Cause = Cause.BROKEN) -> Flights:
    """WWW uses its licence up and then asks for OTHER, which fails; for its own sake OTHER has an answer, if slow."""
    box: list[Flights] = []

    async def script(name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        world = box[0].world
        if name == WWW:
            spend(work)
            return await box[0].sub(OTHER, 1, work.child(OTHER, 1))
        if name == THIRD:
            await world.sleep_until(world.ticks() + 0.1)
            return await box[0].sub(OTHER, 1, work.child(OTHER, 1))
        await world.sleep_until(min(world.ticks() + 0.2, work.deadline))
        starved = work.meter.sends or work.meter.connections or world.ticks() >= work.deadline
        return Failed(cause, Ede.OTHER, "starved", OTHER) if starved else ANSWER

    box.append(Flights(script))
    return box[0]


THIRD = from_text("third.example.org")
SPENT: dict[str, Callable[[Work], None]] = {
    "sends": lambda work: setattr(work.meter, "sends", 50),
    "connections": lambda work: setattr(work.meter, "connections", 4),
}


@pytest.mark.parametrize("what", list(SPENT))
def test_what_fails_when_anothers_licence_is_used_up_is_no_failure_of_its_own(what: str) -> None:
    """Else whoever can spend a licence makes any name fail for all: it asks for that name last."""
    flights = starving(SPENT[what])
    assert isinstance(flights.resolve(), Failed)
    assert [(event.key.name, event.blameless) for event in flights.ended] == [(OTHER, True), (WWW, False)]
    flights.assert_empty()


def test_what_fails_at_anothers_deadline_is_no_failure_of_its_own() -> None:
    flights = starving(lambda work: None, Cause.UNREACHABLE)
    world = flights.world
    work = Work(Limits(), world.ticks() + 0.1, path=((WWW, 1),))
    outcome = world.run(flights.sub(OTHER, 1, work.child(OTHER, 1)))
    assert isinstance(outcome, Failed)
    flights.assert_empty()
    assert [event.blameless for event in flights.ended] == [True]


@pytest.mark.parametrize("cause", [Cause.BROKEN, Cause.LIMIT])
def test_a_sub_question_joined_by_another_does_not_starve_it(cause: Cause) -> None:
    flights = starving(SPENT["sends"], cause)
    first, second = flights.together(WWW, THIRD)
    assert isinstance(first, Failed)
    assert second == ANSWER
    flights.assert_empty()


def test_after_a_change_nobody_joins_what_is_under_way_not_even_for_the_same_question() -> None:
    """A sub-question asked again under the same licence is another piece of work; both end, and nothing stays."""
    box: list[Flights] = []

    async def script(name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        world = box[0].world
        if name == WWW:
            asked = [world.spawn(box[0].sub(OTHER, 1, work.child(OTHER, 1)), LATE)]
            await world.sleep_until(world.ticks() + 0.05)
            box[0].flights.begin_anew()
            asked.append(world.spawn(box[0].sub(OTHER, 1, work.child(OTHER, 1)), LATE))
            return [await job.join(LATE) for job in asked if job is not None][-1] or ANSWER
        await world.sleep_until(world.ticks() + 0.1)
        return ANSWER

    box.append(Flights(script))
    assert box[0].resolve() == ANSWER
    assert [name for name, _, _ in box[0].engine.asked] == [WWW, OTHER, OTHER]
    assert [event.outcome for event in box[0].ended] == [ANSWER] * 3
    assert not any(isinstance(event, Crashed) for event in box[0].told)
    box[0].assert_empty()


def test_what_fails_after_a_change_is_asked_once_more_and_blamed_on_nobody() -> None:
    outcomes: list[Outcome] = [Failed(Cause.BROKEN, Ede.NETWORK_ERROR, "the old servers", WWW), ANSWER]
    box: list[Flights] = []

    async def script(name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        outcome = outcomes.pop(0)
        await box[0].world.sleep_until(box[0].world.ticks() + 0.1)
        return outcome

    box.append(Flights(script))
    flights, world = box[0].flights, box[0].world
    job = world.spawn(flights.resolve(KEY, WWW, "client", LATE), LATE)
    assert job is not None
    world.advance(0.05)
    flights.begin_anew()

    async def joined() -> Outcome | None:
        return await job.join(LATE)

    assert world.run(joined()) == ANSWER
    assert [event.blameless for event in box[0].ended] == [True, False]
    box[0].assert_empty()
