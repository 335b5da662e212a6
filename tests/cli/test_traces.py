# SPDX-License-Identifier: ISC
"""`resolver traces …` as a person uses it: what is printed where, exit codes, and nothing overwritten by mistake."""

from __future__ import annotations

import json

import pytest

from resolver.cli.exits import Exit

SPEC = "zipf:n=100,rate=20,duration=100,pairs=0.5,ttl=mix"


def test_synth_to_stdout_is_json_lines_and_the_seed_decides(command):
    code, out, err = command("traces", "synth", SPEC, "--seed", "3")
    assert (code, err) == (0, "")
    rows = [json.loads(line) for line in out.splitlines()]
    assert {"t", "client", "qname", "qtype", "ttl", "rcode", "rdata_hash"} == set(rows[0])
    assert command("traces", "synth", SPEC, "--seed", "3")[1] == out
    assert command("traces", "synth", SPEC)[1] != out


def test_a_scenario_may_be_shortened(command, tmp_path):
    path = str(tmp_path / "home.csv")
    code, out, _ = command(
        "traces", "synth", "--scenario", "home", "--duration", "1h", "--rate", "2", "-o", path
    )
    assert code == 0
    assert out.startswith(f"{path}: ")
    assert "duration=1h" in out
    assert out.rstrip().endswith("seed 0")


def test_info_of_a_spec(command):
    code, out, _ = command("traces", "info", SPEC)
    assert code == 0
    lines = dict(line.split(None, 1) for line in out.splitlines())
    assert lines["trace"].startswith("zipf:n=100,")
    assert lines["types"].startswith("A 66")
    assert "Zipf exponent about" in lines["names"]


def test_info_as_json_has_numbers_and_the_places_of_bad_rows(command, tmp_path):
    path = tmp_path / "q.txt"
    path.write_text("a.example A\nb.example NOTYPE\n")
    code, out, err = command("traces", "info", str(path), "--format", "json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["schema"], told["rows"], told["types"]) == (1, 1, {"A": 1.0})
    assert told["files"] == [
        {"file": "q.txt", "bad": 1, "places": ["q.txt:2: unknown-type"], "passed_over": {}}
    ]


def test_bad_rows_are_told_on_stderr_and_are_no_failure(command, tmp_path):
    path = tmp_path / "q.txt"
    path.write_text("a.example A\n" + "b.example NOTYPE\n" * 30)
    code, out, err = command("traces", "convert", str(path), "-")
    assert code == 0
    assert len(out.splitlines()) == 1
    assert err.splitlines()[:2] == ["q.txt: 30 bad rows", "  q.txt:2: unknown-type"]
    assert "  … and 10 more" in err
    assert "tells no time" in err


def test_rows_out_of_order_are_told(command, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("t,qname,qtype\n2,a.,A\n1,a.,A\n")
    assert "1 rows are earlier" in command("traces", "info", str(path))[2]


def test_convert_goes_by_the_names_of_the_files_and_back(command, tmp_path):
    first, second = (str(tmp_path / name) for name in ("a.parquet", "b.jsonl.gz"))
    command("traces", "synth", SPEC, "-o", first)
    assert command("traces", "convert", first, second)[0] == 0
    assert command("traces", "convert", second, "-")[1] == command("traces", "synth", SPEC)[1]
    assert command("traces", "convert", second, "-", "--to", "dnsperf")[1].split()[1] == "A"


def test_nothing_is_written_over_without_force(command, tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text("precious")
    code, _, err = command("traces", "synth", SPEC, "-o", str(path))
    assert (code, path.read_text()) == (Exit.FAILED, "precious")
    assert "--force" in err
    assert command("traces", "synth", SPEC, "-o", str(path), "--force")[0] == 0


def test_anonymise_with_one_key_maps_two_traces_alike(command, tmp_path):
    key, trace = tmp_path / "key", str(tmp_path / "t.jsonl")
    key.write_bytes(bytes(range(32)))
    command("traces", "synth", SPEC, "-o", trace)
    first, again = (
        command("traces", "anonymise", trace, "-", "--key-file", str(key), "--keep", "1")[1] for _ in range(2)
    )
    assert first == again
    assert first.count(".lab.") == len(first.splitlines())
    assert "h0.z0" not in first
    assert command("traces", "anonymise", trace, "-")[1] != command("traces", "anonymise", trace, "-")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["synth"], Exit.USAGE, "--scenario"),
        (["synth", SPEC, "--scenario", "home"], Exit.USAGE, "--scenario"),
        (["synth", "--scenario", "moon"], Exit.FAILED, "there are cdn-heavy"),
        (["synth", "some.jsonl"], Exit.USAGE, "zipf:"),
        (["synth", "zipf:n=0"], Exit.FAILED, "n = 0"),
        (["synth", SPEC, "--to", "xml"], Exit.USAGE, "jsonl"),
        (["synth", SPEC, "-o", "t.dat"], Exit.FAILED, "--to"),
        (["synth", SPEC, "-o", "/nowhere/t.csv"], Exit.FAILED, "give a place"),
        (["info", "/nowhere/t.csv"], Exit.FAILED, "name a file"),
        (["info", "/dev/null"], Exit.FAILED, "is empty - give a trace"),
        (["info", "/dev/null", "--from", "djbdns"], Exit.FAILED, "unbound"),
        (["anonymise", "a", "b.csv", "--key-file", "/dev/null"], Exit.FAILED, "32 random octets"),
        (["anonymise", "a", "b.csv", "--key-file", "/nowhere"], Exit.FAILED, "head -c 32"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_a_remedy(command, arguments, code, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    got, out, err = command("traces", *arguments)
    assert (got, out, len(err.splitlines())) == (code, "", 1)
    assert err.startswith("error: ")
    assert " - " in err
    assert told in err


def test_formats_and_scenarios_are_listed(command):
    assert "pihole" in command("traces", "formats")[1]
    assert "random-subdomain" in command("traces", "scenarios")[1]
    told = json.loads(command("traces", "scenarios", "--format", "json")[1])
    assert told["scenarios"][0]["spec"].startswith("zipf:")


def test_converting_a_file_onto_itself_keeps_its_rows(command, tmp_path):
    file = tmp_path / "t.jsonl"
    assert command("traces", "synth", SPEC, "-o", str(file))[0] == 0
    before = file.read_bytes()
    assert command("traces", "convert", str(file), str(file), "--force")[0] == 0
    assert file.read_bytes() == before
