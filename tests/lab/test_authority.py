# SPDX-License-Identifier: ISC
"""The authority answers as RFC 1034 section 4.3.2 and its heirs say, case by case."""

from __future__ import annotations

import pytest

from resolver.wire import Rcode, from_text
from resolver.wire.records import first_name, soa_fields
from tests.lab.asking import ask, serving, shown, zone

SHOP = zone(
    "shop0.",
    """
@          NS     ns
@          NS     ns.far.net0.
ns         A      192.0.2.1
ns         AAAA   2001:db8::1
www        A      192.0.2.10
www        A      192.0.2.11
mail       MX     10 www
alias      60 CNAME www
alias2     CNAME  alias
gone       CNAME  nothing
out        CNAME  www.far.net0.
loop1      CNAME  loop2
loop2      CNAME  loop1
under      CNAME  host.sub
x.y.z      A      192.0.2.12
sub        NS     ns.sub
sub        NS     ns.far.net0.
sub        DS     1 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns.sub     A      192.0.2.20
deep.sub   A      192.0.2.21
old        300 DNAME  new
old        A      192.0.2.13
h.new      A      192.0.2.14
*.wild     A      192.0.2.15
*.wild     MX     10 www
in.wild    TXT    "here"
a.b.wild   TXT    "deep"
*.aliases  CNAME  www
*.lost     CNAME  a.b.nothing
""",
)
NET = zone("net0.", "@ NS ns.shop0.\nwww.far A 192.0.2.30\nns.far A 192.0.2.31\n")
ALONE = serving(SHOP)


class TestAnswers:
    """RFC 1034 section 4.3.2, step 3a."""

    def test_data_comes_with_aa_and_the_whole_rrset(self) -> None:
        got = ask(ALONE, "www.shop0.")
        assert got.aa
        assert got.rcode == Rcode.NOERROR
        assert sorted(record.rdata for record in got.answer) == [b"\xc0\x00\x02\x0a", b"\xc0\x00\x02\x0b"]
        assert not got.authority

    def test_rfc_4343_the_question_is_echoed_as_spelled(self) -> None:
        got = ask(ALONE, "wWw.ShOp0.")
        assert got.question is not None
        assert got.question.name == from_text("wWw.ShOp0.")
        assert len(got.answer) == 2

    def test_addresses_of_servers_come_along_in_additional(self) -> None:
        got = ask(ALONE, "shop0.", "NS")
        assert shown(got.additional) == ["ns.shop0. A", "ns.shop0. AAAA"]
        assert shown(ask(ALONE, "mail.shop0.", "MX").additional) == ["www.shop0. A", "www.shop0. A"]

    def test_any_brings_every_set(self) -> None:
        assert {line.split()[1] for line in shown(ask(ALONE, "ns.shop0.", "ANY").answer)} == {"A", "AAAA"}

    def test_an_unknown_zone_is_refused(self) -> None:
        got = ask(ALONE, "www.far.net0.")
        assert got.rcode == Rcode.REFUSED
        assert not got.aa

    def test_the_deepest_zone_answers(self) -> None:
        sub = zone("sub.shop0.", "@ NS ns\nhost A 192.0.2.99\n")
        got = ask(serving(SHOP, sub), "host.sub.shop0.")
        assert got.aa
        assert shown(got.answer) == ["host.sub.shop0. A"]


class TestNegatives:
    """RFC 2308 section 2 and 3."""

    def test_nodata_has_the_soa_with_the_lesser_ttl(self) -> None:
        got = ask(ALONE, "www.shop0.", "TXT")
        assert got.rcode == Rcode.NOERROR
        assert got.aa
        assert not got.answer
        assert shown(got.authority) == ["shop0. SOA"]
        assert got.authority[0].ttl == soa_fields(got.authority[0].rdata).minimum == 300

    def test_the_soa_ttl_counts_when_it_is_the_lesser(self) -> None:
        short = zone("a0.", "@ NS ns\n", soa="@ 30 SOA ns h 1 2 3 4 300\n")
        assert ask(serving(short), "x.a0.").authority[0].ttl == 30

    def test_nxdomain(self) -> None:
        got = ask(ALONE, "nothing.shop0.")
        assert got.rcode == Rcode.NXDOMAIN
        assert got.aa
        assert shown(got.authority) == ["shop0. SOA"]

    @pytest.mark.parametrize("name", ["z.shop0.", "y.z.shop0.", "b.wild.shop0."])
    def test_rfc_8020_an_empty_non_terminal_exists(self, name: str) -> None:
        got = ask(ALONE, name)
        assert got.rcode == Rcode.NOERROR
        assert shown(got.authority) == ["shop0. SOA"]

    def test_rfc_2308_2_1_nxdomain_at_the_end_of_an_alias_keeps_the_alias(self) -> None:
        got = ask(ALONE, "gone.shop0.")
        assert got.rcode == Rcode.NXDOMAIN
        assert shown(got.answer) == ["gone.shop0. CNAME"]
        assert shown(got.authority) == ["shop0. SOA"]


