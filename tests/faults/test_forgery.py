# SPDX-License-Identifier: ISC
"""Rows F01-F08 and F13-F16: what somebody who is not the server can make us believe. The numbers are the matrix's."""

from __future__ import annotations

import math
import random
import socket
from collections import Counter

import dns.edns
import dns.message
import pytest

from resolver.engine.ports import Transport
from resolver.events import ReplyDropped
from resolver.runtime.entropy import Entropy
from resolver.runtime.upstream_udp import IP_MTU_DISCOVER, PMTUDISC_PROBE, never_fragment
from resolver.wire import OptionCode
from resolver.wire.codes import QR, TC
from tests.conftest import ROOT
from tests.faults.assertions import Row
from tests.faults.modes import Mode, request, worst_live
from tests.faults.modes_live import live
from tests.faults.modes_scenario import scenario
from tests.faults.test_amplification import TARGET, basis, warmed
from tests.faults.world import Action, Asked, Behaviour, Packet, World, late, packets
from tests.faults.world_answers import reply, rr, with_id

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


def test_F02_query_ids(row: Row) -> None:
    """IDs are `draw(1 << 16)` of the kernel's generator and of nothing else."""
    draw = Entropy().draw
    ids = [draw(1 << 16) for _ in range(100_000)]
    sigma = math.sqrt(len(ids)) / 2
    worst = max(abs(sum(i >> bit & 1 for i in ids) - len(ids) / 2) / sigma for bit in range(16))
    row.at_most("sigma of the worst bit", worst, 5)
    mean = sum(ids) / len(ids)
    variance = sum((i - mean) ** 2 for i in ids)
    lags = [
        abs(sum((a - mean) * (b - mean) for a, b in zip(ids, ids[lag:], strict=False)) / variance)
        for lag in range(1, 9)
    ]
    row.at_most("correlation", max(lags), 0.02)
    rooms = ("runtime", "engine", "service", "wire", "cache")
    guilty = [
        path
        for room in rooms
        for path in (ROOT / "resolver" / room).glob("**/*.py")
        if any(line.split()[:2] in (["import", "random"], ["from", "random"]) for line in path.open())
    ]
    row.exactly("files that import random", len(guilty), 0)


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
        session.settle()
        session.world.clear()
        session.ask("www2.target.pz.")
        first = session.world.log[0]
        row.exactly("servers avoided", (first.server != TARGET) + (first.message.edns is None), 0)


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


def _changed(octets: bytes, at: int, value: bytes) -> bytes:
    return octets[:at] + value + octets[at + len(value) :]


def bad(kind: str, asked: Asked) -> bytes:
    """A first packet with the right ID that is wrong in one way, the forged address in it where it can be."""
    forged, head = forgery(asked), asked.data[:2]
    end = 12 + len(asked.name)  # of the question's name
    match kind:
        case "other qname":
            return forged[:13] + bytes((forged[13] ^ 1,)) + forged[14:]
        case "other qtype":
            return _changed(forged, end, b"\x00\x10")
        case "no question":
            return forged[:4] + b"\x00\x00" + forged[6:12] + forged[end + 4 :]
        case "QR=0":
            return _changed(forged, 2, bytes((forged[2] & 0x7F,)))
        case "opcode 5":
            return _changed(forged, 2, bytes((forged[2] | 5 << 3,)))
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
            return _changed(forged, 4, b"\x00\x02")
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
        row.exactly("forged accepted", FORGED in told.data, 0)
        assert told.data == [TRUE]


@worst_live("rcode", 1, 5, 2)
def test_F08_a_forged_error_does_not_mark_the_server(rcode: int, mode: Mode, row: Row) -> None:
    def behave(asked: Asked) -> Action:
        return packets(reply(asked, rcode=rcode, flags=QR), Packet(truth(asked), 0.02))

    with mode(answering(behave)) as session:
        assert warmed(session).ask("www.target.pz.").data == [TRUE]
        session.settle()
        session.world.clear()
        session.ask("www2.target.pz.")
        first = session.world.log[0]
        row.exactly("servers marked", (first.server != TARGET) + (first.message.edns is None), 0)


