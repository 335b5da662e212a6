# SPDX-License-Identifier: ISC
"""Rows F01-F08: what somebody who is not the server can make us believe. The numbers are the matrix's."""

from __future__ import annotations

import math
import random
from collections import Counter

import dns.edns
import dns.message
import pytest

from resolver.engine.ports import Transport
from resolver.events import ReplyDropped
from resolver.runtime.entropy import Entropy
from resolver.wire.codes import QR, TC
from tests.conftest import ROOT
from tests.faults.assertions import Row
from tests.faults.modes import Mode, Session, request
from tests.faults.modes_live import live
from tests.faults.modes_scenario import scenario
from tests.faults.scale import FULL, scaled
from tests.faults.test_amplification import TARGET, basis, warmed
from tests.faults.world import Action, Asked, Behaviour, Packet, World, late, packets
from tests.faults.world_answers import reply, rr, with_id
from tests.live.asking import udp

BALLAST = [rr("x.target.pz.", "TXT", '"' + "x" * 250 + '"')] * 5
TRUE, FORGED = "192.0.2.1", "203.0.113.66"


def evenness(values: list[int], low: int, high: int, bins: int = 64) -> float:
    """The p-value of chi-square against even draws from low..high (Wilson and Hilferty 1931)."""
    expected = len(values) / bins
    found = Counter((value - low) * bins // (high - low + 1) for value in values)
    chi = sum((found[n] - expected) ** 2 / expected for n in range(bins))
    k = bins - 1
    z = ((chi / k) ** (1 / 3) - (1 - 2 / (9 * k))) / math.sqrt(2 / (9 * k))
    return math.erfc(z / math.sqrt(2)) / 2


def answering(behaviour: Behaviour | None = None) -> World:
    """`target.pz.`, where every name has the true address; or behaves so."""
    world = basis(target=f"* A {TRUE}\n")
    if behaviour:
        world.zone("target.pz.", TARGET, behaviour)
    return world


def truth(asked: Asked) -> bytes:
    return reply(asked, [rr(asked.text, "A", TRUE)])


def forgery(asked: Asked) -> bytes:
    return reply(asked, [rr(asked.text, "A", FORGED)])


@pytest.mark.live
def test_F01_source_ports(row: Row) -> None:
    with live(answering()) as session:
        warmed(session)
        for batch in range(30):
            session.ask_all([request(f"n{batch}-{n}.target.pz.") for n in range(100)])
        ports = [asked.port for asked in session.world.asked(below="target.pz.", transport=Transport.UDP)][
            :3000
        ]
    assert len(ports) == 3000
    row.at_least("distinct ports", len(set(ports)), 2880)
    row.at_least("ports of span", max(ports) - min(ports), 60_000)
    row.at_least("p of chi-square", evenness(ports, 1024, 65535), 1e-6)


def worst_bit(ids: list[int]) -> float:
    """How far the bit that is furthest from even is off, in standard deviations."""
    sigma = math.sqrt(len(ids)) / 2
    return max(abs(sum(i >> bit & 1 for i in ids) - len(ids) / 2) / sigma for bit in range(16))


def correlation(ids: list[int]) -> float:
    """The largest of the autocorrelations at lags 1 to 8."""
    mean = sum(ids) / len(ids)
    variance = sum((i - mean) ** 2 for i in ids)
    return max(
        abs(sum((a - mean) * (b - mean) for a, b in zip(ids, ids[lag:], strict=False)) / variance)
        for lag in range(1, 9)
    )


def test_F02_query_ids(row: Row) -> None:
    """IDs are `draw(1 << 16)` of the kernel's generator and of nothing else."""
    draw = Entropy().draw
    ids = [draw(1 << 16) for _ in range(100_000)]
    row.at_most("sigma of the worst bit", worst_bit(ids), 5)
    row.at_most("correlation", correlation(ids), 0.02)
    rooms = ("runtime", "engine", "service", "wire", "cache")
    guilty = [
        path
        for room in rooms
        for path in (ROOT / "resolver" / room).glob("**/*.py")
        if any(line.split()[:2] in (["import", "random"], ["from", "random"]) for line in path.open())
    ]
    row.exactly("files that import random", len(guilty), 0)


@pytest.mark.live
def test_F02_query_ids_on_the_wire(row: Row) -> None:
    """What servers see; the correlation of fewer than the row's 100,000 would be noise."""
    count, ids = scaled(100_000, 2_000), list[int]()
    with live(answering()) as session, udp(session.serving.port) as client:
        warmed(session)
        for batch in range(0, count, 100):
            for number in range(batch, batch + 100):
                client.send(request(f"n{number}.target.pz.", ident=number & 0xFFFF))
            for _ in range(100):
                client.recv(4096)
            ids += [asked.message.id for asked in session.world.log]
            session.world.clear()
    row.at_least("ids", len(ids), count)
    row.at_most("sigma of the worst bit", worst_bit(ids), 5)
    if FULL:
        row.at_most("correlation", correlation(ids), 0.02)


def test_F03_a_thousand_identical_questions(mode: Mode, row: Row) -> None:
    with mode(answering(late(answering().behaviour("target.pz."), 0.3))) as session:
        warmed(session)
        told = session.ask_all([request("same.target.pz.", ident=n) for n in range(1000)])
        row.exactly("packets", len(session.world.log), 1)
        row.exactly("answered right", sum(t.data == [TRUE] for t in told), 1000)
        assert all(t.message is not None and t.message.id == n for n, t in enumerate(told))


def variant(number: int) -> bytes:
    """One question with a client subnet, a cookie and letter case of its own."""
    spelled = "".join(
        letter.upper() if number >> (index % 8) & 1 else letter
        for index, letter in enumerate("same.target.pz.")
    )
    query = dns.message.make_query(spelled, "A", use_edns=0, id=number)
    subnet = dns.edns.ECSOption(f"198.51.{number}.0", 24)
    cookie = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, number.to_bytes(8, "big"))
    query.use_edns(0, options=[subnet, cookie])
    return query.to_wire()