class TestReferrals:
    """RFC 1034 section 4.3.2, step 3b."""

    @pytest.mark.parametrize("name", ["sub.shop0.", "host.sub.shop0.", "deep.sub.shop0.", "a.b.c.sub.shop0."])
    def test_at_and_below_the_cut(self, name: str) -> None:
        got = ask(ALONE, name)
        assert not got.aa
        assert got.rcode == Rcode.NOERROR
        assert not got.answer
        assert shown(got.authority) == ["sub.shop0. NS", "sub.shop0. NS"]
        assert shown(got.additional) == ["ns.sub.shop0. A"]

    def test_glue_is_no_answer(self) -> None:
        assert not ask(ALONE, "ns.sub.shop0.").answer

    def test_rfc_4035_3_1_4_ds_comes_with_do(self) -> None:
        got = ask(ALONE, "host.sub.shop0.", do=True)
        assert "sub.shop0. DS" in shown(got.authority)

    def test_rfc_4035_3_1_4_1_the_parent_answers_for_ds(self) -> None:
        got = ask(ALONE, "sub.shop0.", "DS")
        assert got.aa
        assert shown(got.answer) == ["sub.shop0. DS"]

    def test_rfc_4035_3_1_4_1_the_parent_answers_for_ds_when_both_are_here(self) -> None:
        both = serving(SHOP, zone("sub.shop0.", "@ NS ns\n"))
        assert shown(ask(both, "sub.shop0.", "DS").answer) == ["sub.shop0. DS"]

    def test_the_child_alone_denies_ds_with_its_own_soa(self) -> None:
        child = serving(zone("sub.shop0.", "@ NS ns\n"))
        got = ask(child, "sub.shop0.", "DS")
        assert got.rcode == Rcode.NOERROR
        assert shown(got.authority) == ["sub.shop0. SOA"]

    def test_no_glue_from_another_zone(self) -> None:
        """What a parent says of names outside of it, no resolver may believe: a proper server does not say it."""
        got = ask(serving(SHOP, NET), "host.sub.shop0.")
        assert shown(got.additional) == ["ns.sub.shop0. A"]


class TestAliases:
    """RFC 1034 section 3.6.2."""

    def test_a_chain_inside_the_zone_is_followed(self) -> None:
        got = ask(ALONE, "alias2.shop0.")
        assert shown(got.answer)[:2] == ["alias2.shop0. CNAME", "alias.shop0. CNAME"]
        assert shown(got.answer)[2:] == ["www.shop0. A", "www.shop0. A"]

    def test_a_chain_into_another_zone_of_the_server_is_followed(self) -> None:
        assert shown(ask(serving(SHOP, NET), "out.shop0.").answer) == ["out.shop0. CNAME", "www.far.net0. A"]

    def test_a_chain_that_leaves_the_server_ends_there(self) -> None:
        got = ask(ALONE, "out.shop0.")
        assert got.aa
        assert got.rcode == Rcode.NOERROR
        assert shown(got.answer) == ["out.shop0. CNAME"]
        assert not got.authority

    def test_a_chain_into_a_delegation_ends_in_a_referral(self) -> None:
        got = ask(ALONE, "under.shop0.")
        assert got.aa
        assert shown(got.answer) == ["under.shop0. CNAME"]
        assert shown(got.authority) == ["sub.shop0. NS", "sub.shop0. NS"]

    def test_a_loop_ends(self) -> None:
        assert shown(ask(ALONE, "loop1.shop0.").answer) == ["loop1.shop0. CNAME", "loop2.shop0. CNAME"]

    @pytest.mark.parametrize("rtype", ["CNAME", "ANY"])
    def test_asked_for_itself_it_is_not_followed(self, rtype: str) -> None:
        assert shown(ask(ALONE, "alias.shop0.", rtype).answer) == ["alias.shop0. CNAME"]


