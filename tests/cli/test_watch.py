# SPDX-License-Identifier: ISC
"""`resolver watch` as a person and a script see it: who has the value, exit codes, formats."""

from __future__ import annotations

import json

from resolver.wire.codes import AA
from tests.cli.replying import respond


def at(server):
    return f"@{server[0]}:{server[1]}"


def fixed(dns, address, *, flags=0, ttl=60):
    return at(dns(lambda request, transport: respond(request, addresses=[address], flags=flags, ttl=ttl)))


def changing(dns, before, after, *, rounds, flags=0):
    """A server that shows another address after so many questions."""
    asked = []

    def answer(request, transport):
        asked.append(request)
        return respond(request, addresses=[before if len(asked) <= rounds else after], flags=flags)

    return at(dns(answer))


def test_it_ends_with_0_when_all_have_the_value_and_tells_each_change(command, dns):
    authority = fixed(dns, "192.0.2.2", flags=AA)
    resolver = changing(dns, "192.0.2.1", "192.0.2.2", rounds=2)
    code, out, _ = command(
        "watch", "www.alpha", "A", "--authorities", authority, "--servers", resolver,
        "--until", "192.0.2.2", "--interval", "0.1", "--timeout", "20s",
    )  # fmt: skip
    lines = out.splitlines()
    assert code == 0
    assert len(lines) == 4
    assert lines[1].split("  ", 1)[1].startswith(f"{resolver}  192.0.2.1  must switch by ")
    assert lines[2].endswith(f"{resolver}  192.0.2.1 -> 192.0.2.2  has it")
    assert lines[3] == "all 2 have it"


def test_several_servers_may_stand_after_one_option(command, dns):
    first, second = fixed(dns, "192.0.2.2"), fixed(dns, "192.0.2.2")
    code, out, _ = command(
        "watch",
        "www.alpha",
        "--authorities",
        "none",
        "--servers",
        first,
        second,
        "--once",
        "--format",
        "json",
    )
    view = json.loads(out)
    assert code == 0
    assert [s["server"] for s in view["servers"]] == [first, second]
    assert view["servers"][0]["values"] == ["192.0.2.2"]
    assert view["schema"] == 1


def test_once_without_the_value_is_exit_code_4_and_says_until_when(command, dns):
    code, out, err = command(
        "watch", "www.alpha", "--authorities", "none", "--servers", fixed(dns, "192.0.2.1"),
        "--until", "192.0.2.2", "--once",
    )  # fmt: skip
    assert code == 4
    assert "0 of 1 have it" in out
    assert err.startswith("error: 1 of 1 have not got 192.0.2.2: @127.0.0.1:")
    assert " - ask again after " in err


def test_servers_that_do_not_answer_are_exit_code_9(command):
    code, out, err = command(
        "watch",
        "www.alpha",
        "--authorities",
        "none",
        "--servers",
        "@127.0.0.1:1",
        "--until",
        "192.0.2.2",
        "--once",
    )
    assert code == 9
    assert "no reply" in out
    assert err.startswith("error: no answer from @127.0.0.1:1 - ")


def test_a_name_that_is_to_go_is_awaited_by_word(command, dns):
    server = at(dns(lambda request, transport: respond(request, rcode=3)))
    code, _, _ = command(
        "watch", "www.alpha", "--authorities", "none", "--servers", server, "--until", "nxdomain", "--once"
    )
    assert code == 0


def test_jsonl_is_a_line_per_change(command, dns):
    resolver = changing(dns, "192.0.2.1", "192.0.2.2", rounds=1)
    _, out, _ = command(
        "watch", "www.alpha", "--authorities", "none", resolver, "--until", "192.0.2.2",
        "--interval", "0.1", "--timeout", "20s", "--format", "jsonl",
    )  # fmt: skip
    assert [(line["values"], line["has"]) for line in map(json.loads, out.splitlines())] == [
        (["192.0.2.1"], False),
        (["192.0.2.2"], True),
    ]


def test_usage_errors_are_one_line_and_code_2(command):
    for arguments in (
        ("watch", "a.example", "b.example", "@127.0.0.1:1"),
        ("watch", "a.example", "A", "--until", "not-an-address", "@127.0.0.1:1"),
        ("watch", "a.example", "--interval", "soon"),
        ("watch", "a.example", "--interval", "1ms"),
        ("watch", "a.example", "--authorities", "none", "@not-a-host.invalid", "--once"),
    ):
        code, _, err = command(*arguments)
        assert code == 2, arguments
        assert err.count("\n") == 1
