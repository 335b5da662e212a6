# SPDX-License-Identifier: ISC
"""Each format is known by its first octets, whatever the file is called; nothing else is taken for one."""

from __future__ import annotations

import pytest

from resolver.lab.traces.formats import NAMES, TraceError, format_named, recognise
from tests.lab.traces.wrapping import CAPTURED, dnstap, pcap, pcapng

HEADS = [
    (pcap([]), "pcap"),
    (pcapng([]), "pcap"),
    (dnstap([]), "dnstap"),
    (b"PAR1....", "parquet"),
    (b"SQLite format 3\0....", "pihole"),
    (b"#separator \\x09\n#set_separator\t,\n", "zeek"),
    (b'{"ts":1.5,"uid":"C","id.orig_h":"192.0.2.1","query":"a.example"}\n', "zeek"),
    (b'{"T":"2024-01-01T00:00:00Z","QH":"a.example","QT":"A"}\n', "adguard"),
    (b'{"t":0.5,"client":"","qname":"a.","qtype":"A"}\n', "jsonl"),
    (b"qname,qtype,t\n", "csv"),
    (b'{"at":"2026-01-01T00:00:00.000Z","level":"info","kind":"start","text":"x"}\n', "query-log"),
    (b"2026-01-01T00:00:00.0Z info a: x\n2026-01-01T00:00:00.0Z info query: a. A client=::1\n", "query-log"),
    (b'noise\n[INFO] 192.0.2.7:40212 - 2 "A IN a.example. udp 41 false 4096" NOERROR qr 68 0.03s\n', "coredns"),
    (b"; names\nwww.example. A\n", "dnsperf"),
    ((CAPTURED / "named.log").read_bytes(), "bind"),
    ((CAPTURED / "unbound.log").read_bytes(), "unbound"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "name"), HEADS, ids=[f"{n}-{name}" for n, (_, name) in enumerate(HEADS)])
def test_a_format_is_known_by_its_first_octets(head, name):
    assert recognise(head, "file").name == name


def test_every_format_has_an_example_here():
    assert {name for _, name in HEADS} == set(NAMES)


@pytest.mark.parametrize("head", [b"\x00" * 100, b"hello world again\n", b'{"a":1}\n', b"a,b,c\n1,2,3\n"])
def test_what_fits_none_is_refused_with_the_names_there_are(head):
    with pytest.raises(TraceError, match=r"file .* - name the format with --from .*dnsperf"):
        recognise(head, "file")


def test_an_empty_file_is_in_no_format_and_no_name_would_help():
    with pytest.raises(TraceError, match=r"^file is empty - give a trace with questions in it$"):
        recognise(b"", "file")


def test_an_unknown_name_is_refused():
    assert format_named("bind").name == "bind"
    with pytest.raises(TraceError, match="unbound"):
        format_named("djbdns")
