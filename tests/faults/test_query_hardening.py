# SPDX-License-Identifier: ISC
"""Rows F13-F16: letter case, cookies and sizes, which make a query hard to answer for others. Numbers: the matrix's."""

from __future__ import annotations

import socket

import dns.edns
import dns.message

from resolver.engine.ports import Transport
from resolver.runtime.upstream_udp import IP_MTU_DISCOVER, PMTUDISC_PROBE, never_fragment
from resolver.wire import OptionCode
from tests.faults.assertions import Row
from tests.faults.modes import Mode
from tests.faults.test_amplification import warmed
from tests.faults.test_forgery import FORGED, TRUE, answering, changed, forgery, truth
from tests.faults.world import Action, Asked, Packet, World, packets
from tests.faults.world_answers import reply, rr


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
        return packets(changed(octets, 12, octets[12 : 12 + len(asked.name)].lower()))

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
