# SPDX-License-Identifier: ISC
"""Row R32: 45 strange requests of clients and what each is answered, octet by octet as they come (security.md 5.7)."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import dns.flags
import pytest

from tests.faults.assertions import Row
from tests.faults.broken import Zone, warmed
from tests.faults.modes import Mode, Session, Told, request
from tests.faults.modes_live import LiveSession
from tests.live.asking import drain, udp

KEPT: Final = "kept.z.pz."
OPT: Final = b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00"
PLAIN: Final = request(KEPT, edns=False)
QUESTION: Final = PLAIN[12:]


def header(*, flags: int = 0x0100, qd: int = 1, an: int = 0, ns: int = 0, ar: int = 0) -> bytes:
    return struct.pack("!6H", 7, flags, qd, an, ns, ar)


def asked(rtype: int = 1, rclass: int = 1) -> bytes:
    return header() + QUESTION[:-4] + struct.pack("!2H", rtype, rclass)


def with_opt(rdata: bytes, *, version: int = 0, count: int = 1, flags: int = 0) -> bytes:
    opt = b"\x00\x00\x29\x04\xd0\x00" + bytes((version,)) + struct.pack("!HH", flags, len(rdata)) + rdata
    return header(ar=count) + QUESTION + opt * count


def option(code: int, data: bytes) -> bytes:
    return struct.pack("!HH", code, len(data)) + data


class Case(NamedTuple):
    """A request, the response codes it may get ("none": silence), and whether the response has an OPT."""

    what: str
    octets: bytes
    rcodes: str
    opt: bool | None = None


CASES: Final = (
    *(
        Case(f"opcode {code}", header(flags=code << 11 | 0x0100) + QUESTION, "NOTIMP", opt=False)
        for code in (1, 2, 3, 4, 5, 6, 15)
    ),
    Case("a response", header(flags=0x8100) + QUESTION, "none"),
    Case("eleven octets", header()[:11], "none"),
    Case("no question", header(qd=0), "FORMERR", opt=False),
    Case("two questions", header(qd=2) + QUESTION * 2, "FORMERR", opt=False),
    Case("a question that is missing", header(), "FORMERR", opt=False),
    Case("EDNS version 1", with_opt(b"", version=1), "BADVERS", opt=True),
    Case("EDNS version 255", with_opt(b"", version=255), "BADVERS", opt=True),
    Case("two OPT", with_opt(b"", count=2), "FORMERR", opt=True),
    Case("an option that is longer than it is", with_opt(b"\x00\x0a\x00\x09"), "FORMERR", opt=True),
    Case("a cookie of 7 octets", with_opt(option(10, bytes(7))), "FORMERR", opt=True),
    Case("a cookie of 12 octets", with_opt(option(10, bytes(12))), "FORMERR", opt=True),
    Case("a cookie of 41 octets", with_opt(option(10, bytes(41))), "FORMERR", opt=True),
    Case("a cookie of 8 octets", with_opt(option(10, bytes(8))), "NOERROR", opt=True),
    Case("an unknown option", with_opt(option(65001, b"x")), "NOERROR", opt=True),
    Case("two hundred options", with_opt(option(65001, b"") * 200), "NOERROR", opt=True),
    Case("unknown EDNS flags", with_opt(b"", flags=0x7FFF), "NOERROR", opt=True),
    Case("a payload of 0", header(ar=1) + QUESTION + b"\x00\x00\x29" + bytes(8), "NOERROR", opt=True),
    Case("trailing octets", PLAIN + b"garbage", "FORMERR", opt=False),
    Case("the Z bit", header(flags=0x0140) + QUESTION, "NOERROR", opt=False),
    Case("the AD bit", header(flags=0x0120) + QUESTION, "NOERROR", opt=False),
    Case("the CD bit", header(flags=0x0110) + QUESTION, "NOERROR", opt=False),
    Case("the TC bit", header(flags=0x0300) + QUESTION, "NOERROR FORMERR", opt=False),
    Case("the AA bit", header(flags=0x0500) + QUESTION, "NOERROR FORMERR", opt=False),
    Case("class CH", asked(rclass=3), "REFUSED", opt=False),
    Case("class HS", asked(rclass=4), "REFUSED", opt=False),
    Case("class ANY", asked(rclass=255), "NOTIMP REFUSED", opt=False),
    Case("class 0", asked(rclass=0), "REFUSED", opt=False),
    Case("type ANY", asked(255), "NOERROR", opt=False),
    Case("type AXFR", asked(252), "REFUSED", opt=False),
    Case("type IXFR", asked(251), "REFUSED", opt=False),
    Case("type OPT", asked(41), "FORMERR", opt=False),
    Case("type TSIG", asked(250), "FORMERR", opt=False),
    Case("type TKEY", asked(249), "FORMERR", opt=False),
    Case("an unknown type", asked(65280), "NOERROR", opt=False),
    Case("RD=0, in the cache", header(flags=0) + QUESTION, "NOERROR", opt=False),
    Case("RD=0, not there", request("lost.z.pz.", edns=False, rd=False), "REFUSED", opt=False),
    Case("a label of 64 octets", header() + b"\x40" + b"x" * 64 + b"\0\0\1\0\1", "FORMERR", opt=False),
    Case("a pointer to itself", header() + b"\xc0\x0c\x00\x01\x00\x01", "FORMERR", opt=False),
)
TOO_LONG: Final = Case(
    "a name of 257 octets", header() + (b"\x3f" + b"x" * 63) * 4 + b"\0\0\1\0\1", "FORMERR"
)


def is_as_it_should(case: Case, told: Told) -> bool:
    message = told.message
    if message is None:
        return case.rcodes == "none"
    as_sent = message.id == int.from_bytes(case.octets[:2], "big") and bool(message.flags & dns.flags.QR)
    has_opt = case.opt is None or case.opt is (message.edns >= 0)
    return as_sent and has_opt and told.rcode in case.rcodes.split()


def hears_nothing(session: Session, case: Case) -> bool:
    """Whether that request is met with silence: the answer to the next one comes first, and is the only one."""
    if not isinstance(session, LiveSession):
        return session.ask_all([case.octets])[0].message is None
    with udp(session.serving.port) as client:
        client.send(case.octets)
        client.send(request(KEPT, ident=4711))
        heard = client.recv(4096)
        session.pass_time(0.2)
        return heard[:2] == (4711).to_bytes(2, "big") and drain(client) == []


def test_R32_client_conformance(mode: Mode, row: Row) -> None:
    cases = (*CASES, TOO_LONG)
    with mode(Zone(1).world) as session:
        warmed(session, KEPT)
        answered = [case for case in cases if case.rcodes != "none"]
        told = session.ask_all([case.octets for case in answered])
        wrong = [
            (case.what, one.rcode)
            for case, one in zip(answered, told, strict=True)
            if not is_as_it_should(case, one)
        ]
        wrong += [
            (case.what, "a response")
            for case in cases
            if case.rcodes == "none" and not hears_nothing(session, case)
        ]
        assert wrong == []
        row.at_least("of 45 as they should be", len(cases) - len(wrong), 45)


@pytest.mark.parametrize("edns", [False, True], ids=["512", "1232"])
def test_R32_answers_that_do_not_fit_are_truncated(edns: bool, mode: Mode, row: Row) -> None:
    text = "".join(f"big A 192.0.2.{n}\n" for n in range(100))
    with mode(Zone(1, text=text).world) as session:
        warmed(session)
        (told,) = session.ask_all([request("big.z.pz.", edns=edns)])
        assert told.message is not None
        row.exactly("truncated", bool(told.message.flags & dns.flags.TC), 1)
        assert (told.message.edns >= 0) is edns
        row.at_most("octets", told.size, 1232 if edns else 512)
