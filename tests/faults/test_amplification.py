# SPDX-License-Identifier: ISC
"""Rows A02-A12: what names that lead to names may make us send (NXNSAttack, TsuNAME, CAMP, chains and cuts).

The numbers are the matrix's. The delegations above an attack are in the cache first, as they are on any day.
"""

from __future__ import annotations

import time

import pytest

from resolver.engine.ports import Transport
from resolver.wire.codes import QR, TC
from tests.faults.assertions import Row, most_often_the_same
from tests.faults.modes import Mode, Session, request, worst_live
from tests.faults.modes_live import live
from tests.faults.modes_scenario import scenario
from tests.faults.scale import scaled
from tests.faults.world import ROOT_SERVER, Action, Asked, Behaviour, World, packets, silent
from tests.faults.world_answers import reply, rr, rrs, saying

TLD = "127.66.0.2"
TARGET = "127.66.0.3"
DEAD = [f"127.66.4.{n}" for n in range(1, 251)]
NODATA_FOR = "127.66.0.5"


def basis(pz: str = "", target: str = "") -> World:
    """The root, `pz.`, which delegates what its text says, and `target.pz.`, where names of servers lie."""
    world = World()
    root = f"@ NS ns.root.\nns.root. A {ROOT_SERVER}\n"
    world.zone(".", ROOT_SERVER, text=root + f"pz. NS ns.pz.\nns.pz. A {TLD}\n")
    text = f"@ NS ns\nns A {TLD}\nwarm A 192.0.2.1\ntarget NS ns.target\nns.target A {TARGET}\n"
    world.zone("pz.", TLD, text=text + pz)
    world.zone("target.pz.", TARGET, text=f"@ NS ns\nns A {TARGET}\nwarm A 192.0.2.2\n" + target)
    return world


def warmed(session: Session) -> Session:
    """The delegations of `pz.` and `target.pz.` are in the cache, and nothing is counted yet."""
    for name in ("warm.pz.", "warm.target.pz."):
        assert session.ask(name).rcode == "NOERROR"
    session.settle()
    session.world.clear()
    return session


def glueless(count: int, of: str = "target.pz.") -> str:
    return "".join(f"evil NS ns{n}.{of}\n" for n in range(count))