def test_F04_variants_of_one_question(mode: Mode, row: Row) -> None:
    with mode(answering(late(answering().behaviour("target.pz."), 0.3))) as session:
        warmed(session)
        told = session.ask_all([variant(n) for n in range(200)])
        row.exactly("packets", len(session.world.log), 1)
        row.exactly("answered right", sum(t.data == [TRUE] for t in told), 200)
        options = [code for asked in session.world.log for code, _ in asked.message.edns.options]  # type: ignore[union-attr]  # sent with EDNS
        assert dns.edns.OptionType.ECS not in options


def flooded(asked: Asked) -> Action:
    """Five hundred guesses of the ID, the true reply behind them; over TCP the truth alone."""
    if asked.transport is Transport.TCP:
        return packets(truth(asked))
    wrong = [Packet(with_id(forgery(asked), asked.message.id + n), 0.001) for n in range(1, 501)]
    return packets(*wrong, Packet(truth(asked), 0.05))


@pytest.mark.timed
def test_F05_five_hundred_forged_ids(mode: Mode, row: Row) -> None:
    with mode(answering(flooded)) as session:
        told = warmed(session).ask("www.target.pz.")
        assert told.data == [TRUE]
        row.at_most("s", told.seconds, 0.1)


def test_F05_forgeries_change_nothing_about_the_server(mode: Mode, row: Row) -> None:
    def behave(asked: Asked) -> Action:
        return flooded(asked) if asked.text.startswith("www") else packets(truth(asked))

    with mode(of_two(behave)) as session:
        for name in ("warm.pz.", *(f"known{n}.two.pz." for n in range(6))):
            session.ask(name)
        assert session.ask("www.two.pz.").data == [TRUE]
        row.at_least("of 10 next questions to the same server with EDNS", still_preferred(session), 8)


def test_F05_forgeries_are_counted(row: Row) -> None:
    with scenario(answering(flooded)) as session:
        warmed(session)
        session.events.clear()
        session.ask("www.target.pz.")
        row.exactly("forgeries counted", sum(isinstance(e, ReplyDropped) for e in session.events), 500)


@pytest.mark.timed
def test_F06_only_forged_answers_by_udp(mode: Mode, row: Row) -> None:
    def behave(asked: Asked) -> Action:
        if asked.transport is Transport.TCP:
            return packets(truth(asked))
        return packets(*(with_id(forgery(asked), asked.message.id + n) for n in range(1, 101)))

    with mode(answering(behave)) as session:
        told = warmed(session).ask("www.target.pz.")
        row.at_most("s", told.seconds, 0.4)
        assert told.data == [TRUE]


def changed(octets: bytes, at: int, value: bytes) -> bytes:
    return octets[:at] + value + octets[at + len(value) :]


