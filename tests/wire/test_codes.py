# SPDX-License-Identifier: ISC
"""Numbers and mnemonics, against dnspython's tables where it has them."""

import dns.edns
import dns.rcode
import dns.rdatatype
import pytest

from resolver.wire import codes
from resolver.wire.codes import Ede, OptionCode, Rcode, Rtype
from resolver.wire.errors import FormatError


@pytest.mark.parametrize("rtype", list(Rtype))
def test_types_are_what_dnspython_calls_them(rtype: Rtype) -> None:
    theirs = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(int(rtype)))
    if not theirs.startswith("TYPE"):
        assert codes.type_to_text(rtype) == theirs
    assert codes.type_from_text(codes.type_to_text(rtype)) == rtype


def test_common_rcodes_and_extended_errors_agree_with_dnspython() -> None:
    for ours in Rcode:
        if ours in dns.rcode.Rcode._value2member_map_ and ours.name in dns.rcode.Rcode.__members__:
            assert dns.rcode.Rcode[ours.name] == ours
    for theirs in dns.edns.EDECode:
        assert theirs.name in Ede.__members__
        assert Ede[theirs.name] == theirs
    assert OptionCode.COOKIE == dns.edns.OptionType.COOKIE
    assert OptionCode.EDE == dns.edns.OptionType.EDE


def test_rfc3597_section_5_unknown_types_and_classes() -> None:
    assert codes.type_to_text(65280) == "TYPE65280"
    assert codes.type_from_text("type65280") == 65280
    assert codes.type_from_text("TYPE1") == 1
    assert codes.class_to_text(1) == "IN"
    assert codes.class_to_text(9) == "CLASS9"


def test_mnemonics_are_read_in_any_case() -> None:
    assert codes.type_from_text("aaaa") == Rtype.AAAA
    assert codes.type_from_text("nsap-ptr") == Rtype.NSAP_PTR


@pytest.mark.parametrize(
    "text", ["", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "TYPE1\n", "TYPE٣", "NOPE", "TYPE000001"]
)
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        codes.type_from_text(text)


def test_extended_rcodes_have_names() -> None:
    assert codes.rcode_to_text(16) == "BADVERS"
    assert codes.rcode_to_text(23) == "BADCOOKIE"
    assert codes.rcode_to_text(3841) == "RCODE3841"
    assert codes.opcode_to_text(5) == "UPDATE"
    assert codes.opcode_to_text(15) == "OPCODE15"
    assert codes.ede_to_text(3) == "Stale answer"
    assert codes.ede_to_text(4000) == "EDE4000"
