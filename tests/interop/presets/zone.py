# SPDX-License-Identifier: ISC
"""The one authority behind every peer and behind us: what a name is told, it says itself. No socket and no clock here.

    t300.shop.    A with a TTL of 300 s        q.x60-900.shop.   NXDOMAIN, SOA minimum 60 s, SOA TTL 900 s
    fail.shop.    SERVFAIL                     q.d60-900.shop.   NODATA, the same

What follows a hyphen after that (`t300-b.shop.`) is there to have several of a kind. Each denial is of a zone of its
own: dnsmasq keeps one SOA for a zone, whatever denial brought it.
"""

from __future__ import annotations

import re
from collections import Counter

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

ORIGIN = "shop."
ADDRESS = "127.88.2.1"
_NAME = re.compile(r"(?:t(?P<ttl>\d+)|q\.(?P<kind>[xd])(?P<minimum>\d+)-(?P<soa>\d+)|fail)(?:-\w+)?\.shop\.")


class Authority:
    """Answers requests, and counts them by name. While `is_out`, everything is SERVFAIL."""

    def __init__(self) -> None:
        self.is_out = False
        self.asked: Counter[str] = Counter()

    def __call__(self, request: bytes) -> bytes:
        """The whole response, as any server of the zone would give it over UDP."""
        question = dns.message.from_wire(request)
        response = dns.message.make_response(question)
        response.flags |= dns.flags.AA
        name, rtype = question.question[0].name.to_text().lower(), question.question[0].rdtype
        self.asked[name] += 1
        found = _NAME.fullmatch(name)
        if found and (self.is_out or found[0].startswith("fail")):
            response.set_rcode(dns.rcode.SERVFAIL)
        elif found and found["ttl"] and rtype == dns.rdatatype.A:
            # Spelt by hand: no reader of zone files takes a TTL with the topmost bit.
            response.answer.append(_rrset(name, int(found["ttl"]), "A", "192.0.2.1"))
        elif found and found["kind"]:
            response.set_rcode(dns.rcode.NXDOMAIN if found["kind"] == "x" else dns.rcode.NOERROR)
            response.authority.append(_soa(name.removeprefix("q."), int(found["minimum"]), int(found["soa"])))
        elif (
            name == "." and rtype == dns.rdatatype.NS
        ):  # some want to know their root, whomever they forward to
            response.answer.append(_rrset(name, 86400, "NS", f"ns.{ORIGIN}"))
        elif name == f"ns.{ORIGIN}" and rtype == dns.rdatatype.A:
            response.answer.append(_rrset(name, 86400, "A", ADDRESS))
        else:
            response.authority.append(_soa(ORIGIN, 300, 300))
        return response.to_wire()


def _soa(zone: str, minimum: int, ttl: int) -> dns.rrset.RRset:
    return _rrset(zone, ttl, "SOA", f"ns.{ORIGIN} host.{ORIGIN} 1 7200 900 1209600 {minimum}")


def _rrset(name: str, ttl: int, rtype: str, rdata: str) -> dns.rrset.RRset:
    rrset = dns.rrset.from_text(name, 0, "IN", rtype, rdata)
    rrset.ttl = ttl
    return rrset
