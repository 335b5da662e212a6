# SPDX-License-Identifier: ISC
"""The authority with a zone that was signed before: RRSIG and NSEC where DO asks for them."""

from __future__ import annotations

import pytest

from resolver.lab.zones import Zone
from resolver.wire import Rcode
from tests.lab.asking import ask, serving, shown, zone


class TestDnssec:
    """RFC 4035 section 3.1, with the records as they stand in the text: nothing is signed here."""

    TEXT = """
@      NS     ns
@      NSEC   b.s0. NS SOA RRSIG NSEC
@      RRSIG  SOA 13 1 900 20400101000000 20200101000000 1 s0. AAAA
@      RRSIG  NSEC 13 1 300 20400101000000 20200101000000 1 s0. AAAA
b      A      192.0.2.1
b      RRSIG  A 13 2 3600 20400101000000 20200101000000 1 s0. AAAA
b      NSEC   *.w.s0. A RRSIG NSEC
b      RRSIG  NSEC 13 2 300 20400101000000 20200101000000 1 s0. AAAA
*.w    A      192.0.2.2
*.w    RRSIG  A 13 2 3600 20400101000000 20200101000000 1 s0. AAAA
*.w    NSEC   s0. A RRSIG NSEC
*.w    RRSIG  NSEC 13 2 300 20400101000000 20200101000000 1 s0. AAAA
"""

    @pytest.fixture
    def signed(self) -> dict[bytes, Zone]:
        return serving(zone("s0.", self.TEXT))

    def test_signatures_come_with_do_alone(self, signed: dict[bytes, Zone]) -> None:
        assert shown(ask(signed, "b.s0.").answer) == ["b.s0. A"]
        assert shown(ask(signed, "b.s0.", do=True).answer) == ["b.s0. A", "b.s0. RRSIG"]

    def test_they_can_be_asked_by_type(self, signed: dict[bytes, Zone]) -> None:
        assert shown(ask(signed, "b.s0.", "RRSIG").answer) == ["b.s0. RRSIG", "b.s0. RRSIG"]

    def test_nodata_is_proved_at_the_name(self, signed: dict[bytes, Zone]) -> None:
        got = ask(signed, "b.s0.", "TXT", do=True)
        assert shown(got.authority) == ["s0. SOA", "s0. RRSIG", "b.s0. NSEC", "b.s0. RRSIG"]

    def test_nxdomain_is_proved_for_the_name_and_its_star(self, signed: dict[bytes, Zone]) -> None:
        got = ask(signed, "c.s0.", do=True)
        assert got.rcode == Rcode.NXDOMAIN
        assert {"b.s0. NSEC", "s0. NSEC"} <= set(shown(got.authority))

    def test_an_expansion_is_proved(self, signed: dict[bytes, Zone]) -> None:
        got = ask(signed, "x.w.s0.", do=True)
        assert shown(got.answer) == ["x.w.s0. A", "x.w.s0. RRSIG"]
        assert "*.w.s0. NSEC" in shown(got.authority)

    def test_without_do_no_proof(self, signed: dict[bytes, Zone]) -> None:
        assert shown(ask(signed, "c.s0.").authority) == ["s0. SOA"]