class TestWildcards:
    """RFC 4592 section 2.2.1 and 3.3: what the star covers and what it does not."""

    @pytest.mark.parametrize("name", ["a.wild.shop0.", "any.thing.wild.shop0.", "_x._y.wild.shop0."])
    def test_it_is_expanded_to_the_name_asked(self, name: str) -> None:
        got = ask(ALONE, name)
        assert shown(got.answer) == [f"{name} A"]
        assert got.aa

    def test_a_type_it_does_not_have_is_nodata(self) -> None:
        got = ask(ALONE, "a.wild.shop0.", "TXT")
        assert got.rcode == Rcode.NOERROR
        assert shown(got.authority) == ["shop0. SOA"]

    def test_a_name_that_exists_is_not_covered(self) -> None:
        got = ask(ALONE, "in.wild.shop0.")
        assert not got.answer
        assert got.rcode == Rcode.NOERROR

    @pytest.mark.parametrize("name", ["x.in.wild.shop0.", "x.b.wild.shop0.", "x.a.b.wild.shop0."])
    def test_nor_anything_below_a_name_that_exists(self, name: str) -> None:
        """The closest encloser decides, not the closest star (RFC 4592 section 3.3.1)."""
        assert ask(ALONE, name).rcode == Rcode.NXDOMAIN

    def test_its_owner_itself_is_not_covered(self) -> None:
        got = ask(ALONE, "wild.shop0.")
        assert not got.answer
        assert got.rcode == Rcode.NOERROR

    def test_the_star_can_be_asked_by_name(self) -> None:
        assert shown(ask(ALONE, "*.wild.shop0.").answer) == ["*.wild.shop0. A"]

    def test_an_alias_is_expanded_and_followed(self) -> None:
        got = ask(ALONE, "p.q.aliases.shop0.")
        assert shown(got.answer)[:2] == ["p.q.aliases.shop0. CNAME", "www.shop0. A"]

    def test_an_alias_that_leads_nowhere_is_nxdomain(self) -> None:
        assert ask(ALONE, "p.lost.shop0.").rcode == Rcode.NXDOMAIN

    def test_it_does_not_reach_below_a_cut(self) -> None:
        covered = zone("a0.", "@ NS ns\n* A 192.0.2.1\nsub NS ns.sub\n")
        assert not ask(serving(covered), "x.sub.a0.").answer


class TestDname:
    """RFC 6672."""

    def test_a_name_below_gets_the_dname_and_a_cname_of_its_ttl(self) -> None:
        got = ask(ALONE, "H.old.shop0.")
        assert shown(got.answer) == ["old.shop0. DNAME", "H.old.shop0. CNAME", "h.new.shop0. A"]
        assert [record.ttl for record in got.answer[:2]] == [300, 300]
        assert first_name(got.answer[1].rdata) == from_text("H.new.shop0.")

    def test_section_2_3_its_owner_is_not_redirected(self) -> None:
        assert shown(ask(ALONE, "old.shop0.").answer) == ["old.shop0. A"]
        assert shown(ask(ALONE, "old.shop0.", "DNAME").answer) == ["old.shop0. DNAME"]

    def test_section_3_1_cname_asked_by_type_is_synthesised_too(self) -> None:
        assert shown(ask(ALONE, "h.old.shop0.", "CNAME").answer)[:2] == [
            "old.shop0. DNAME",
            "h.old.shop0. CNAME",
        ]

    def test_section_2_2_a_name_that_grows_too_long_is_yxdomain(self) -> None:
        target = ".".join(["a" * 60] * 3) + "."
        long = zone("a0.", f"@ NS ns\nd DNAME {target}\n")
        got = ask(serving(long), ".".join(["b" * 60] * 2) + ".d.a0.")
        assert got.rcode == Rcode.YXDOMAIN
        assert shown(got.answer) == ["d.a0. DNAME"]

    def test_a_target_that_does_not_exist_is_nxdomain(self) -> None:
        assert ask(ALONE, "no.old.shop0.").rcode == Rcode.NXDOMAIN
