# SPDX-License-Identifier: ISC
"""Questions through the whole room: cache, failures (RFC 9520), stale data (RFC 8767), snooping, deadlines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resolver.engine.outcome import Cause, Failed
from resolver.policy import Policy, StaleRules
from resolver.units import Seconds
from resolver.wire import Ede, Edns, Message, Rcode, Rtype, from_text, read_ede
from tests.service.fakes import Scene, ask, cname, lifetime, negative, positive, read

WWW = "www.example.com"


def edes(message: Message) -> list[int]:
    return [code for code, _ in read_ede(message.edns)]


def warm(ttl: float = 60, stale: float = 86400.0) -> Scene:
    """A scene that has the answer in its cache."""
    scene = Scene()
    scene.knows(WWW, positive(WWW, ttl=ttl, stale=stale))
    assert scene.response().answer
    scene.engine.asked.clear()
    return scene


def test_a_miss_then_hits_with_the_ttl_counting_down() -> None:
    scene = warm()
    scene.world.advance(10.5)
    message = scene.response()
    assert message.answer[0].ttl == 49
    assert scene.engine.asked == []
    assert scene.counters.responses == {(0, "miss"): 1, (0, "hit"): 1}
    scene.assert_empty()


def test_an_answer_just_resolved_shows_the_ttl_it_came_with() -> None:
    scene = Scene()
    scene.knows(WWW, positive(WWW, ttl=60))
    scene.lingers = 0.25
    assert scene.response().answer[0].ttl == 60


def test_but_what_the_work_found_in_the_cache_has_aged() -> None:
    scene = Scene()
    old = positive(WWW, ttl=60, at=scene.world.now() - 10)
    scene.answers[f"{WWW}."] = lambda now: (old,)
    assert scene.response().answer[0].ttl == 49


def test_rfc2308_denials_are_hits_too() -> None:
    scene = Scene()
    scene.knows(WWW, negative(WWW))
    assert scene.response().rcode == scene.response(rtype=Rtype.MX).rcode == Rcode.NXDOMAIN
    assert len(scene.engine.asked) == 1
    assert scene.counters.cache_hits == {("denial", "fresh"): 1}


def test_those_who_ask_together_share_one_resolution_and_a_ttl_of_0() -> None:
    scene = Scene()
    scene.knows(WWW, positive(WWW, ttl=0))
    jobs = [scene.start(ask(id=number)) for number in range(3)]
    scene.world.advance(1)
    responses = [read(scene.world.run(job.join())) for job in jobs]
    assert [message.answer[0].ttl for message in responses] == [0, 0, 0]
    assert [message.id for message in responses] == [0, 1, 2]
    assert len(scene.engine.asked) == 1
    assert scene.counters.responses == {(0, "miss"): 1, (0, "joined"): 2}
    scene.response()
    assert len(scene.engine.asked) == 2  # and no one after them is served
    scene.assert_empty()


@pytest.mark.parametrize(("ttl", "cause"), [(0, "zero_ttl"), (60, "cold")])
def test_why_it_was_a_miss(ttl: float, cause: str) -> None:
    scene = Scene()
    scene.knows(WWW, positive(WWW, ttl=ttl))
    scene.response()
    assert scene.counters.cache_misses == {cause: 1}


def test_a_zone_that_is_not_cached_is_bypassed() -> None:
    scene = Scene()
    scene.knows(WWW, positive(WWW))
    scene.stores = False
    scene.response()
    assert scene.counters.cache_misses == {"bypass": 1}


def test_rfc6672_section_2_2_yxdomain_comes_with_its_dname_and_is_not_remembered_as_a_failure() -> None:
    scene = Scene()
    label = "a" * 60
    target = ".".join([label] * 4)
    dname = positive("example.com", Rtype.DNAME, from_text(target))
    scene.caches.records.store(replace(dname, lifetime=lifetime(scene.world.now(), 300)), scene.world.now())
    too_long = Failed(Cause.STRUCTURAL, Ede.OTHER, "too long", from_text("example.com"), rcode=Rcode.YXDOMAIN)
    scene.answers[f"{label}.example.com."] = lambda now: too_long
    for _ in range(2):
        message = scene.response(f"{label}.example.com")
        assert message.rcode == Rcode.YXDOMAIN
        assert [record.rtype for record in message.answer] == [Rtype.DNAME]


# --- RFC 9520: failures ---------------------------------------------------------------------------------------------


def test_rfc9520_a_failure_is_told_again_without_asking_and_backs_off() -> None:
    scene = Scene()
    scene.fails(WWW)
    first = scene.response()
    assert (first.rcode, edes(first)) == (Rcode.SERVFAIL, [Ede.NO_REACHABLE_AUTHORITY])
    again = scene.response()
    assert (again.rcode, edes(again)) == (Rcode.SERVFAIL, [Ede.CACHED_ERROR, Ede.NO_REACHABLE_AUTHORITY])
    assert scene.counters.responses == {(2, "miss"): 1, (2, "failure"): 1}
    for _ in range(140):  # security.md A15: 14 s at ten questions a second
        scene.response()
        scene.world.advance(0.1)
    assert len(scene.engine.asked) <= 5
    scene.assert_empty()


def test_a_success_ends_the_failure() -> None:
    scene = Scene()
    scene.fails(WWW)
    scene.response()
    scene.knows(WWW, positive(WWW))
    scene.world.advance(1.1)
    assert scene.response().answer
    assert len(scene.caches.failures) == 0


def test_structural_failures_start_at_five_seconds() -> None:
    scene = Scene()
    scene.fails(WWW, Cause.STRUCTURAL)
    scene.response()
    scene.world.advance(4.5)
    scene.response()
    assert len(scene.engine.asked) == 1
    scene.world.advance(0.6)
    scene.response()
    assert len(scene.engine.asked) == 2


def test_overload_is_not_remembered() -> None:
    scene = Scene()
    scene.fails(WWW, Cause.OVERLOAD)
    scene.response()
    assert len(scene.caches.failures) == 0


def test_a_success_in_its_zone_clears_failures_of_unreachable_servers() -> None:
    scene = Scene()
    scene.fails(WWW)
    scene.response()
    scene.knows("b.example.com", positive("b.example.com"))
    scene.response("b.example.com")
    scene.knows(WWW, positive(WWW))
    assert scene.response().rcode == Rcode.NOERROR


def test_a_hopeless_question_gets_servfail_within_the_deadline() -> None:
    scene = Scene()
    scene.knows(WWW, positive(WWW))
    scene.takes = 6.0
    message = scene.response()
    assert (message.rcode, edes(message)) == (Rcode.SERVFAIL, [Ede.NO_REACHABLE_AUTHORITY])
    assert scene.world.ticks() == pytest.approx(4.5)
    scene.world.advance(2)  # the work goes on for the cache
    assert scene.response().answer
    assert len(scene.engine.asked) == 1
    scene.assert_empty()


def test_a_crash_is_servfail_and_the_next_question_is_answered() -> None:
    scene = Scene()
    scene.answers["www.example.com."] = lambda now: RuntimeError("our bug")
    message = scene.response()
    assert (message.rcode, edes(message)) == (Rcode.SERVFAIL, [Ede.OTHER])
    scene.knows("b.example.com", positive("b.example.com"))
    assert scene.response("b.example.com").answer
    scene.assert_empty()


# --- RFC 8767: stale data -------------------------------------------------------------------------------------------


def outage() -> Scene:
    """A warm cache a minute past its TTL, and servers that answer nobody any more."""
    scene = warm()
    scene.fails(WWW)
    scene.takes = 7.0
    scene.world.advance(61)
    return scene


def test_rfc8767_section_5_stale_after_the_client_response_timer() -> None:
    scene = outage()
    began_at = scene.world.ticks()
    message = scene.response()
    assert scene.world.ticks() - began_at == pytest.approx(1.8)
    assert (message.answer[0].ttl, edes(message)) == (30, [Ede.STALE_ANSWER])
    assert scene.counters.served_stale == 1
    assert scene.counters.responses[0, "stale"] == 1


def test_rfc8767_section_5_within_the_recheck_window_stale_at_once_and_nothing_asked() -> None:
    scene = outage()
    scene.response()
    for _ in range(20):
        assert read(scene.at_once(ask())).answer
        scene.world.advance(1)
    assert len(scene.engine.asked) == 1


def test_rfc8767_section_5_the_resolution_goes_on_and_its_failure_starts_the_recheck_timer() -> None:
    scene = outage()
    scene.response()
    scene.world.advance(5.2)  # the work has failed at 7 s: the timer runs from there
    scene.world.advance(29)
    assert read(scene.at_once(ask())).answer
    scene.world.advance(1.1)
    scene.response()
    assert len(scene.engine.asked) == 2
    scene.assert_empty()


def test_rfc8767_section_5_stale_at_once_when_the_resolution_fails() -> None:
    scene = outage()
    scene.takes = 0.2
    began_at = scene.world.ticks()
    assert scene.response().answer[0].ttl == 30
    assert scene.world.ticks() - began_at == pytest.approx(0.2)


def test_rfc8767_section_4_an_answer_in_time_replaces_stale_data() -> None:
    scene = outage()
    scene.knows(WWW, positive(WWW, Rtype.A, b"\xc0\x00\x02\x02", ttl=60))
    scene.takes = 0.2
    message = scene.response()
    assert (message.answer[0].rdata, message.answer[0].ttl, edes(message)) == (b"\xc0\x00\x02\x02", 60, [])
    assert scene.counters.cache_misses["expired"] == 1


def test_rfc8767_section_4_nxdomain_replaces_stale_data() -> None:
    scene = outage()
    scene.knows(WWW, negative(WWW))
    scene.takes = 0.2
    assert scene.response().rcode == scene.response().rcode == Rcode.NXDOMAIN


def test_r22_recovery_ends_the_recheck_window() -> None:
    scene = outage()
    scene.takes = 0.2
    scene.response()
    scene.knows(WWW, positive(WWW, ttl=60))
    scene.knows("b.example.com", positive("b.example.com"))
    scene.response("b.example.com")  # a server of the zone answers
    assert scene.response().answer[0].ttl == 60


def test_r21_past_max_age_there_is_no_stale_data() -> None:
    scene = warm(stale=100.0)
    scene.fails(WWW)
    scene.world.advance(161)
    assert scene.response().rcode == Rcode.SERVFAIL


def test_stale_switched_off() -> None:
    scene = Scene(policy=Policy(stale=StaleRules(enabled=False)))
    scene.knows(WWW, positive(WWW, ttl=60))
    scene.response()
    scene.fails(WWW)
    scene.world.advance(61)
    assert scene.response().rcode == Rcode.SERVFAIL


def test_client_timeout_0_serves_stale_at_once_and_refreshes() -> None:
    scene = Scene(policy=Policy(stale=StaleRules(client_timeout=Seconds(0))))
    scene.knows(WWW, positive(WWW, ttl=60))
    scene.response()
    scene.world.advance(61)
    assert read(scene.at_once(ask())).answer[0].ttl == 30
    scene.world.advance(1)
    assert read(scene.at_once(ask())).answer[0].ttl == 59
    assert len(scene.engine.asked) == 2


def test_one_stale_link_makes_the_chain_stale() -> None:
    scene = Scene()
    scene.knows(WWW, cname(WWW, "b.example.net", ttl=60), positive("b.example.net", ttl=600))
    scene.response()
    scene.fails(WWW)
    scene.world.advance(61)
    message = scene.response()
    assert edes(message) == [Ede.STALE_ANSWER]
    assert [record.ttl for record in message.answer] == [30, pytest.approx(538, abs=1)]


def test_a_stale_denial_is_told_as_one() -> None:
    scene = Scene()
    scene.knows(WWW, negative(WWW, ttl=60))
    scene.response()
    scene.fails(WWW)
    scene.world.advance(61)
    message = scene.response()
    assert (message.rcode, edes(message)) == (Rcode.NXDOMAIN, [Ede.STALE_NXDOMAIN_ANSWER])


def test_a_failure_never_shadows_stale_data() -> None:
    scene = outage()
    scene.takes = 0.2
    for _ in range(5):
        assert scene.response().rcode == Rcode.NOERROR
        scene.world.advance(2)


# --- RD=0 -----------------------------------------------------------------------------------------------------------


def test_rd_0_is_answered_from_what_is_fresh() -> None:
    scene = warm()
    message = scene.response(flags=0)
    assert message.answer
    assert not message.rd
    assert scene.response("other.example.com", flags=0).rcode == Rcode.REFUSED
    assert scene.engine.asked == []


def test_rfc8767_section_5_rd_0_never_gets_stale_data() -> None:
    scene = warm()
    scene.world.advance(61)
    message = scene.response(flags=0)
    assert (message.rcode, edes(message)) == (Rcode.REFUSED, [Ede.NOT_AUTHORITATIVE])
    assert scene.engine.asked == []


# --- ANY ------------------------------------------------------------------------------------------------------------


def test_rfc8482_any_never_goes_upstream() -> None:
    scene = Scene()
    scene.knows(WWW, positive(WWW))
    assert [record.rtype for record in scene.response(rtype=Rtype.ANY).answer] == [Rtype.A]
    assert scene.engine.asked == [(from_text(WWW), Rtype.A, False)]


# --- shutting down --------------------------------------------------------------------------------------------------


def test_draining_answers_who_waits_and_begins_nothing() -> None:
    scene = outage()
    scene.fails("cold.example.com")
    stale, cold = scene.start(ask()), scene.start(ask("cold.example.com", edns=Edns()))
    scene.world.advance(0.1)
    scene.service.drain()
    for resolution in list(scene.service.flights._table.values()):
        resolution.job.end()  # type: ignore[union-attr]  # what a world does when it closes
    assert read(scene.world.run(stale.join())).answer[0].ttl == 30
    refused = read(scene.world.run(cold.join()))
    assert (refused.rcode, read_ede(refused.edns)) == (Rcode.SERVFAIL, [(Ede.OTHER, "shutting down")])
    assert read(scene.ask(ask("new.example.com"))).rcode == Rcode.SERVFAIL
    assert len(scene.caches.failures) == 0
    scene.assert_empty()


def test_each_entry_knows_how_often_it_was_of_use() -> None:
    scene = warm(ttl=60)
    scene.world.advance(1)
    scene.response()  # the slow way: it makes an image
    scene.world.advance(90)
    scene.engine.asked.clear()
    scene.answers[f"{WWW}."] = lambda now: Failed(
        Cause.UNREACHABLE, Ede.NO_REACHABLE_AUTHORITY, "", b"\x00", 1
    )
    scene.response()
    records = scene.caches.records
    slot = records.slot(from_text(f"{WWW}."), 1)
    tally = records.tallies.of(slot)
    assert (tally.hits, tally.stale_answers, tally.stale_periods) == (1, 1, 1)


@pytest.mark.parametrize(("flushed", "cause"), [(True, "flushed"), (False, "cold")])
def test_a_miss_for_what_was_flushed_is_told_from_a_cold_one(flushed: bool, cause: str) -> None:
    scene = Scene()
    scene.knows(WWW, positive(WWW, ttl=60))
    if flushed:
        scene.response()
        scene.caches.flush(from_text(f"{WWW}."), now=scene.world.now())
        scene.counters.cache_misses.clear()
    scene.response()
    assert scene.counters.cache_misses == {cause: 1}
