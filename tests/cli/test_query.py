# SPDX-License-Identifier: ISC
"""`resolver query` as a person and a script see it: formats and exit codes."""

from __future__ import annotations

import json

from tests.cli.replying import respond


def at(server):
    return f"@{server[0]}:{server[1]}"


def answering(dns, **what):
    return at(dns(lambda request, transport: respond(request, **what)))


def test_short_prints_the_data_alone(command, dns):
    server = answering(dns, addresses=["192.0.2.1", "192.0.2.2"])
    assert command("query", "www.alpha", server, "+short") == (0, "192.0.2.1\n192.0.2.2\n", "")


def test_the_table_is_plain_when_piped(command, dns):
    code, out, _ = command("query", "www.alpha", answering(dns, addresses=["192.0.2.1"]))
    assert code == 0
    assert "\x1b" not in out
    status, row = out.splitlines()
    assert status.startswith("NOERROR  www.alpha. A  ")
    assert row.split() == ["www.alpha.", "60", "A", "192.0.2.1"]


def test_the_dig_layout_has_digs_landmarks(command, dns):
    _, out, _ = command("query", "www.alpha", answering(dns, addresses=["192.0.2.1"]), "--format", "dig")
    assert "status: NOERROR" in out
    assert "flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1" in out
    assert "www.alpha.\t60\tIN\tA\t192.0.2.1" in out


def test_json_has_numbers_and_a_schema(command, dns):
    server = answering(dns, addresses=["192.0.2.1"], ede=[(3, "stale")])
    _, out, _ = command("query", "www.alpha", server, "--format", "json")
    view = json.loads(out)
    assert (view["schema"], view["rcode"], view["flags"]) == (1, "NOERROR", ["qr", "rd", "ra"])
    assert view["answer"] == [
        {"name": "www.alpha.", "type": "A", "class": "IN", "ttl": 60, "data": "192.0.2.1"}
    ]
    assert view["ede"] == [{"code": 3, "name": "Stale answer", "text": "stale"}]
    assert isinstance(view["seconds"], float)


def test_several_questions_are_one_json_document_or_one_line_each(command, dns):
    server = answering(dns)
    _, out, _ = command("query", "www.alpha", "A", "MX", server, "--format", "json")
    assert [reply["type"] for reply in json.loads(out)["replies"]] == ["A", "MX"]
    _, out, _ = command("query", "www.alpha", server, "--repeat", "2", "--interval", "0", "--format", "jsonl")
    assert [json.loads(line)["schema"] for line in out.splitlines()] == [1, 1]


def test_nxdomain_is_success_and_servfail_is_not(command, dns):
    assert command("query", "x", answering(dns, rcode=3))[0] == 0
    code, out, _ = command("query", "x", answering(dns, rcode=2, ede=[(22, "no server answered")]))
    assert code == 1
    assert "EDE 22 (No reachable authority): no server answered" in out


def test_a_met_condition_is_exit_code_4_with_one_line(command, dns):
    code, _, err = command("query", "x", answering(dns, rcode=3), "--fail", "rcode!=NOERROR")
    assert code == 4
    assert err.startswith("error: --fail rcode!=NOERROR was met - ")
    assert command("query", "x", answering(dns, rcode=2), "--fail", "ttl<5")[0] == 0


def test_no_reply_is_exit_code_9(command):
    code, out, err = command("query", "x", "@127.0.0.1:1")
    assert (code, out) == (9, "")
    assert err.count("\n") == 1
    assert err.startswith("error: no reply from 127.0.0.1:1: connection refused - ")


def test_without_a_server_the_configured_one_is_asked(command, dns, tmp_path):
    address, port = dns(lambda request, transport: respond(request, addresses=["192.0.2.9"]))
    file = tmp_path / "resolver.toml"
    file.write_text(f'[server]\nlisten = ["{address}:{port}"]\n')
    assert command("query", "www.alpha", "+short", "--config", str(file)) == (0, "192.0.2.9\n", "")


def test_minus_x_asks_for_a_ptr(command, dns):
    _, out, _ = command("query", "-x", "192.0.2.1", answering(dns), "--format", "json")
    view = json.loads(out)
    assert (view["name"], view["type"]) == ("1.2.0.192.in-addr.arpa.", "PTR")
