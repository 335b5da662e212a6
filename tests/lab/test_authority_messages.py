# SPDX-License-Identifier: ISC
"""The authority as a speaker of the protocol: EDNS, sizes and truncation, and requests that are no plain question."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.wire import Edns, Message, Opcode, Question, Rcode, Rtype, compose, from_text, parse
from resolver.wire.codes import AA, OPCODE_MASK, QR, RD
from tests.lab.asking import answer, ask, request, serving, shown, zone

ALONE = serving(zone("shop0.", "@ NS ns\nwww A 192.0.2.10\n"))


class TestEdnsAndSize:
    """RFC 6891, RFC 2181 section 9, RFC 9471."""

    BIG = serving(
        zone(
            "big0.",
            "@ NS ns\nmid MX 10 h\n"
            + "".join(f"many A 198.18.0.{n}\n" for n in range(1, 101))
            + "".join(f"h A 198.18.1.{n}\n" for n in range(1, 61))
            + "sub NS ns.sub\n"
            + "".join(f"ns.sub A 198.18.2.{n}\n" for n in range(1, 61))
            + "kin NS h\n",
        )
    )

    def test_an_opt_answers_an_opt_and_none_none(self) -> None:
        assert ask(ALONE, "www.shop0.").edns is not None
        plain = answer(ALONE, request("www.shop0.", edns=False), udp=True)
        assert plain is not None
        assert parse(plain).edns is None

    def test_rfc9660_the_version_of_the_zone_is_told_to_who_asks(self) -> None:
        def told(name: str, *options: tuple[int, bytes]) -> tuple[tuple[int, bytes], ...]:
            question = Question(from_text(name), Rtype.A)
            got = answer(self.BIG, compose(Message(1, 0, 0, question, edns=Edns(options=options))), udp=False)
            assert got is not None
            edns = parse(got).edns
            assert edns is not None
            return edns.options

        version = (19, bytes([1, 0, 0, 0, 0, 7]))
        assert told("h.big0.", (19, b"")) == told("none.big0.", (19, b"")) == (version,)
        assert told("h.big0.") == told("h.big0.", (19, b"x")) == ()
        assert told("www.sub.big0.", (19, b"")) == ()  # a referral is no answer of the zone

    def test_do_is_copied(self) -> None:
        got = ask(ALONE, "www.shop0.", do=True)
        assert got.edns is not None
        assert got.edns.do

    def test_6_1_3_an_unknown_version_is_badvers(self) -> None:
        wire = compose(Message(1, 0, 0, Question(from_text("www.shop0."), 1), edns=Edns(version=1)))
        got = answer(ALONE, wire, udp=True)
        assert got is not None
        message = parse(got)
        assert message.rcode == Rcode.BADVERS
        assert message.edns is not None
        assert message.edns.version == 0
        assert not message.answer

    @pytest.mark.parametrize(("size", "limit"), [(512, 512), (1232, 1232), (4096, 1232), (100, 512)])
    def test_what_does_not_fit_is_truncated_whole(self, size: int, limit: int) -> None:
        wire = answer(self.BIG, request("many.big0.", size=size), udp=True)
        assert wire is not None
        assert len(wire) <= limit
        message = parse(wire)
        assert message.tc
        assert not message.answer
        assert message.edns is not None

    def test_without_edns_512_octets(self) -> None:
        wire = answer(self.BIG, request("h.big0.", edns=False), udp=True)
        assert wire is not None
        assert parse(wire).tc

    def test_over_tcp_all_of_it(self) -> None:
        assert len(ask(self.BIG, "many.big0.", udp=False).answer) == 100

    def test_courtesy_addresses_are_left_out_without_tc(self) -> None:
        got = ask(self.BIG, "mid.big0.", "MX", size=512)
        assert not got.tc
        assert got.answer
        assert not got.additional

    def test_rfc_9471_glue_below_the_cut_is_not_left_out(self) -> None:
        assert ask(self.BIG, "x.sub.big0.", size=512).tc

    def test_sibling_glue_may_be(self) -> None:
        got = ask(self.BIG, "x.kin.big0.", size=512)
        assert not got.tc
        assert shown(got.authority) == ["kin.big0. NS"]


class TestOtherRequests:
    """What is no plain question of class IN."""

    def respond(self, message: Message) -> Message:
        wire = answer(ALONE, compose(message), udp=True)
        assert wire is not None
        return parse(wire)

    @pytest.mark.parametrize("opcode", [Opcode.STATUS, Opcode.NOTIFY, Opcode.UPDATE])
    def test_other_opcodes_are_notimp(self, opcode: int) -> None:
        got = self.respond(Message(1, opcode << 11, 0, Question(from_text("shop0."), Rtype.SOA)))
        assert got.rcode == Rcode.NOTIMP
        assert got.opcode == opcode

    @pytest.mark.parametrize("rclass", [3, 4, 255])
    def test_other_classes_are_refused(self, rclass: int) -> None:
        assert (
            self.respond(Message(1, 0, 0, Question(from_text("www.shop0."), 1, rclass))).rcode
            == Rcode.REFUSED
        )

    @pytest.mark.parametrize("rtype", [Rtype.AXFR, Rtype.IXFR])
    def test_transfers_are_refused(self, rtype: int) -> None:
        assert self.respond(Message(1, 0, 0, Question(from_text("shop0."), rtype))).rcode == Rcode.REFUSED

    def test_no_question_is_formerr(self) -> None:
        assert self.respond(Message(1)).rcode == Rcode.FORMERR

    def test_rd_is_copied_and_ra_never_set(self) -> None:
        got = self.respond(Message(1, RD, 0, Question(from_text("www.shop0."), 1)))
        assert got.rd
        assert not got.ra

    def test_a_response_gets_no_response(self) -> None:
        wire = compose(Message(1, QR | AA, 0, Question(from_text("www.shop0."), 1)))
        assert answer(ALONE, wire, udp=True) is None

    def test_a_broken_request_is_formerr_under_its_id(self) -> None:
        wire = request("www.shop0.")[:-3]
        got = answer(ALONE, wire, udp=True)
        assert got is not None
        assert got[:2] == wire[:2]
        assert struct.unpack("!H", got[2:4])[0] & ~OPCODE_MASK == QR | Rcode.FORMERR

    def test_less_than_a_header_is_silence(self) -> None:
        assert answer(ALONE, b"\x00" * 11, udp=True) is None

    @given(st.binary(max_size=64))
    def test_nothing_raises(self, data: bytes) -> None:
        answer(ALONE, data, udp=True)
