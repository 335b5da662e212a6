# SPDX-License-Identifier: ISC
"""Laws of every reader: no octets make it raise, every row is well-formed, what is not read is counted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.lab.traces.formats import FORMATS, NAMES, format_named
from resolver.wire import names
from tests.lab.traces.readers.test_adguard import entry
from tests.lab.traces.readers.test_coredns import COMBINED, COMMON
from tests.lab.traces.readers.test_zeek import HEADER, JSON, LINES
from tests.lab.traces.wrapping import CAPTURED, rows_in

OURS = '{"t":1,"client":"::1","qname":"a.","qtype":"A","ttl":60,"rcode":"NXDOMAIN","rdata_hash":"1f"}\n'
LOGGED = "2023-11-14T22:13:20.5Z info query: a. A client=::1 rcode=REFUSED source=cache seconds=0 ttl=5 rdata_hash=1f\n"
SAMPLES = {
    "pcap": (CAPTURED / "ethernet.pcap").read_bytes(),
    "dnstap": (CAPTURED / "named.tap").read_bytes(),
    "parquet": b"PAR1",
    "pihole": b"SQLite format 3\0" + bytes(200),
    "zeek": (HEADER + LINES + JSON).encode(),
    "adguard": entry(Answer="QQ==").encode(),
    "jsonl": OURS.encode(),
    "query-log": LOGGED.encode(),
    "csv": b"t,client,qname,qtype,ttl,rcode,rdata_hash,upstream_ms\n1,::1,a.,A,60,NXDOMAIN,1f,2.5\n",
    "bind": (CAPTURED / "named.log").read_bytes(),
    "unbound": (CAPTURED / "unbound.log").read_bytes(),
    "coredns": (COMMON + COMBINED).encode(),
    "dnsperf": b"www.example. A\na.example. AAAA\n",
}
DAMAGE = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), max_size=8)


def test_every_reader_has_a_sample():
    assert set(SAMPLES) == set(NAMES)


@pytest.mark.parametrize("form", FORMATS, ids=NAMES)
@settings(max_examples=60)
@given(damage=DAMAGE)
def test_damaged_files_are_read_to_their_end(form, damage):
    octets = bytearray(SAMPLES[form.name])
    for place, new in damage:
        place %= len(octets)
        octets[place : place + len(new)] = new
    rows, _ = rows_in(form.read, bytes(octets))
    for row in rows:
        assert names.check(row.name) == row.name == row.name.lower()
        assert 0 <= row.rtype <= 0xFFFF
        assert isinstance(row.time, float)
        assert row.time - row.time == 0, "finite"
        assert row.ttl is None or row.ttl >= 0
        assert row.rcode is None or 0 <= row.rcode <= 0xFFF
        assert row.rdata_hash is None or 0 <= row.rdata_hash < 2**63


@pytest.mark.parametrize("form", FORMATS, ids=NAMES)
@settings(max_examples=100)
@given(octets=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_octets_make_it_raise(form, octets):
    rows_in(form.read, octets)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("t", "nan"),
        ("t", "inf"),
        ("qtype", "TYPE70000"),
        ("ttl", "-5"),
        ("ttl", "4294967296"),
        ("rcode", "RCODE5000"),
        ("rdata_hash", "-1"),
        ("rdata_hash", "8000000000000000"),
        ("upstream_ms", "-1"),
        ("upstream_ms", "nan"),
    ],
)
def test_numbers_that_no_message_can_hold_are_bad(field, value):
    cells = {"t": "1", "qname": "a.", "qtype": "A"} | {field: value}
    text = f"{','.join(cells)}\n{','.join(cells.values())}\n"
    rows, reading = rows_in(format_named("csv").read, text)
    assert (rows, reading.bad) == ([], 1)
