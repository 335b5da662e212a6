# SPDX-License-Identifier: ISC
"""Dumps as BIND 9.18 and Unbound 1.17 really write them, and zone text in general: what is read of each line."""

from __future__ import annotations

import pytest

from resolver.cli.cache.zone_text import ZoneText
from resolver.persistence.form import BadForm, entry_of

BIND = r"""
; Start view _default
;
; using a 0 second stale ttl
; answer
athens.city0.		3596	IN SOA	ns1.hosting.net0. hostmaster.athens.city0. (
					1          ; serial
					7200       ; refresh (2 hours)
					900        ; retry (15 minutes)
					1209600    ; expire (2 weeks)
					3600       ; minimum (1 hour)
					)
; authanswer
www.athens.city0.	86392	A	198.18.40.3
; answer
shop.a.com0.		894	\-ANY	;-$NXDOMAIN
; com0. SOA a.registry.net0. hostmaster.com0. 1 7200 900 1209600 900
; answer
pool1.swift.com0.	13	A	198.18.1.11
			13	A	198.18.1.12
; glue
ns1.dns.org0.	600	A	198.51.100.11
; secure
dns.org0.		86392	NS	ns1.dns.org0.
; secure
			86392	RRSIG	NS 13 2 86400 (
					20851224024000 20200101000000 13861 dns.org0.
					A20++vxJkdQVs0ShGT6cG7w8ac8H5jhgUDjP
					QZvjjWo8xI45EKnWGjjHeW96/ixHGRxlDoPj
					15ASPrbgJYokmg== )
; answer
			295	\-MX	;-$NXRRSET
; dns.org0. SOA ns1.dns.org0. hostmaster.dns.org0. 1 7200 900 1209600 300
; dns.org0. RRSIG SOA ...
;
; Address database dump
;
;	127.0.0.1 [srtt 1260] [flags 00000004] [edns 9/0] [plain 0/0] [udpsize 512] [ttl 1797]
"""

UNBOUND = """
START_RRSET_CACHE
;rrset 894 1 0 2 0
com0.	894	IN	SOA	a.registry.net0. hostmaster.com0. 1 7200 900 1209600 900
;rrset 53 1 0 5 0
map.edge.cdn.net0.	53	IN	CNAME	pool1.swift.com0.
;rrset nsec_apex 295 1 0 8 0
www.athens.city0.	86393	IN	A	198.18.40.3
END_RRSET_CACHE
START_MSG_CACHE
msg shop.a.com0. IN A 33155 1 894 0 0 1 0
com0. IN SOA 4
msg com0. IN MX 34176 1 894 0 0 1 0
com0. IN SOA 4
msg map.edge.cdn.net0. IN CNAME 33152 1 53 0 1 0 0
map.edge.cdn.net0. IN CNAME 0
END_MSG_CACHE
EOF
"""


def read(text):
    """Every entry, as it would come into a cache, by name and type."""
    reader, forms = ZoneText(), []
    for number, line in enumerate(text.splitlines(), 1):
        forms += reader.feed(line, number)
    forms += reader.end()
    for form in forms:
        entry_of(form, 1000.0, 0.0)
    return {(form.name, form.type): form for form in forms}


def test_what_bind_dumps() -> None:
    found = read(BIND)
    assert {key: form.rank for key, form in found.items()} == {
        ("athens.city0.", "SOA"): "non_authoritative_answer",
        ("www.athens.city0.", "A"): "authoritative_answer",
        ("shop.a.com0.", "*"): "non_authoritative_answer",
        ("pool1.swift.com0.", "A"): "non_authoritative_answer",
        ("ns1.dns.org0.", "A"): "glue",
        ("dns.org0.", "NS"): "authoritative_answer",
        ("dns.org0.", "MX"): "non_authoritative_answer",
    }
    assert len(found["pool1.swift.com0.", "A"].records) == 2
    assert len(found["dns.org0.", "NS"].signatures) == 1
    assert found["shop.a.com0.", "*"].soa.name == "com0."
    assert (found["dns.org0.", "MX"].kind, found["dns.org0.", "MX"].ttl) == ("nodata", 295)


def test_what_unbound_dumps() -> None:
    found = read(UNBOUND)
    assert {key: form.rank for key, form in found.items()} == {
        ("com0.", "SOA"): "glue",
        ("map.edge.cdn.net0.", "CNAME"): "non_authoritative_answer",
        ("www.athens.city0.", "A"): "authoritative_answer",
        ("shop.a.com0.", "*"): "non_authoritative_answer",
        ("com0.", "MX"): "authoritative_answer",
    }
    assert found["shop.a.com0.", "*"].fresh_for == 894.0


def test_plain_zone_text_is_trusted_less_than_a_servers_word() -> None:
    found = read('a.example. 60 IN TXT "two  spaces; no comment" "( no group" ; a comment\n')
    form = found["a.example.", "TXT"]
    assert form.rank == "non_authoritative_answer"
    assert form.records[0].rdata == b"\x17two  spaces; no comment\x0a( no group"


def test_stale_data_is_kept_for_as_long_as_is_said() -> None:
    text = "; authanswer\n; stale (will be retained for 3600 more seconds)\na.example. 0 A 192.0.2.1\n"
    form = read(text)["a.example.", "A"]
    assert (form.fresh_for, form.stale_for) == (0.0, 3600.0)


@pytest.mark.parametrize(
    "line",
    [
        "a.example. soon A 192.0.2.1",
        "a.example. 60 A 192.0.2.400",
        "a.example. 60",
        "   60 A 192.0.2.1",
        "a.example. 60 NOSUCH x",
        "msg a.example. IN A 33155",
        "<html>",
    ],
)
def test_what_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(BadForm):
        list(ZoneText().feed(line, 1))


def test_a_parenthesis_that_never_closes_gives_nothing() -> None:
    assert read("a.example. 60 SOA a. b. ( 1 2 3\n4 5\n") == {}
