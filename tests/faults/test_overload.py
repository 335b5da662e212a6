# SPDX-License-Identifier: ISC
"""Rows O01-O03, O16 and O18-O20: more than we can do, on real sockets, and what the others notice of it.

The numbers are the matrix's, the rates too; how long a storm lasts, `scale` says. Rows about time are for a core of our
own: while others keep the machine busy they are skipped, not passed.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from resolver.engine.ports import Transport
from tests.faults.assertions import Row
from tests.faults.broken import RIGHT, TLD, ZONE, Zone, warmed
from tests.faults.machine import wait_until_quiet
from tests.faults.modes import request
from tests.faults.modes_live import LiveSession, live
from tests.faults.modes_scenario import scenario
from tests.faults.process import HTTP, lag, metrics
from tests.faults.scale import scaled
from tests.faults.storms import Storm, answered, names_of, patient, percentile_ms
from tests.faults.world import World, honest, packets, silent
from tests.faults.world_answers import denial
from tests.live.asking import ask, drain, question, udp, wait_until

pytestmark = pytest.mark.live

CACHED = [f"c{n}.pz." for n in range(20)]
GAP_S = 0.012  # between two questions of those who mean no harm: 40 uncached names a second, and as many cached ones


@dataclass(frozen=True, slots=True)
class Beside:
    """What the others had while a storm went on: seconds an answer, None without one; how late the loop was."""

    uncached: list[float | None]
    cached: list[float | None]
    sent: int
    seconds: float
    unread: float
    upstream: int
    lag: dict[str, float]

    def judge_rate(self, row: Row, per_second: int) -> None:
        """The storm was as strong as the row says, and all of it arrived."""
        row.at_least("% of the row's rate", 100 * self.sent / self.seconds / per_second, 99)
        row.exactly("datagrams that were not read", self.unread, 0)

    def judge_lag(self, row: Row) -> None:
        """The row O16."""
        count = self.lag["+Inf"]
        row.at_least("% of readings up to 20 ms", 100 * self.lag["0.02"] / count, 99.9)
        row.exactly("readings above 100 ms", count - self.lag["0.1"], 0)


def beside(session: LiveSession, zone: Zone, datagrams: Iterator[bytes], rate: int, seconds: float) -> Beside:
    """While the storm goes on: uncached names of others, and cached ones between them."""
    serving = session.serving
    uncached: list[float | None] = []
    cached: list[float | None] = []
    before = lag(serving)
    begun_at = time.monotonic()
    with Storm(serving.port, datagrams, rate) as storm:
        for number in itertools.count():
            uncached += patient(serving.port, [f"l{number}.pz."], GAP_S)
            cached += patient(serving.port, [CACHED[number % len(CACHED)]], GAP_S)
            if time.monotonic() - begun_at >= seconds:
                break
    after = lag(serving)
    return Beside(
        uncached,
        cached,
        storm.sent,
        storm.seconds,
        metrics(serving)['resolver_dns_requests_dropped_total{reason="unread"}'],
        zone.sent_to(zone.servers),
        {bound: after[bound] - before[bound] for bound in after},
    )


@pytest.fixture(scope="module")
def torture() -> Beside:
    """Water torture of a zone whose servers have fallen silent, 1000 names a second, on a quiet machine."""
    wait_until_quiet()
    zone = Zone(2)
    with live(zone.world, arguments=HTTP) as session:
        warmed(session, *CACHED, "www.z.pz.")
        zone.change(silent)
        return beside(session, zone, names_of(ZONE), 1000, scaled(60, 20))


@pytest.mark.timed
@pytest.mark.xdist_group("torture")
def test_O01_water_torture_1000_a_second_on_a_silent_zone(row: Row, torture: Beside) -> None:
    torture.judge_rate(row, 1000)
    row.at_least("% of uncached answered", answered(torture.uncached), 99.5)
    row.at_most("ms p95 uncached", percentile_ms(torture.uncached, 0.95), 50)
    row.at_most("ms p99 cached", percentile_ms(torture.cached, 0.99), 10)


@pytest.mark.timed
@pytest.mark.xdist_group("torture")
def test_O02_upstream_queries_of_water_torture_live(row: Row, torture: Beside) -> None:
    """Of the same storm."""
    row.at_most("upstream per attack query", torture.upstream / torture.sent, 0.10)


@pytest.mark.timed
@pytest.mark.xdist_group("torture")
def test_O16_lag_of_the_event_loop_under_water_torture(row: Row, torture: Beside) -> None:
    torture.judge_lag(row)


def test_O02_upstream_queries_of_water_torture(row: Row) -> None:
    """The whole minute, under the virtual clock; clients of loopback, which no bound on one client holds back."""
    zone = Zone(2)
    with scenario(zone.world) as session:
        warmed(session, "www.z.pz.")
        zone.change(silent)
        for number in range(60_000):
            session.begin(request(f"a{number}.z.pz."), transport=Transport.UDP)
            session.pass_time(0.001)
        session.settle()
        row.at_most("upstream per attack query", zone.sent_to(zone.servers) / 60_000, 0.10)


@pytest.fixture(scope="module")
def denials() -> Beside:
    """2000 names a second that do not exist: the heavier load, for each is a resolution that ends well."""
    wait_until_quiet()
    zone = Zone(2).change(lambda asked: packets(denial(asked, ZONE)))
    with live(zone.world, arguments=HTTP) as session:
        warmed(session, *CACHED)
        return beside(session, zone, names_of(ZONE), 2000, scaled(30, 5))


@pytest.mark.timed
@pytest.mark.xdist_group("denials")
def test_O03_2000_names_a_second_that_do_not_exist(row: Row, denials: Beside) -> None:
    denials.judge_rate(row, 2000)
    row.at_least("% of uncached answered", answered(denials.uncached), 99.5)


@pytest.mark.timed
@pytest.mark.xdist_group("denials")
def test_O16_lag_of_the_event_loop_under_denials(row: Row, denials: Beside) -> None:
    denials.judge_lag(row)


def test_O03_names_below_one_that_does_not_exist(row: Row) -> None:
    zone = Zone(2).change(lambda asked: packets(denial(asked, ZONE)))
    with live(zone.world) as session:
        warmed(session)
        assert session.ask("gone.z.pz.").rcode == "NXDOMAIN"
        zone.world.clear()
        told = [session.ask(f"n{n}.gone.z.pz.") for n in range(20)]
        assert {one.rcode for one in told} == {"NXDOMAIN"}
        row.exactly("upstream of 20", len(zone.world.log), 0)


@pytest.mark.timed
@pytest.mark.usefixtures("quiet")
def test_O16_lag_of_the_event_loop_under_load(row: Row) -> None:
    """Misses and hits by turns at 1000 a second: the least share of readings up to 20 ms is 99.9 %."""
    zone = Zone(2)
    with live(zone.world, arguments=HTTP) as session:
        warmed(session, *CACHED, "www.z.pz.")
        mixed = itertools.chain.from_iterable(
            zip(names_of(ZONE), itertools.cycle(map(question, CACHED)), strict=False)
        )
        told = beside(session, zone, mixed, 1000, scaled(20, 10))
    told.judge_rate(row, 1000)
    told.judge_lag(row)


def forty_silent_zones() -> World:
    """So that the share of one zone is not what bounds the questions."""
    zone, dead = Zone(1), [f"127.66.20.{n + 1}" for n in range(40)]
    cuts = "".join(f"q{n} NS ns.q{n}\nns.q{n} A {address}\n" for n, address in enumerate(dead))
    zone.world.zone("pz.", TLD, text=f"warm A {RIGHT}\nq A {RIGHT}\n" + cuts)
    for n, address in enumerate(dead):
        behave = honest(f"q{n}.pz.", "warm A 192.0.2.9\n")
        zone.world.zone(
            f"q{n}.pz.",
            address,
            lambda asked, well=behave: well(asked) if b"warm" in asked.name else silent(asked),
        )
    return zone.world


def test_O18_pending_recursions_are_bounded(row: Row) -> None:
    """20,000 at one instant of the virtual clock: every one past the bound is refused before it costs anything."""
    attempted = 20_000
    with scenario(forty_silent_zones()) as session:
        warmed(session, *(f"warm.q{n}.pz." for n in range(40)))
        session.virtual.max_jobs = 1 << 20  # each client is a job here
        told = [session.begin(request(f"a{n}.q{n % 40}.pz.")) for n in range(attempted)]
        row.exactly("questions in flight", session.resolver.under_way, 4096)
        row.exactly(
            "refused at once", sum(bool(one) and one[0].rcode == "SERVFAIL" for one in told), attempted - 4096
        )


def test_O18_memory_of_pending_recursions(row: Row) -> None:
    """As fast as they are read. Who is past the bound is dropped, or hears SERVFAIL."""
    attempted = scaled(100_000, 10_000)
    with live(forty_silent_zones()) as session:
        warmed(session)
        serving = session.serving
        before = most = serving.rss_bytes()
        in_flight = 0
        codes: set[int] = set()
        with udp(serving.port) as client:
            for number in range(attempted):
                client.send(question(f"a{number}.q{number % 40}.pz.", ident=number & 0xFFFF))
                if number % 100 == 99:
                    codes.update(octets[3] & 15 for octets in drain(client))
                    client.setblocking(True)
                if number % 2000 == 1999:
                    in_flight = max(in_flight, serving.statistics("in_flight"))
                    most = max(most, serving.rss_bytes())
        row.at_most("questions in flight", in_flight, 4096)
        row.at_most("MB of RSS", (most - before) / 1e6, 200)
        assert codes <= {2}
        # Asked again, as any stub would: what filled the kernel's queue may have cost the first its place.
        assert any(session.ask("warm.pz.").rcode == "NOERROR" for _ in range(3))
        wait_until(lambda: serving.statistics("in_flight") == 0, "nobody waits any more")


def test_O19_100000_bad_packets(row: Row) -> None:
    with live(Zone(1).world, {"log.level": "debug"}) as session:
        warmed(session, *CACHED)
        serving = session.serving
        lines = serving.log().count("\n")
        with udp(serving.port) as client:
            for number in range(1000):
                for _ in range(100):
                    client.send(b"\x00\x01\x02\x03\x04")
                ask(serving.port, CACHED[number % 20])  # its answer says that the burst was read
        row.at_most("lines", serving.log().count("\n") - lines, 300)
        row.exactly("counted", serving.statistics("dropped"), 100_000)


def test_O20_a_stranger(row: Row) -> None:
    with live(Zone(1).world, {"server.allow": '["192.0.2.0/24"]'}) as session:
        octets = question("www.z.pz.")
        plain = request("www.z.pz.", edns=False)
        told = session.ask_all([plain])[0]
        row.exactly("upstream queries", len(session.world.log), 0)
        row.at_most("bytes more than header and question", told.size - len(plain), 0)
        assert told.rcode == "REFUSED"
        with_edns = session.ask_all([octets])[0]
        row.at_most("bytes more than asked with EDNS, which say why", with_edns.size - len(octets), 6)
        assert (with_edns.rcode, with_edns.errors) == ("REFUSED", [18])
