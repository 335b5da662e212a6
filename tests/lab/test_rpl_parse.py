# SPDX-License-Identifier: ISC
"""Scenario files: what is read, and that every mistake names its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.lab.rpl_parse import load_scenario, read_scenario
from resolver.lab.rpl_values import (
    CheckLatency,
    CheckQueries,
    Comparison,
    Config,
    Entry,
    GivenZone,
    Packet,
    Query,
    ScenarioError,
    TimePasses,
)
from resolver.wire import Question, Record, from_text
from resolver.wire.codes import AA, QR, RD

HEAD = "; RFC 1034 section 1: an example\n\nCONFIG_END\nSCENARIO_BEGIN An example\n"


def config_of(text: str) -> Config:
    return read_scenario(f"; about\n{text}\nCONFIG_END\nSCENARIO_BEGIN x\nSCENARIO_END").config


def entry_of(text: str) -> Entry:
    action = (
        read_scenario(f"{HEAD}STEP 1 QUERY\nENTRY_BEGIN\n{text}\nENTRY_END\nSCENARIO_END").steps[0].action
    )
    assert isinstance(action, Query)
    return action.entry


def packet_of(text: str) -> Packet:
    return entry_of(text).packet


def test_the_title_and_the_first_comment() -> None:
    scenario = read_scenario(HEAD + "SCENARIO_END\n", "x.rpl")
    assert (scenario.title, scenario.about) == ("An example", "RFC 1034 section 1: an example")
    assert scenario.path == "x.rpl"


def test_config_as_deckard_writes_it() -> None:
    config = config_of(
        '; config options\n\ttarget-fetch-policy: "0 0 0 0 0"\n\tquery-minimization: off\n'
        '\tname: "."\n\tstub-addr: 193.0.14.129 \t# K.ROOT-SERVERS.NET.\n\tstub-addr: 2001:db8::1'
    )
    assert config.hints == ("193.0.14.129", "2001:db8::1")
    assert config.settings == {"upstream.qname_minimisation": "off"}


def test_config_as_unbound_writes_it() -> None:
    config = config_of(
        'server:\n\tmodule-config: "iterator"\n\tqname-minimisation: "no"\n\tserve-expired: yes\n'
        "\tserve-expired-client-timeout: 1800\n\tserve-expired-reply-ttl: 123\n\tcache-max-ttl: 60\n"
        'stub-zone:\n\tname: "example.com"\n\tstub-addr: 1.2.3.4\nforward-zone:\n\tname: "."\n\tforward-addr: 1.2.3.5'
    )
    assert config.hints == ()
    assert config.zones == (
        GivenZone("example.com.", stub=("1.2.3.4",)),
        GivenZone(".", forward=("1.2.3.5",)),
    )
    assert config.settings == {
        "upstream.qname_minimisation": "off",
        "stale.enabled": "true",
        "stale.client_timeout": "1800ms",
        "stale.reply_ttl": "123",
        "policy.max_ttl": "60",
    }


def test_config_in_our_own_keys() -> None:
    config = config_of("stale.enabled: false\nlimits.sends: 20 ; packets\nlab.seed: 7")
    assert config.settings == {"stale.enabled": "false", "limits.sends": "20"}
    assert config.seed == 7


def test_an_entry_as_a_value() -> None:
    entry = entry_of(
        "MATCH opcode qtype qname ede=3\nADJUST copy_id packet_sleep=1.5\nREPLY QR AA NXDOMAIN DO\n"
        "SECTION QUESTION\nwWw.example. IN AAAA\nSECTION AUTHORITY\n"
        "example.\t60\tIN SOA ns.example. h.example. 1 2 3 4 5 ; the end"
    )
    assert entry.match == {"opcode", "qtype", "qname"}
    assert entry.ede == 3
    assert entry.adjust == {"copy_id"}
    packet = entry.packet
    assert (packet.flags, packet.rcode, packet.do, packet.edns) == (QR | AA, 3, True, True)
    assert packet.question == Question(from_text("wWw.example."), 28)
    assert packet.delay_s == 1.5
    assert list(packet.sections) == ["AUTHORITY"]
    assert packet.sections["AUTHORITY"][0].ttl == 60


@pytest.mark.parametrize(
    ("line", "ttl", "rclass"),
    [
        ("a.example. IN A 192.0.2.1", 3600, 1),
        ("a.example. 0 IN A 192.0.2.1", 0, 1),
        ("a.example. IN 5 A 192.0.2.1", 5, 1),
        ("a.example. 1h30m A 192.0.2.1", 5400, 1),
        ("a.example. 4294967295 IN A 192.0.2.1", 0xFFFFFFFF, 1),
    ],
)
def test_records_with_their_ttl(line: str, ttl: int, rclass: int) -> None:
    packet = packet_of(f"SECTION ANSWER\n{line}")
    assert packet.sections["ANSWER"] == (
        Record(from_text("a.example."), 1, rclass, ttl, b"\xc0\x00\x02\x01"),
    )


def test_a_semicolon_in_quotes_is_no_comment() -> None:
    packet = packet_of('SECTION ANSWER\na.example. IN TXT "v=1; k=2" ; this is one')
    assert packet.sections["ANSWER"][0].rdata == b"\x08v=1; k=2"


def test_unknown_types_are_opaque() -> None:
    packet = packet_of("SECTION ANSWER\na.example. IN TYPE65280 \\# 3 010203")
    record = packet.sections["ANSWER"][0]
    assert (record.rtype, record.rdata) == (65280, b"\x01\x02\x03")


def test_raw_packets_and_edns_data() -> None:
    assert packet_of("RAW\nb5c9 ca3d").raw == bytes.fromhex("b5c9ca3d")
    assert packet_of("HEX_ANSWER_BEGIN\n00 01 ; one\n02\nHEX_ANSWER_END").raw == b"\x00\x01\x02"
    packet = packet_of(
        "SECTION ADDITIONAL\nHEX_EDNSDATA_BEGIN\n00 0a 00 08 3132333435363738\nHEX_EDNSDATA_END"
    )
    assert packet.edns_options == b"\x00\x0a\x00\x0812345678"
    assert packet.edns


def test_extra_packets_share_the_question() -> None:
    entry = entry_of(
        "REPLY QR SERVFAIL\nSECTION QUESTION\na.example. IN A\nEXTRA_PACKET\nADJUST packet_sleep=1\nREPLY QR AA\n"
        "SECTION ANSWER\na.example. IN A 192.0.2.1"
    )
    first, second = entry.packets
    assert (first.rcode, second.rcode, second.delay_s) == (2, 0, 1.0)
    assert first.question == second.question
    assert "ANSWER" not in first.sections


def test_steps_and_ranges() -> None:
    scenario = read_scenario(
        HEAD + "RANGE_BEGIN 0 10\nADDRESS 192.0.2.1\nADDRESS 2001:db8::1\nENTRY_BEGIN\nENTRY_END\nRANGE_END\n"
        "STEP 1 QUERY ADDRESS 192.0.2.77\nENTRY_BEGIN\nREPLY RD\nENTRY_END\n"
        "STEP 2 TIME_PASSES ELAPSE 3.5\nSTEP 3 CHECK_QUERIES <=5 TO 192.0.2.1\nSTEP 4 CHECK_LATENCY < 1.9\nSCENARIO_END"
    )
    assert scenario.ranges[0].addresses == {"192.0.2.1", "2001:db8::1"}
    query, passes, queries, latency = (step.action for step in scenario.steps)
    assert isinstance(query, Query)
    assert query.address == "192.0.2.77"
    assert query.entry.packet.flags == RD
    assert passes == TimePasses(3.5)
    assert queries == CheckQueries(Comparison.AT_MOST, 5, "192.0.2.1")
    assert latency == CheckLatency(Comparison.LESS, 1.9)


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        (Comparison.AT_MOST, True, True, False),
        (Comparison.AT_LEAST, False, True, True),
        (Comparison.EXACTLY, False, True, False),
        (Comparison.LESS, True, False, False),
        (Comparison.MORE, False, False, True),
    ],
)
def test_comparisons(comparison: Comparison, below: bool, equal: bool, above: bool) -> None:
    assert [comparison.holds(found, 5) for found in (4, 5, 6)] == [below, equal, above]


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("CONFIG_END\n", "bad.rpl", "no SCENARIO_END"),
        ("stub-addr: 1.2.3.4\n", "bad.rpl", "no CONFIG_END"),
        ("; x\nserve-cold: yes\nCONFIG_END\n", "bad.rpl:2", "unknown key 'serve-cold'"),
        ("nonsense\nCONFIG_END\n", "bad.rpl:1", "expected 'key: value'"),
        ("serve-expired: perhaps\nCONFIG_END\n", "bad.rpl:1", "yes or no"),
        ("CONFIG_END\nSTAGE 1\n", "bad.rpl:2", "expected RANGE_BEGIN, STEP or SCENARIO_END, not 'STAGE'"),
        ("CONFIG_END\nSTEP one QUERY\n", "bad.rpl:2", "invalid literal"),
        ("CONFIG_END\nSTEP 1 DANCE\n", "bad.rpl:2", "unknown step 'DANCE'"),
        ("CONFIG_END\nSTEP 1\n", "bad.rpl:2", ""),
        ("CONFIG_END\nSTEP 2 NOTHING\nSTEP 1 NOTHING\n", "bad.rpl:3", "step 1 is not after step 2"),
        ("CONFIG_END\nSTEP 1 QUERY\nSTEP 2 NOTHING\n", "bad.rpl:3", "expected ENTRY_BEGIN"),
        ("CONFIG_END\nSTEP 1 QUERY ADRESS 1.2.3.4\nENTRY_BEGIN\nENTRY_END\n", "bad.rpl:2", "ADDRESS"),
        ("CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\n", "bad.rpl:3", "without ENTRY_END"),
        (
            "CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nMATCH everything\nENTRY_END\n",
            "bad.rpl:4",
            "unknown MATCH",
        ),
        ("CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nADJUST it\nENTRY_END\n", "bad.rpl:4", "unknown ADJUST"),
        (
            "CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nREPLY QQ\nENTRY_END\n",
            "bad.rpl:4",
            "unknown REPLY word 'QQ'",
        ),
        ("CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nSECTION ZONE\nENTRY_END\n", "bad.rpl:4", "unknown section"),
        ("CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nwww.example. A\nENTRY_END\n", "bad.rpl:4", "expected MATCH"),
        (
            "CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nSECTION QUESTION\nwww\nENTRY_END\n",
            "bad.rpl:5",
            "expected 'name",
        ),
        ("CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nSECTION ANSWER\na. IN A x\nENTRY_END\n", "bad.rpl:5", "A x"),
        (
            "CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nSECTION ANSWER\na. IN\nENTRY_END\n",
            "bad.rpl:5",
            "expected 'owner",
        ),
        ("CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nRAW\nxyz\nENTRY_END\n", "bad.rpl:4", "hexadecimal"),
        ("CONFIG_END\nRANGE_BEGIN 0\nRANGE_END\n", "bad.rpl:2", "not enough values"),
        ("CONFIG_END\nRANGE_BEGIN 0 1\nSTEP 1 NOTHING\n", "bad.rpl:3", "expected ADDRESS or ENTRY_BEGIN"),
        ("CONFIG_END\nRANGE_BEGIN 0 1\n", "bad.rpl:2", "without RANGE_END"),
        ("CONFIG_END\nSTEP 1 TIME_PASSES\n", "bad.rpl:2", "needs a number"),
        ("CONFIG_END\nSTEP 1 CHECK_QUERIES ~ 5\n", "bad.rpl:2", "could not convert"),
    ],
)
def test_every_mistake_names_file_and_line(text: str, where: str, why: str) -> None:
    with pytest.raises(ScenarioError) as error:
        read_scenario(text, "bad.rpl")
    assert error.value.where == where
    assert why in str(error.value)


def test_a_file_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "x.rpl"
    path.write_text("CONFIG_END\n")
    with pytest.raises(ScenarioError, match=r"x\.rpl"):
        load_scenario(path)
