# SPDX-License-Identifier: ISC
"""`resolver load`: what it asks of a server, what it prints, and what it refuses."""

from __future__ import annotations

import json

import pytest

from resolver.wire import parse, to_text


def noerror(request, transport):
    return request[:2] + b"\x81\x80" + request[4:]


@pytest.fixture
def server(dns):
    """A server that answers everything, and what it was asked."""
    asked = []

    def answer(request, transport):
        asked.append((transport, parse(request)))
        return noerror(request, transport)

    address, port = dns(answer)
    return f"@{address}:{port}", asked


def test_zipf_names_are_asked_below_the_zone_and_counted(command, server):
    code, out, _ = command(
        "load", server[0], "--zipf", "5,1", "--under", "wild.lab", "--type", "AAAA", "--count", "40"
    )
    assert code == 0
    assert "40 sent over udp, 40 answered" in out
    names = {to_text(message.question.name) for _, message in server[1]}
    assert names <= {f"n{rank}.wild.lab." for rank in range(1, 6)}
    assert {message.question.rtype for _, message in server[1]} == {28}


def test_a_file_of_names_is_asked_in_turn_and_json_has_the_figures(command, server, tmp_path):
    names = tmp_path / "names"
    names.write_text("a.lab. A\nb.lab. MX\n")
    code, out, _ = command(
        "load", server[0], "--names", str(names), "--count", "4", "--format", "json", "--do"
    )
    view = json.loads(out)
    assert code == 0
    assert (view["schema"], view["sent"], view["lost"], view["rcodes"]) == (1, 4, 0, {"NOERROR": 4})
    assert sorted(to_text(message.question.name) for _, message in server[1]) == [
        "a.lab.",
        "a.lab.",
        "b.lab.",
        "b.lab.",
    ]
    assert all(message.edns.do for _, message in server[1])


def test_a_trace_is_asked_at_its_times(command, server, tmp_path):
    trace = tmp_path / "trace.jsonl"
    rows = [{"t": at, "client": "c", "qname": "a.lab.", "qtype": "A"} for at in (10.0, 10.0, 40.0)]
    trace.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("--as-recorded", "--speed", "1000", "--format", "json")
    code, out, _ = command("load", server[0], "--names", str(trace), *options)
    view = json.loads(out)
    assert (code, view["sent"]) == (0, 3)
    assert view["seconds"] >= 0.03


def test_nobody_there_is_exit_code_9(command):
    code, _, error = command(
        "load", "@127.0.0.1:9", "--zipf", "5,1", "--count", "3", "--timeout", "100ms", "--duration", "1"
    )
    assert code == 9
    assert "no answer from 127.0.0.1#9 - is a server running there?" in error
    assert command("load", "@127.0.0.1:9", "--zipf", "5,1", "--tcp")[0] == 9


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "say what to ask - give --names FILE or --zipf N,ALPHA"),
        (("--zipf", "5,1", "--names", "x"), "say what to ask"),
        (("--zipf", "five"), "write it like 100000,0.9"),
        (("--zipf", "5,1", "--qps", "fast"), "write it like 250, 20k or 1.5M"),
        (("--zipf", "5,1", "--ramp", "10"), "write it like 0..100k"),
        (("--zipf", "5,1", "--qps", "1", "--ramp", "0..5"), "--qps and --ramp contradict each other"),
        (("--zipf", "5,1", "--as-recorded"), "--as-recorded needs --names"),
        (("--zipf", "5,1", "--duration", "soon"), "write it like 30s"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(command, options, says):
    code, _, error = command("load", "@127.0.0.1:9", *options)
    assert code == 2
    assert says in error


def test_an_empty_file_says_so(command, tmp_path):
    (tmp_path / "none").write_text("; nothing\n")
    code, _, error = command("load", "@127.0.0.1:9", "--names", str(tmp_path / "none"))
    assert code != 0
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_what_nobody_answered_has_no_latency(command):
    out = command("load", "@127.0.0.1:9", "--zipf", "5,1", "--count", "3", "--timeout", "100ms")[1]
    assert "0 answered" in out
    assert "latency" not in out
