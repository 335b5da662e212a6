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
    Query,
    ScenarioError,
    TimePasses,
)
from resolver.wire.codes import RD

HEAD = "; RFC 1034 section 1: an example\n\nCONFIG_END\nSCENARIO_BEGIN An example\n"


def test_the_title_and_the_first_comment() -> None:
    scenario = read_scenario(HEAD + "SCENARIO_END\n", "x.rpl")
    assert (scenario.title, scenario.about) == ("An example", "RFC 1034 section 1: an example")
    assert scenario.path == "x.rpl"


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
