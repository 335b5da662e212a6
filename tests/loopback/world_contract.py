# SPDX-License-Identifier: ISC
"""What every `engine.ports.World` promises, as one class of tests that both worlds run.

A world's own test module derives from `WorldContract` and says how a scenario is run there. Delays are seconds of the
world: a hundredth of one is long enough on loopback and costs nothing in the laboratory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

import pytest

from resolver.engine.ports import ExchangeFailed, Reply, Server, Transport, World
from resolver.events import Mismatch, ReplyDropped, Tell, Verdict
from resolver.lab.network import Delivery
from resolver.wire import Rcode
from tests.loopback.scripted import CLOSED, GOOD, NAME, OTHER, Respond, query, reply_to

SOON = 0.02
LATER = 0.06
LONG = 2.0  # further than any test goes


class CountingWorld(World, Protocol):
    """A world that says what it holds."""

    @property
    def open_flights(self) -> int: ...
    @property
    def open_jobs(self) -> int: ...


Scenario = Callable[[CountingWorld], Coroutine[Any, Any, None]]


def silence(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
    return []


def at_once(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
    return [Delivery(0.0, reply_to(request))]


class WorldContract(ABC):
    """The tests; `run` is the world's. A world may count the scenario itself as a job."""

    scenario_is_a_job = 0

    @abstractmethod
    def run(self, scenario: Scenario, respond: Respond, *, tell: Tell, max_jobs: int) -> None:
        """Run `scenario` to its end in a fresh world whose servers are `respond`'s."""

    def play(self, scenario: Scenario, respond: Respond = at_once, max_jobs: int = 100) -> list[object]:
        """Run, then insist that every socket and job was given back; return the events told."""
        events: list[object] = []

        async def wrapped(world: CountingWorld) -> None:
            await scenario(world)
            assert world.open_flights == 0
            assert world.open_jobs == self.scenario_is_a_job

        self.run(wrapped, respond, tell=events.append, max_jobs=max_jobs)
        return events

    # Replies

    @pytest.mark.parametrize("transport", list(Transport))
    def test_a_reply_is_brought_and_taken_once(self, transport: Transport) -> None:
        async def scenario(world: CountingWorld) -> None:
            flight = world.start(GOOD, query(transport), world.ticks() + LONG)
            assert flight.server == GOOD
            assert await world.first([flight], world.ticks() + LONG) is flight
            got = flight.take()
            assert isinstance(got, Reply)
            assert got.message.question is not None
            assert got.message.question.name == NAME
            assert got.rtt >= 0.0
            assert got.size == 12 + len(NAME) + 4
            assert flight.take() is None
            flight.close()
            flight.close()

        self.play(scenario)

    def test_a_servfail_first_and_the_true_reply_later(self) -> None:
        def respond(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
            return [Delivery(0.0, reply_to(request, rcode=Rcode.SERVFAIL)), Delivery(SOON, reply_to(request))]

        async def scenario(world: CountingWorld) -> None:
            flight = world.start(GOOD, query(), world.ticks() + LONG)
            rcodes = []
            for _ in range(2):
                await world.first([flight], world.ticks() + LONG)
                got = flight.take()
                assert isinstance(got, Reply)
                rcodes.append(got.message.rcode)
            assert rcodes == [Rcode.SERVFAIL, Rcode.NOERROR]
            flight.close()

        self.play(scenario, respond)

    def test_first_gives_the_quicker_of_two(self) -> None:
        def respond(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
            return [Delivery(LATER if server == GOOD else 0.0, reply_to(request))]

        async def scenario(world: CountingWorld) -> None:
            until = world.ticks() + LONG
            flights = [world.start(GOOD, query(), until), world.start(OTHER, query(), until)]
            assert await world.first(flights, until) is flights[1]
            flights[1].take()
            assert await world.first(flights, until) is flights[0]
            for flight in flights:
                flight.close()

        self.play(scenario, respond)

    def test_first_gives_up_at_its_instant_and_a_later_reply_still_counts(self) -> None:
        def respond(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
            return [Delivery(LATER, reply_to(request))]

        async def scenario(world: CountingWorld) -> None:
            flight = world.start(GOOD, query(), world.ticks() + LONG)
            hedge_at = world.ticks() + SOON
            assert await world.first([flight], hedge_at) is None
            assert world.ticks() >= hedge_at
            assert await world.first([flight], world.ticks() + LONG) is flight
            flight.close()

        self.play(scenario, respond)

    def test_no_flights_at_all_is_a_wait(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            until = world.ticks() + SOON
            assert await world.first([], until) is None
            assert world.ticks() >= until

        self.play(scenario)

    # Replies that are not ours (RFC 5452 section 9.1)

    @pytest.mark.parametrize(
        ("why", "spoil"),
        [
            (Mismatch.WRONG_ID, lambda request: reply_to(request, change_id=1)),
            (Mismatch.WRONG_QUESTION, lambda request: reply_to(request, name=b"\x04evil\x07example\x00")),
            (Mismatch.NOT_A_RESPONSE, lambda request: request),
            (Mismatch.MALFORMED, lambda request: request[:2] + b"\x84"),
            (Mismatch.MALFORMED, lambda request: reply_to(request) + b"trailing"),
        ],
    )
    def test_a_bad_datagram_is_dropped_and_the_right_one_still_heard(
        self, why: Mismatch, spoil: Callable[[bytes], bytes]
    ) -> None:
        def respond(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
            return [Delivery(0.0, spoil(request)), Delivery(SOON, reply_to(request))]

        async def scenario(world: CountingWorld) -> None:
            flight = world.start(GOOD, query(), world.ticks() + LONG)
            assert await world.first([flight], world.ticks() + LONG) is flight
            assert isinstance(flight.take(), Reply)
            assert flight.near_misses == 1
            assert not flight.wrong_case
            flight.close()

        events = self.play(scenario, respond)
        assert [event.why for event in events if isinstance(event, ReplyDropped)] == [why]

    def test_the_wrong_letter_case_is_remembered_0x20(self) -> None:
        def respond(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
            return [Delivery(0.0, reply_to(request, name=NAME.lower()))]

        async def scenario(world: CountingWorld) -> None:
            flight = world.start(GOOD, query(exact_case=True), world.ticks() + SOON * 3)
            await world.first([flight], world.ticks() + LONG)
            got = flight.take()
            assert isinstance(got, ExchangeFailed)
            assert got.reason is Verdict.TIMEOUT
            assert flight.wrong_case

        self.play(scenario, respond)

    def test_a_reply_longer_than_we_offered_ends_the_try_rfc9715(self) -> None:
        def respond(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
            return [Delivery(0.0, reply_to(request) + bytes(600))]

        async def scenario(world: CountingWorld) -> None:
            flight = world.start(GOOD, query(), world.ticks() + LONG)
            assert await world.first([flight], world.ticks() + LONG) is flight
            got = flight.take()
            assert isinstance(got, ExchangeFailed)
            assert got.reason is Verdict.TOO_LARGE

        self.play(scenario, respond)

    # Tries that fail

    @pytest.mark.parametrize("transport", list(Transport))
    def test_silence_is_a_timeout_at_the_deadline_and_the_socket_is_closed(
        self, transport: Transport
    ) -> None:
        async def scenario(world: CountingWorld) -> None:
            until = world.ticks() + SOON
            flight = world.start(GOOD, query(transport), until)
            assert await world.first([flight], world.ticks() + LONG) is flight
            assert world.ticks() >= until
            got = flight.take()
            assert isinstance(got, ExchangeFailed)
            assert got.reason is Verdict.TIMEOUT

        self.play(scenario, silence)

    @pytest.mark.parametrize("transport", list(Transport))
    def test_a_closed_port_ends_the_try(self, transport: Transport) -> None:
        async def scenario(world: CountingWorld) -> None:
            flight = world.start(CLOSED, query(transport), world.ticks() + LONG)
            assert await world.first([flight], world.ticks() + LONG) is flight
            got = flight.take()
            assert isinstance(got, ExchangeFailed)
            assert got.reason in (Verdict.UNREACHABLE, Verdict.CLOSED)

        self.play(scenario)

    def test_a_tcp_server_that_closes_is_told_from_silence(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            flight = world.start(GOOD, query(Transport.TCP), world.ticks() + LONG)
            assert await world.first([flight], world.ticks() + LONG) is flight
            got = flight.take()
            assert isinstance(got, ExchangeFailed)
            assert got.reason is Verdict.CLOSED

        self.play(scenario, lambda server, transport, request: [Delivery(0.0, None)])

    # Lingering

    def test_a_late_reply_is_heard_by_whoever_lingered(self) -> None:
        def respond(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
            return [Delivery(SOON, reply_to(request))]

        async def scenario(world: CountingWorld) -> None:
            heard: list[Reply | None] = []
            flight = world.start(GOOD, query(), world.ticks() + LONG)
            flight.linger(world.ticks() + LONG, heard.append)
            await world.sleep_until(world.ticks() + LATER)
            assert len(heard) == 1
            assert isinstance(heard[0], Reply)

        self.play(scenario, respond)

    def test_lingering_in_vain_is_told_once_and_closes_the_socket(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            heard: list[Reply | None] = []
            flight = world.start(GOOD, query(), world.ticks() + LONG)
            flight.linger(world.ticks() + SOON, heard.append)
            assert world.open_flights == 1
            await world.sleep_until(world.ticks() + LATER)
            assert heard == [None]

        self.play(scenario, silence)

    def test_lingering_after_the_end_is_told_too(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            heard: list[Reply | None] = []
            flight = world.start(CLOSED, query(), world.ticks() + LONG)
            await world.first([flight], world.ticks() + LONG)
            flight.linger(world.ticks() + LONG, heard.append)
            await world.sleep_until(world.ticks() + SOON)
            assert heard == [None]

        self.play(scenario)

    # Jobs

    def test_any_number_may_wait_for_a_job(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            async def work() -> str:
                await world.sleep_until(world.ticks() + SOON)
                return "done"

            results, heard = list[str | None](), list[str | None]()
            job = world.spawn(work(), world.ticks() + LONG, heard.append)
            assert job is not None

            async def wait() -> None:
                results.append(await job.join())

            waiters = [world.spawn(wait(), world.ticks() + LONG) for _ in range(10)]
            for waiter in waiters:
                assert waiter is not None
                await waiter.join()
            assert (results, heard) == (["done"] * 10, ["done"])
            assert job.done
            assert await job.join(world.ticks() - 1.0) == "done"

        self.play(scenario)

    def test_long_work_lets_others_go_first_by_waiting_for_the_present(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            seen: list[str] = []

            async def work(name: str) -> None:
                for _ in range(3):
                    seen.append(name)
                    await world.sleep_until(world.ticks())

            jobs = [world.spawn(work(name), world.ticks() + LONG) for name in "ab"]
            for job in jobs:
                assert job is not None
                await job.join(world.ticks() + LONG)
            assert "".join(seen) == "ababab"

        self.play(scenario)

    def test_who_stops_waiting_does_not_stop_the_work(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            async def work() -> int:
                await world.sleep_until(world.ticks() + LATER)
                return 7

            job = world.spawn(work(), world.ticks() + LONG)
            assert job is not None
            assert await job.join(world.ticks() + SOON) is None
            assert not job.done
            assert await job.join() == 7

        self.play(scenario)

    def test_a_job_ends_at_its_deadline_and_cleans_up(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            cleaned, heard = list[bool](), list[int | None]()

            async def work() -> int:
                flight = world.start(GOOD, query(), world.ticks() + LONG)
                try:
                    await world.first([flight], world.ticks() + LONG)
                finally:
                    cleaned.append(True)
                    flight.close()
                return 1

            until = world.ticks() + SOON
            job = world.spawn(work(), until, heard.append)
            assert job is not None
            assert await job.join() is None
            assert world.ticks() >= until
            await world.sleep_until(world.ticks() + SOON)
            assert job.done
            assert (cleaned, heard) == ([True], [None])

        self.play(scenario, silence)

    def test_a_full_job_table_refuses_and_closes_the_work(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            async def work() -> None:
                await world.sleep_until(world.ticks() + SOON)

            jobs = [world.spawn(work(), world.ticks() + LONG) for _ in range(2)]
            refused = work()
            assert world.spawn(refused, world.ticks() + LONG) is None
            with pytest.raises(RuntimeError):  # a closed coroutine cannot be awaited
                await refused
            for job in jobs:
                assert job is not None
                await job.join()

        self.play(scenario, max_jobs=2 + self.scenario_is_a_job)

    # Clocks and draws

    def test_draws_stay_below_their_bound(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            for bound in (1, 2, 3, 255, 256, 257, 65536, 10**9):
                assert all(0 <= world.draw(bound) < bound for _ in range(50))
            assert len({world.draw(2) for _ in range(200)}) == 2

        self.play(scenario)

    def test_all_clocks_go_forward(self) -> None:
        async def scenario(world: CountingWorld) -> None:
            before = world.now(), world.ticks(), world.wall()
            await world.sleep_until(world.ticks() + SOON)
            after = world.now(), world.ticks(), world.wall()
            assert all(b - a > 0 for a, b in zip(before, after, strict=True))

        self.play(scenario)