def test_F13_letter_case(mode: Mode, row: Row) -> None:
    with mode(answering()) as session:
        warmed(session)
        for n in range(200):
            session.ask(f"letters{n}.target.pz.")
        names = [
            a.message.question.name for a in session.world.asked(below="target.pz.") if a.message.question
        ]
        mixed = sum(name not in (name.lower(), name.upper()) for name in names)
        row.at_least("% of mixed case", 100 * mixed / len(names), 95)


def test_F13_a_server_that_folds_case(mode: Mode, row: Row) -> None:
    def behave(asked: Asked) -> Action:
        octets = truth(asked)
        return packets(_changed(octets, 12, octets[12 : 12 + len(asked.name)].lower()))

    with mode(answering(behave)) as session:
        assert warmed(session).ask("www.target.pz.").data == [TRUE]
        session.settle()
        row.at_most("extra packets", len(session.world.log) - 1, 2)


def with_cookie(asked: Asked, octets: bytes, *, rcode: int = 0) -> bytes:
    """The reply with the client's cookie and a server's, or with BADCOOKIE."""
    cookie = asked.message.edns.option(OptionCode.COOKIE) if asked.message.edns else None
    if cookie is None:
        return octets
    told = dns.message.from_wire(octets, ignore_trailing=True)
    told.use_edns(
        0, options=[dns.edns.GenericOption(dns.edns.OptionType.COOKIE, cookie[:8] + b"server-cookie-16")]
    )
    if rcode:
        told.set_rcode(rcode)  # type: ignore[arg-type]  # a number
        told.answer = []
    return told.to_wire()


def test_F14_cookies(mode: Mode, row: Row) -> None:
    """RFC 7873 section 5.3: once a server has sent cookies, a reply without is dropped."""

    def behave(asked: Asked) -> Action:
        if asked.text.startswith("learn"):
            return packets(with_cookie(asked, truth(asked)))
        return packets(forgery(asked), Packet(with_cookie(asked, truth(asked)), 0.02))

    with mode(answering(behave)) as session:
        session.ask("learn.target.pz.")
        told = session.ask("www.target.pz.")
        row.exactly("forged accepted", FORGED in told.data, 0)
        assert told.data == [TRUE]
        cookies = {
            asked.server: asked.message.edns.option(OptionCode.COOKIE)[:8]  # type: ignore[union-attr,index]  # both are sent
            for asked in session.world.log
        }
        row.exactly("cookies shared by servers", len(cookies) - len(set(cookies.values())), 0)


def badcookie() -> World:
    """A server that finds no cookie good enough, but for names that begin with `warm`."""

    def behave(asked: Asked) -> Action:
        octets = truth(asked)
        return packets(octets if asked.text.startswith("warm") else with_cookie(asked, octets, rcode=23))

    return answering(behave)


def test_F15_badcookie_for_ever(mode: Mode, row: Row) -> None:
    with mode(badcookie()) as session:
        warmed(session)
        session.ask("www.target.pz.")
        session.settle()
        asked = session.world.asked(below="www.target.pz.")
        row.at_most("packets", len(asked), 5)
        row.at_most("TCP connections", sum(a.transport is Transport.TCP for a in asked), 1)


def test_F16_sizes_and_fragments(mode: Mode, row: Row) -> None:
    def behave(asked: Asked) -> Action:
        if asked.transport is Transport.TCP:
            return packets(truth(asked))
        return packets(
            reply(
                asked,
                [rr(asked.text, "A", FORGED)],
                (),
                [rr("x.target.pz.", "TXT", '"' + "x" * 250 + '"')] * 5,
            )
        )

    with mode(answering(behave)) as session:
        told = warmed(session).ask("www.target.pz.")
        sizes = {a.message.edns.udp_size for a in session.world.log if a.message.edns}
        assert sizes == {1232}
        row.exactly("octets offered", max(sizes), 1232)
        row.exactly("longer replies believed", FORGED in told.data, 0)
        assert told.data == [TRUE]


def test_F16_never_in_fragments(row: Row) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        never_fragment(sock)
        mode = sock.getsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER)
    row.exactly("as IP_MTU_DISCOVER (3: DF, path MTUs ignored)", mode, PMTUDISC_PROBE)