def bad(kind: str, asked: Asked) -> bytes:
    """A first packet with the right ID that is wrong in one way, the forged address in it where it can be."""
    forged, head = forgery(asked), asked.data[:2]
    end = 12 + len(asked.name)  # of the question's name
    match kind:
        case "other qname":
            return forged[:13] + bytes((forged[13] ^ 1,)) + forged[14:]
        case "other qtype":
            return changed(forged, end, b"\x00\x10")
        case "no question":
            return forged[:4] + b"\x00\x00" + forged[6:12] + forged[end + 4 :]
        case "QR=0":
            return changed(forged, 2, bytes((forged[2] & 0x7F,)))
        case "opcode 5":
            return changed(forged, 2, bytes((forged[2] | 5 << 3,)))
        case "cut after the header":
            return forged[:12]
        case "5 octets":
            return forged[:5]
        case "0 octets":
            return b""
        case "pointer loop":
            return forged[: end + 4] + b"\xc0" + bytes((end + 4,)) + forged[end + 6 :]
        case "bare FORMERR":
            return head + b"\x80\x01" + bytes(8)
        case "random octets":
            return head + random.Random(7).randbytes(60)
        case "QDCOUNT=2":
            return changed(forged, 4, b"\x00\x02")
        case "SERVFAIL" | "REFUSED":
            return reply(asked, rcode=2 if kind == "SERVFAIL" else 5, flags=QR)
        case _:
            return reply(asked, flags=QR | TC)


KINDS = (
    *("other qname", "other qtype", "no question", "QR=0", "opcode 5", "cut after the header", "5 octets"),
    *(
        "0 octets",
        "pointer loop",
        "bare FORMERR",
        "random octets",
        "QDCOUNT=2",
        "SERVFAIL",
        "REFUSED",
        "TC=1",
    ),
)


def bad_first(kind: str) -> World:
    """A bad packet first, the true reply 50 ms after; over TCP the truth alone."""

    def behave(asked: Asked) -> Action:
        if asked.transport is Transport.TCP:
            return packets(truth(asked))
        return packets(bad(kind, asked), Packet(truth(asked), 0.05))

    return answering(behave)


def test_F07_fifteen_kinds_of_bad_first_packet(row: Row) -> None:
    """A fresh resolver for each kind; the true reply comes 50 ms after."""
    right = forged = most = 0
    for kind in KINDS:
        with scenario(bad_first(kind)) as session:
            told = session.ask("www.target.pz.")
            session.settle()
            right += told.data == [TRUE]
            forged += FORGED in told.data
            asked = session.world.asked(below="www.target.pz.")
            most = max(most, len(asked) - (kind == "TC=1"))
    row.at_least("kinds answered right of 15", right, 13)
    row.exactly("forged accepted", forged, 0)
    row.exactly("packets", most, 1)


@pytest.mark.live
@pytest.mark.parametrize("kind", KINDS)
def test_F07_bad_first_packet_on_sockets(kind: str, row: Row) -> None:
    with live(bad_first(kind)) as session:
        told = session.ask("www.target.pz.")
        session.settle()
        row.exactly("forged accepted", FORGED in told.data, 0)
        assert told.data == [TRUE]
        asked = session.world.asked(below="www.target.pz.")
        row.exactly("packets", len(asked) - (kind == "TC=1"), 1)


OTHER = "127.66.3.2"


def of_two(attacked: Behaviour) -> World:
    """`target.pz.` on a server that is attacked, and on another one that is 150 ms away and so is asked second."""
    world = basis(
        f"two NS ns1.two\ntwo NS ns2.two\nns1.two A {TARGET}\nns2.two A {OTHER}\n",
    )
    far = late(lambda asked: packets(truth(asked)), 0.15)
    world.zone("two.pz.", [TARGET, OTHER], lambda asked: (far if asked.server == OTHER else attacked)(asked))
    return world


def still_preferred(session: Session) -> int:
    """Of ten new questions, how many go to the attacked server first and with EDNS (one in forty explores)."""
    preferred = 0
    for number in range(10):
        session.settle()
        session.world.clear()
        session.ask(f"next{number}.two.pz.")
        first = session.world.log[0]
        preferred += first.server == TARGET and first.message.edns is not None
    return preferred


@pytest.mark.parametrize("rcode", [1, 5, 2], ids=["FORMERR", "REFUSED", "SERVFAIL"])
def test_F08_a_forged_error_does_not_mark_the_server(rcode: int, mode: Mode, row: Row) -> None:
    """Beside a slower server that nobody attacks: a mark would have the next questions go there."""

    def behave(asked: Asked) -> Action:
        if not asked.text.startswith("www"):
            return packets(truth(asked))
        return packets(reply(asked, rcode=rcode, flags=QR), Packet(truth(asked), 0.02))

    with mode(of_two(behave)) as session:
        for name in ("warm.pz.", *(f"known{n}.two.pz." for n in range(6))):
            session.ask(name)
        assert session.ask("www.two.pz.").data == [TRUE]
        row.at_least("of 10 next questions to the same server with EDNS", still_preferred(session), 8)
