# SPDX-License-Identifier: ISC
"""Rows R15-R27: what goes on while servers are gone, after they are back, and while the process is being disturbed.

The numbers are the matrix's, for one run each. What the clock judges is marked `timed`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from resolver.cli.control_client import ControlClient
from tests.faults.assertions import Row
from tests.faults.broken import ROOT_TEXT, ZONE, Zone, is_right, names, p95_ms, share_within, warmed
from tests.faults.modes import Mode, Session, Told, request
from tests.faults.modes_live import FileClock, LiveSession, live
from tests.faults.modes_scenario import scenario
from tests.faults.world import ROOT_SERVER, Behaviour, honest, late, packets, silent
from tests.faults.world_answers import denial, saying
from tests.live.asking import question, udp, wait_until
from tests.live.loading import Load

DAY = 86_400


def ask_each(session: Session, asked: Sequence[str]) -> list[Told]:
    return [session.ask(name) for name in asked]


def root_that_dies() -> tuple[Zone, list[Behaviour]]:
    """The usual world, and a list: what is put into it is how the root behaves."""
    zone, now = Zone(1), list[Behaviour]()
    well = honest(".", ROOT_TEXT)
    zone.world.zone(".", ROOT_SERVER, lambda asked: now[-1](asked) if now else well(asked))
    return zone, now


@pytest.mark.timed
def test_R15_root_dead_tld_cached(mode: Mode, row: Row) -> None:
    zone, root = root_that_dies()
    with mode(zone.world) as session:
        warmed(session)
        root.append(silent)
        told = ask_each(session, names(100))
        row.exactly("% answered", share_within(told, 5), 100)
        row.at_most("ms p95", p95_ms(told), 10)


def test_R16_root_dead_unknown_tld(mode: Mode, row: Row) -> None:
    zone, root = root_that_dies()
    with mode(zone.world) as session:
        warmed(session)
        root.append(silent)
        told = session.ask("www.unknown.")
        assert told.rcode == "SERVFAIL"
        row.at_most("s to SERVFAIL", told.seconds, 4.5)


def expired(
    session: Session, zone: Zone, asked: Sequence[str], how: Behaviour = silent, after_s: float = 1.2
) -> None:
    """The names are in the cache and past their second; the servers are `how` from now on."""
    assert all(told.rcode in ("NOERROR", "NXDOMAIN") for told in ask_each(warmed(session), asked))
    session.settle()
    zone.change(how)
    session.pass_time(after_s)
    zone.world.clear()


def all_at_once(session: Session, asked: Sequence[str]) -> list[Told]:
    return session.ask_all([request(name) for name in asked])


# 290 names that exist and ten that do not, all of them with a second to live.
THREE_HUNDRED = [*names(290, "t"), *(f"nx{n}.none.{ZONE}" for n in range(10))]
STALE_TEXT = (
    "t A 192.0.2.9\n"
    + "@ 1 SOA ns.invalid. hostmaster.invalid. 1 7200 3600 1209600 1\n"
    + "".join(f"t{n} 1 A 192.0.2.9\n" for n in range(290))
)


@pytest.mark.timed
def test_R17_total_outage_300_expired_names(mode: Mode, row: Row) -> None:
    zone = Zone(2, text=STALE_TEXT)
    with mode(zone.world) as session:
        expired(session, zone, THREE_HUNDRED)
        told = all_at_once(session, THREE_HUNDRED)
        stale = [one for one in told if one.errors in ([3], [19])]
        row.exactly("% stale", 100 * len(stale) / len(told), 100)
        row.at_most("s worst", max(one.seconds for one in told), 1.9)
        assert {one.ttl for one in told[:290]} == {30}
        authorities = [one.message.authority for one in told[290:] if one.message]
        assert {rrset.ttl for rrsets in authorities for rrset in rrsets} == {30}
        assert {(one.rcode, one.errors[0]) for one in told} == {("NOERROR", 3), ("NXDOMAIN", 19)}


@pytest.mark.timed
def test_R18_again_inside_the_recheck(mode: Mode, row: Row) -> None:
    zone = Zone(2, text=STALE_TEXT)
    with mode(zone.world) as session:
        expired(session, zone, THREE_HUNDRED)
        all_at_once(session, THREE_HUNDRED)
        session.settle()
        zone.world.clear()
        told = ask_each(session, THREE_HUNDRED)
        row.exactly("% stale", 100 * sum(one.errors in ([3], [19]) for one in told) / len(told), 100)
        row.at_most("ms worst", 1000 * max(one.seconds for one in told), 20)
        session.settle()
        asked = [a.name for a in zone.world.log]
        row.at_most("upstream per name", max(map(asked.count, asked), default=0), 1)


@pytest.mark.parametrize("code", [2, 5], ids=["SERVFAIL", "REFUSED"])
@pytest.mark.timed
def test_R19_stale_when_servers_fail(code: int, mode: Mode, row: Row) -> None:
    zone = Zone(2, ttl=1)
    with mode(zone.world) as session:
        expired(session, zone, names(1), saying(code))
        told = session.ask(*names(1))
        assert (is_right(told), told.errors) == (True, [3])
        row.at_most("s to the stale answer", told.seconds, 1.8)


@pytest.mark.timed
def test_R20_nxdomain_beats_stale_data(mode: Mode, row: Row) -> None:
    zone = Zone(2, ttl=1)
    with mode(zone.world) as session:
        expired(session, zone, names(1), lambda asked: packets(denial(asked, ZONE)))
        told = session.ask(*names(1))
        assert (told.rcode, told.errors) == ("NXDOMAIN", [])
        row.at_most("s to NXDOMAIN", told.seconds, 0.1)


def test_R21_stale_age_limit(row: Row) -> None:
    zone = Zone(2, ttl=1)
    with scenario(zone.world) as session:
        expired(session, zone, names(1))
        session.pass_time(DAY - 10)
        assert session.ask(*names(1)).errors == [3]
        session.pass_time(20)
        row.exactly("stale answers after a day", session.ask(*names(1)).rcode != "SERVFAIL", 0)


@pytest.mark.live
def test_R21_stale_age_limit_on_sockets(row: Row, tmp_path: Path) -> None:
    """A day goes by on the clock of lifetimes, which is a file here."""
    zone, clock = Zone(2, ttl=1), FileClock(tmp_path)
    with live(zone.world, clock.settings) as session:
        assert is_right(warmed(session).ask(*names(1)))
        zone.change(silent)
        clock.go_on(DAY - 10)
        assert session.ask(*names(1)).errors == [3]
        clock.go_on(20)
        row.exactly("stale answers after a day", session.ask(*names(1)).rcode != "SERVFAIL", 0)


@pytest.mark.timed
def test_R22_recovery(mode: Mode, row: Row) -> None:
    zone = Zone(2, ttl=1)
    old, new = names(20, "old"), names(20, "new")
    with mode(zone.world) as session:
        expired(session, zone, old)
        all_at_once(session, old)
        assert session.ask("lost.z.pz.").rcode == "SERVFAIL"
        zone.mend()
        told = ask_each(session, new)
        row.exactly("% of new names", share_within(told, 1), 100)
        session.pass_time(3)
        again = ask_each(session, old)
        row.exactly("% of stale names fresh after 5 s", 100 * sum(not one.errors for one in again) / 20, 100)


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 30 * 365.25 * DAY])
def test_R23_the_wall_clock_jumps(jump: float, row: Row) -> None:
    """Lifetimes run on CLOCK_BOOTTIME and timers on the monotonic clock: neither can be set."""
    zone = Zone(2)
    kept = names(50)
    with scenario(zone.world) as session:
        ask_each(warmed(session), kept)
        waiting = [session.begin(request(name)) for name in names(50, "waiting")]
        zone.world.clear()
        session.virtual.jump(wall=jump)
        assert all(map(is_right, ask_each(session, kept)))
        row.exactly("entries lost", len(zone.world.asked(below="n0.z.pz.")), 0)
        session.pass_time(5)
        row.exactly("questions stuck", sum(not told for told in waiting), 0)


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 30 * 365.25 * DAY])
def test_R23_a_clock_of_lifetimes_that_jumps_sticks_nothing(jump: float, row: Row) -> None:
    """With `cache.clock = "realtime"` data may die early, but every question ends and what comes in is kept again."""
    zone = Zone(2)
    with scenario(zone.world) as session:
        ask_each(warmed(session), names(5))
        waiting = [session.begin(request(name)) for name in names(50, "waiting")]
        session.virtual.jump(now=jump, wall=jump)
        session.pass_time(5)
        row.exactly("questions stuck", sum(not told for told in waiting), 0)
        told = ask_each(session, [*names(5), *names(5)])
        assert all(map(is_right, told))
        assert all(0 < (one.ttl or 0) <= DAY for one in told)


# Put in front of the standard library's own, before anything of the resolver begins: the time of day, and so much more.
SHIFTED_CLOCK = """
import time, os
def shifted(clock, unit):
    def now():
        with open(os.environ["SHIFT_FILE"], encoding="ascii") as file:
            return clock() + type(clock())(float(file.read()) * unit)
    return now