@worst_live("count", 20, 99, 135, 1000, 256)
def test_A02_nxns_to_names_that_do_not_exist(count: int, mode: Mode, row: Row) -> None:
    with mode(basis(glueless(count))) as session:
        told = warmed(session).ask("www.evil.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 6)
        assert told.rcode == "SERVFAIL"


@worst_live("count", 20, 135, 99)
def test_A02_nxns_to_names_without_an_address(count: int, mode: Mode, row: Row) -> None:
    """The names exist and own nothing but text: A and AAAA are asked for in vain."""
    with mode(basis(glueless(count), "* TXT none\n")) as session:
        told = warmed(session).ask("www.evil.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 6)
        assert told.rcode == "SERVFAIL"


def silent_names(count: int) -> World:
    """`evil.pz.` has so many servers, with names in a zone whose server is dead."""
    world = basis(glueless(count, "dead.pz.") + f"dead NS ns.dead\nns.dead A {DEAD[0]}\n")
    world.zone("dead.pz.", DEAD[0], silent)
    return world


@worst_live("count", 20, 135, 99)
def test_A03_nxns_to_a_silent_zone(count: int, mode: Mode, row: Row) -> None:
    with mode(silent_names(count)) as session:
        told = warmed(session).ask("www.evil.pz.")
        session.settle()
        begun_at = session.world.log[0].tick
        row.at_most("packets in 5 s", sum(a.tick <= begun_at + 5 for a in session.world.log), 7)
        assert told.rcode == "SERVFAIL"


def refusing_names(count: int) -> World:
    """`evil.pz.` has so many servers, each with an address of its own that refuses."""
    addresses = [f"127.66.5.{n + 1}" for n in range(count)]
    world = basis(glueless(count), "".join(f"ns{n} A {address}\n" for n, address in enumerate(addresses)))
    world.zone("evil.pz.", addresses, saying(5))
    return world


@worst_live("count", 20, 135, 99)
def test_A04_nxns_to_addresses_that_refuse(count: int, mode: Mode, row: Row) -> None:
    with mode(refusing_names(count)) as session:
        told = warmed(session).ask("www.evil.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 12)
        assert told.rcode == "SERVFAIL"


def nrdelegation(count: int) -> World:
    names = "".join(f"ns{n} A {DEAD[n % len(DEAD)]}\n" for n in range(count))
    return basis(glueless(count), names)


# So many name servers are read, and no more: a delegation to 1500 is refused, one to 256 is worked at.
MOST_READ = 256


@worst_live("count", MOST_READ, 1500)
def test_A05_nrdelegation(count: int, mode: Mode, row: Row) -> None:
    with mode(nrdelegation(count)) as session:
        told = warmed(session).ask("www.evil.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 10)
        row.at_most("s to SERVFAIL", told.seconds, 3)
        assert told.rcode == "SERVFAIL"


def given_at_once(count: int) -> Behaviour:
    """A server whose referral is made once for names of one length: it must not cost the world what it costs us."""
    made: dict[int, bytes] = {}

    def behave(asked: Asked) -> Action:
        if asked.transport is Transport.UDP:
            return packets(reply(asked, flags=QR | TC))
        end = 12 + len(asked.name)  # the records point into the question's name
        if end not in made:
            zone = asked.text[asked.text.index("evil") :]
            servers = [f"ns{n}.target.pz." for n in range(count)]
            made[end] = reply(asked, (), rrs(zone, "NS", servers), flags=QR)
        octets = made[end]
        return packets(asked.data[:2] + octets[2:12] + asked.data[12:end] + octets[end:])

    return behave


def nrdelegations(count: int) -> World:
    """Every `evilNN.pz.` is such a delegation."""
    world = nrdelegation(count)
    honest, evil = world.behaviour("pz."), given_at_once(count)
    world.zone("pz.", TLD, lambda asked: (evil if "evil" in asked.text else honest)(asked))
    return world


def test_A05_one_delegation_after_another(row: Row) -> None:
    """What earlier ones left in the cache, of names and addresses, makes the next no dearer."""
    with scenario(nrdelegations(MOST_READ)) as session:
        warmed(session)
        for n in range(10, 90):
            session.world.clear()
            told = session.ask(f"www.evil{n}.pz.")
            session.settle()
            row.at_most("packets", len(session.world.log), 10)
            assert told.rcode == "SERVFAIL"


@pytest.mark.live
@pytest.mark.timed
def test_A05_nrdelegation_1500_processor_time(row: Row) -> None:
    """The process's own count over thirty delegations, ten at a time, less what it uses when nobody asks."""
    with live(nrdelegations(1500)) as session:
        warmed(session)
        spent = idle = 0.0
        for batch in range(3):
            begun = session.processor_s()
            told = session.ask_all([request(f"www.evil{batch}{n}.pz.") for n in range(10)])
            asked, waited = session.processor_s(), max(t.seconds for t in told)
            assert {t.rcode for t in told} == {"SERVFAIL"}
            session.pass_time(waited)
            spent, idle = spent + asked - begun, idle + session.processor_s() - asked
        row.at_most("ms of CPU", (spent - idle) * 1000 / 30, 5)
        row.at_most("packets", len(session.world.log) / 30, 10)


CYCLES = {
    "itself": "a NS ns.a\n",
    "two": "a NS ns.b\nb NS ns.a\n",
    "three": "a NS ns.b\nb NS ns.c\nc NS ns.a\n",
}


@worst_live("cycle", *CYCLES)
@pytest.mark.timed
def test_A06_tsuname(cycle: str, mode: Mode, row: Row) -> None:
    with mode(basis(CYCLES[cycle])) as session:
        first = warmed(session).ask("www.a.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 3)
        session.world.clear()
        again = session.ask("www.a.pz.")
        row.exactly("packets again", len(session.world.log), 0)
        row.at_most("s", max(first.seconds, again.seconds), 0.05)
        assert first.rcode == again.rcode == "SERVFAIL"


def test_A07_a_hundred_clients_a_second_ask_for_a_cycle(row: Row) -> None:
    with scenario(basis(CYCLES["two"])) as session:
        warmed(session)
        for _ in range(3000):
            session.begin(request("www.a.pz."))
            session.pass_time(0.01)
        row.at_most("packets in 30 s", len(session.world.log), 30)


@pytest.mark.live
def test_A07_a_hundred_clients_a_second_ask_a_process(row: Row) -> None:
    """Thirty seconds, or three of them and three of the packets."""
    seconds = scaled(30, 3)
    with live(basis(CYCLES["two"])) as session:
        warmed(session)
        begun_at = time.monotonic()
        for batch in range(10 * seconds):
            session.pass_time(max(0.0, begun_at + batch / 10 - time.monotonic()))
            session.ask_all([request("www.a.pz.")] * 10)
        row.at_most(f"packets in {seconds} s", len(session.world.log), seconds)


def chain(length: int, of: str = "pz.") -> World:
    """A server that gives one link at a time: c0 -> c1 -> … -> the address."""
    world = basis()

    def link(asked: Asked) -> Action:
        label = asked.text.partition(".")[0]
        if not label.startswith("c") or not label[1:].isdigit():
            return packets(reply(asked, [rr(asked.text, "A", "192.0.2.1")]))
        here = int(label[1:])
        if here == length:
            return packets(reply(asked, [rr(asked.text, "A", "192.0.2.1")]))
        return packets(reply(asked, [rr(asked.text, "CNAME", f"c{here + 1}.target.pz.")]))

    world.zone("target.pz.", TARGET, link)
    return world


@pytest.mark.parametrize(("length", "rcode"), [(8, "NOERROR"), (12, "SERVFAIL"), (70, "SERVFAIL")])
def test_A08_cname_chain(length: int, rcode: str, mode: Mode, row: Row) -> None:
    with mode(chain(length)) as session:
        told = warmed(session).ask("c0.target.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 13)
        assert told.rcode == rcode


LOOPS = {
    "two": ("a.target.pz.", {"a.target.pz.": "b.target.pz.", "b.target.pz.": "a.target.pz."}),
    "itself": ("a.target.pz.", {"a.target.pz.": "a.target.pz."}),
}


def looping(loop: str) -> World:
    """Aliases of `target.pz.` that lead back to where they began."""
    world, links = basis(), LOOPS[loop][1]

    def behave(asked: Asked) -> Action:
        target = links.get(asked.text)
        return packets(reply(asked, [rr(asked.text, "CNAME" if target else "A", target or "192.0.2.1")]))

    world.zone("target.pz.", TARGET, behave)
    return world


@worst_live("loop", *LOOPS)
@pytest.mark.timed
def test_A09_cname_loop(loop: str, mode: Mode, row: Row) -> None:
    with mode(looping(loop)) as session:
        told = warmed(session).ask(LOOPS[loop][0])
        session.settle()
        row.at_most("packets", len(session.world.log), 2)
        row.at_most("s", told.seconds, 0.02)
        assert told.rcode == "SERVFAIL"


@pytest.mark.parametrize(
    ("target", "rcode"), [("a.d.target.pz.", "SERVFAIL"), (".".join(["x" * 60] * 4), "YXDOMAIN")]
)
@pytest.mark.timed
def test_A09_dname_growth(target: str, rcode: str, mode: Mode, row: Row) -> None:
    """RFC 6672 section 2.2: what gets too long is YXDOMAIN; what grows for ever ends at the links allowed."""
    with mode(basis(target=f"d DNAME {target.rstrip('.')}.\n")) as session:
        told = warmed(session).ask("a-label-of-some-length.d.target.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 2)
        row.at_most("s", told.seconds, 0.02)
        assert told.rcode == rcode


def camp(links: int, fan_out: int) -> World:
    """A chain of aliases, each in a zone whose servers have names elsewhere (CAMP, USENIX Security 2024)."""
    world = basis(
        "".join(f"z{n} NS m{k}z{n}.target.pz.\n" for n in range(links + 1) for k in range(fan_out)),
        "".join(f"m{k}z{n} A {TARGET}\n" for n in range(links + 1) for k in range(fan_out)),
    )
    for n in range(links):
        world.zone(f"z{n}.pz.", TARGET, text=f"www CNAME www.z{n + 1}.pz.\n")
    world.zone(f"z{links}.pz.", TARGET, text="www A 192.0.2.1\n")
    return world


@pytest.mark.parametrize(("links", "fan_out", "limit"), [(8, 6, 27), (11, 10, 40), (16, 16, 50)])
def test_A10_camp(links: int, fan_out: int, limit: int, mode: Mode, row: Row) -> None:
    with mode(camp(links, fan_out)) as session:
        told = warmed(session).ask("www.z0.pz.")
        session.settle()
        row.at_most(f"packets for {links}x{fan_out}", len(session.world.log), limit)
        assert told.rcode in ("NOERROR", "SERVFAIL")


def nested(cuts: int) -> World:
    """So many zones below one another, each on a server of its own."""
    world = basis("a NS ns.a\nns.a A 127.66.6.1\n")
    name = "a.pz."
    for n in range(cuts):
        deeper = f"a NS ns.a\nns.a A 127.66.6.{n + 2}\n"
        world.zone(name, f"127.66.6.{n + 1}", text=deeper if n < cuts - 1 else "www A 192.0.2.1\n")
        name = "a." + name
    return world


@pytest.mark.parametrize(("cuts", "limit", "rcode"), [(30, 31, "NOERROR"), (110, 50, "SERVFAIL")])
def test_A11_zone_cuts(cuts: int, limit: int, rcode: str, mode: Mode, row: Row) -> None:
    with mode(nested(cuts)) as session:
        told = warmed(session).ask("www." + "a." * cuts + "pz.")
        session.settle()
        row.at_most(f"packets for {cuts} cuts", len(session.world.log), limit)
        assert told.rcode == rcode


def test_A11_endless_glueless_chain(mode: Mode, row: Row) -> None:
    """Every zone's server has its name in yet another zone (iDNS, CVE-2014-8500)."""
    world = basis()

    def behave(asked: Asked) -> Action:
        here = asked.text.removesuffix(".target.pz.").rpartition(".")[2]
        if not here.startswith("e"):
            return packets(reply(asked, [rr(asked.text, "A", "192.0.2.1")]))
        further = f"ns.e{int(here[1:]) + 1}.target.pz."
        return packets(reply(asked, (), [rr(f"{here}.target.pz.", "NS", further)], flags=0x8000))

    world.zone("target.pz.", TARGET, behave)
    with mode(world) as session:
        told = warmed(session).ask("www.e0.target.pz.")
        session.settle()
        row.at_most("packets endless", len(session.world.log), 50)
        assert told.rcode == "SERVFAIL"


def test_A12_many_labels_without_a_cut(mode: Mode, row: Row) -> None:
    with mode(basis()) as session:
        warmed(session).ask("a." * 110 + "target.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 10)
        assert most_often_the_same(session.world) <= 3
