# SPDX-License-Identifier: ISC
"""Results: read back as written, judged against the goals, and rendered with nothing hidden."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from benchmarks.peers import goals, result, table
from benchmarks.peers.accounting import Shares
from benchmarks.peers.goals import Outcome
from benchmarks.peers.result import Result, Sample, Start, Trouble
from benchmarks.peers.steps import Kind

ABOUT = {
    "taken_at": "2026-11-21T00:00:00Z",
    "commit": "0123456789abcdef",
    "changed": True,
    "seed": 7,
    "machine": {"processor": "a processor", "cores": 2, "hypervisor": True, "kernel": "Linux 6"},
    "versions": {
        "python": "CPython 3.11",
        "dnsperf": "2.10",
        "nsd": "4.6",
        "contenders": {"unbound": "1.17", "resolver": "0.1"},
    },
    "plan": {"rounds": 2, "seconds": 5.0, "cache_mib": 2048, "sizes": {"hot": 20_000}},
}


def sample(
    contender: str, workload: str = "hit", kind: Kind = Kind.PEAK, turn: int = 0, **changed: object
) -> Sample:
    base = Sample(
        workload=workload, kind=kind, contender=contender, round=turn, rate=100_000.0, asked_rate=None, user_us=1.0,
        system_us=2.0, sent=1000, completed=1000, lost=0, wrong=0.0, rcodes={}, response_octets=60, latency_ms=None,
        upstream=0.0, resident_before=1_000_000, resident_after=1_400_000,
        shares=Shares(0.95, 0.5, 0.0, 0.0, 0.0), bound="server",
    )  # fmt: skip
    return dataclasses.replace(base, **changed)  # type: ignore[arg-type] # the keywords are a test's own


def verdict(of: Result, figure: str) -> goals.Verdict:
    return next(one for one in goals.verdicts(of) if one.figure == figure)


def test_json_gives_back_the_same_result(tmp_path: Path) -> None:
    whole = Result(ABOUT, [sample("resolver", kind=Kind.PACED, latency_ms=[1.0, 2.0, 3.0])],
                   [Start("resolver", 0, "hit", 0.2)], [Trouble("knot", 0, "hit", "no answer")])  # fmt: skip
    whole.write(tmp_path / "result.json")
    assert result.read([tmp_path / "result.json"]) == whole


def test_rounds_of_a_second_file_are_numbered_on(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    Result(ABOUT, [sample("resolver"), sample("resolver", turn=1)]).write(path)
    assert sorted(result.read([path, path]).of("resolver", "hit", Kind.PEAK)) == [0, 1, 2, 3]


def test_a_file_of_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text('{"schema": 99}')
    with pytest.raises(ValueError, match="schema 99"):
        result.read([path])


def test_ratios_are_of_the_same_round() -> None:
    """One slow minute that hits both sides leaves the ratio as it is."""
    of = Result(ABOUT, [
        sample("unbound", turn=0, system_us=3.0), sample("resolver", turn=0, system_us=1.0),
        sample("unbound", turn=1, system_us=39.0), sample("resolver", turn=1, system_us=19.0),
        sample("resolver", turn=2, system_us=999.0),
    ])  # fmt: skip
    found = verdict(of, "CPU per hit, plain")
    assert found.measured == result.Spread(0.5, 0.5, 0.5, 2)
    assert found.outcome is Outcome.MET


def test_a_goal_missed_is_told_in_bold() -> None:
    of = Result(ABOUT, [sample("unbound"), sample("resolver")])
    assert verdict(of, "CPU per hit, plain").outcome is Outcome.MISSED
    assert "| CPU per hit, plain | ≤ 0.85 × Unbound | 1.00 × | **missed** |" in table.render(of)


def test_a_goal_of_at_least_is_missed_below() -> None:
    of = Result(ABOUT, [sample("unbound"), sample("resolver", rate=110_000.0)])
    assert verdict(of, "throughput, all hit").outcome is Outcome.MISSED
    of = Result(ABOUT, [sample("unbound"), sample("resolver", rate=120_000.0, bound="generator")])
    found = verdict(of, "throughput, all hit")
    assert found.outcome is Outcome.MET
    assert found.remark == "held back: resolver by generator"


def test_what_was_not_measured_is_listed_as_such() -> None:
    found = goals.verdicts(Result(ABOUT))
    assert len(found) == len(goals.GOALS)
    assert {one.outcome for one in found} == {Outcome.UNMEASURED}
    assert table.render(Result(ABOUT)).count("not measured") == len(goals.GOALS)


def test_bytes_an_answer_with_image_count_from_before_the_first_asking() -> None:
    of = Result(ABOUT, [
        sample("resolver", "miss-500k"),
        sample("resolver", "miss-500k-again", Kind.FILL, resident_before=1_400_000, resident_after=1_700_000),
    ])  # fmt: skip
    without, with_image = "bytes per answer at 500 k, no image", "bytes per answer at 500 k, with image"
    assert verdict(of, without).measured == result.Spread(400, 400, 400, 1)
    assert verdict(of, without).outcome is Outcome.MET
    assert verdict(of, with_image).measured == result.Spread(700, 700, 700, 1)
    assert verdict(of, with_image).outcome is Outcome.MISSED
    assert "| 400 / 700 |" in table.render(of)


def test_latency_off_the_pace_is_told() -> None:
    paced = {"kind": Kind.PACED, "asked_rate": 150_000, "latency_ms": [1.0, 2.0, 3.0]}
    of = Result(ABOUT, [sample("unbound", **paced, rate=150_000.0), sample("resolver", **paced)])
    assert verdict(of, "p99 at half of Unbound's peak").remark == "off the pace: resolver"
    assert "at 100.0 k/s, **not** 150.0" in table.render(of)


def test_losses_wrong_answers_and_troubles_are_told() -> None:
    of = Result(
        ABOUT, [sample("unbound", lost=10, wrong=0.02)], [], [Trouble("unbound", 1, "zipf", "it ended")]
    )
    text = table.render(of)
    assert "1.000%" in text
    assert "**2.0% wrong answers**" in text
    assert "- not finished: zipf of Unbound, round 2: it ended" in text


def test_every_row_has_the_cells_of_its_head() -> None:
    of = Result(ABOUT, [sample("unbound"), sample("resolver")], [Start("resolver", 0, "hit", 0.2)])
    width = 0
    for line in table.render(of).splitlines():
        width = (line.count("|") if width in (0, line.count("|")) else -1) if line.startswith("|") else 0
        assert width >= 0, line


def test_a_page_keeps_what_stands_around_the_table(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    assert table.show(Result(ABOUT), page) == 0
    text = page.read_text()
    assert text.startswith(f"before\n{table.BEGIN}\n| figure |")
    assert text.endswith(f"{table.END}\nafter\n")
    assert "old" not in text
    page.write_text("no markers\n")
    assert table.show(Result(ABOUT), page) == 1
    assert page.read_text() == "no markers\n"


def test_misses_among_what_should_be_hits_are_told() -> None:
    of = Result(ABOUT, [sample("unbound", upstream=0.25), sample("unbound", "miss", upstream=2.0)])
    assert table.render(of).count("were no hits") == 1
    assert "**25.0% were no hits**" in table.render(of)