time.time, time.time_ns = shifted(time.time, 1), shifted(time.time_ns, 1_000_000_000)
"""


@pytest.mark.live
@pytest.mark.parametrize("jump", [3600.0, -3600.0, 30 * 365.25 * DAY])
def test_R23_the_wall_clock_jumps_under_a_process(
    jump: float, row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is told another time of day while 50 questions wait for their servers."""
    shift = tmp_path / "shift"
    shift.write_text("0", "ascii")
    (tmp_path / "sitecustomize.py").write_text(SHIFTED_CLOCK, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SHIFT_FILE", str(shift))
    zone = Zone(2)
    with live(zone.world) as session, udp(session.serving.port) as client:
        kept = ask_each(warmed(session, *names(50)), names(50))
        zone.change(late(zone.honest, 1.0))
        for ident, name in enumerate(names(50, "waiting")):
            client.send(request(name, ident=ident))
        wait_until(lambda: session.serving.statistics("in_flight") >= 50, "they wait")
        (tmp_path / "next").write_text(str(jump), "ascii")
        (tmp_path / "next").rename(shift)
        zone.world.clear()
        again = ask_each(session, names(50))
        assert all(map(is_right, again))
        row.exactly("entries lost", sum(a.text.startswith("n") for a in zone.world.asked(below=ZONE)), 0)
        assert min(one.ttl or 0 for one in again) >= min(one.ttl or 0 for one in kept) - 60
        answered = {client.recv(4096)[:2] for _ in range(50)}
        row.exactly("questions stuck", 50 - len(answered), 0)


@pytest.mark.live
@pytest.mark.timed
def test_R24_sigterm_with_500_in_flight(row: Row) -> None:
    """The zone's own share is 200 questions at once; the row is about 500, so that limit is out of the way."""
    with live(Zone(2).change(silent).world, {"admission.fetches_per_zone": "1000"}) as session:
        serving = warmed(session).serving
        with udp(serving.port) as client:
            for ident in range(500):
                client.send(question(f"n{ident}.{ZONE}", ident=ident))
            wait_until(lambda: serving.statistics("in_flight") >= 500, "all of them wait")
            begun_at = time.monotonic()
            serving.signal(signal.SIGTERM)
            row.exactly("as exit code", serving.wait(), 0)
        row.at_most("s to exit", time.monotonic() - begun_at, 0.5)


@pytest.mark.live
@pytest.mark.timed
def test_R25_sighup_under_1000_questions_a_second(row: Row) -> None:
    zone = Zone(2)
    with live(zone.world) as session:
        ask_each(warmed(session), names(50))
        serving = session.serving
        zone.world.clear()
        begun_at = time.monotonic()
        with Load(serving.port, names(50), clients=64, per_second=1600) as load:
            for config, says in (
                ("[log]\nqueries = false\n", "configuration read again"),
                ("[cache]\nsice = 1\n", "old configuration stays"),
            ):
                before = load.answered
                wait_until(lambda least=before + 300: load.answered > least, "the load is on")  # type: ignore[misc]  # bound now
                serving.write(config)
                serving.signal(signal.SIGHUP)
                wait_until(lambda text=says: text in serving.log(), says)  # type: ignore[misc]  # bound now
            last = load.answered
            wait_until(lambda: load.answered > last + 300, "the load goes on")
            row.at_least("questions a second", load.answered / (time.monotonic() - begun_at), 1000)
        row.exactly("questions lost", load.lost, 0)
        row.exactly("wrong answers", load.wrong, 0)
        row.exactly("upstream queries: the cache was kept", len(zone.world.log), 0)


def _kill_one_of_two(session: LiveSession) -> tuple[float, float]:
    serving = session.serving

    def workers() -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = ControlClient(serving.control).get("/api/v1/status")["workers"]
        return found

    for _ in range(30):
        ask_each(session, names(5))
    wait_until(lambda: "answers post=2" in serving.log(), "both are up")
    with Load(serving.port, names(5), clients=48, per_second=800) as load:
        wait_until(lambda: load.answered > 500, "the load is on")
        os.kill(workers()["1"]["pid"], signal.SIGKILL)
        killed_at = time.monotonic()
        wait_until(lambda: workers()["1"]["restarts"] == 1 and bool(workers()["1"]["up"]), "it is back")
        back_s = time.monotonic() - killed_at
        last = load.answered
        wait_until(lambda: load.answered > last + 500, "the load goes on")
    # A client of the dead worker loses what lay in its socket; whoever lost nothing is one of the other's.
    others = [sock for sock in load.losses if load.losses[sock] > 1]
    return back_s, 100 * (1 - len(others) / 48)


@pytest.mark.live
@pytest.mark.timed
def test_R26_kill_9_of_a_worker_under_load(row: Row) -> None:
    with live(Zone(2).world, arguments=("--workers", "2")) as session:
        back_s, kept = _kill_one_of_two(session)
    row.at_most("s until it is back", back_s, 1)
    row.at_least("% of clients that lost no more than one answer", kept, 99)


@pytest.mark.live
@pytest.mark.timed
def test_R27_cold_start_to_first_answer(row: Row) -> None:
    begun_at = time.monotonic()
    with live(Zone(2).world) as session:
        assert is_right(session.ask(*names(1)))
        row.at_most("s from start to answer", time.monotonic() - begun_at, 1.0)
