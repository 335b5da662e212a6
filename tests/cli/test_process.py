# SPDX-License-Identifier: ISC
"""status, stats, reload, stop, ping and healthcheck against a resolver that only pretends."""

from __future__ import annotations

import json

import pytest

from resolver.control.unix_socket import is_alive
from tests.cli.replying import respond

OK = {"schema": 1}


@pytest.mark.parametrize("name", ["status", "stats"])
def test_views_as_lines_and_as_json(command, control, name):
    control.replies[f"/api/v1/{name}"] = (200, OK | {"ready": True, "cache": {"misses": 3}})
    code, out, _ = command(name)
    assert (code, out) == (0, "ready  yes\ncache\n  misses  3\n")
    assert json.loads(command(name, "--format", "json")[1]) == OK | {"ready": True, "cache": {"misses": 3}}


def test_the_uptime_is_a_number_for_programs_and_a_duration_for_people(command, control):
    control.replies["/api/v1/status"] = (200, OK | {"uptime": 3725.4})
    assert command("status")[1] == "uptime  1h2m5s\n"
    assert json.loads(command("status", "--format", "json")[1])["uptime"] == 3725.4


@pytest.mark.parametrize(
    "arguments", [["status"], ["stats"], ["reload"], ["stop"], ["ping"], ["cache", "stats"]]
)
def test_no_resolver_is_exit_code_3(command, arguments):
    code, out, err = command(*arguments)
    assert (code, out) == (3, "")
    assert err.startswith("error: no resolver at ")
    assert err.endswith(" - start one with 'resolver serve', or give --socket\n")


def test_reload_says_what_applies_and_what_needs_a_restart(command, control):
    control.replies["/api/v1/reload"] = (
        200,
        OK | {"applied": ["policy.max_ttl"], "needs_restart": ["cache.size"]},
    )
    assert command("reload")[1] == "reloaded: policy.max_ttl\nneeds a restart: cache.size\n"
    control.replies["/api/v1/reload"] = (
        409,
        OK | {"error": "x.toml: cache.size = 'y' - write it like 128MiB"},
    )
    assert command("reload") == (1, "", "error: x.toml: cache.size = 'y' - write it like 128MiB\n")


def test_ping(command, control):
    control.replies["/api/v1/ping"] = (200, OK | {"pong": True})
    code, out, _ = command("ping")
    assert code == 0
    assert out.startswith(f"pong from {control.path} in ")


def test_stop_waits_for_the_end_and_tells_when_it_does_not_come(command, control):
    control.replies |= {"/api/v1/stop": (200, OK), "/api/v1/ping": (200, OK)}
    assert command("stop", "--no-wait") == (0, "stopping\n", "")
    code, _, err = command("stop", "--timeout", "50ms")
    assert (code, err) == (1, "error: the resolver still runs after 0.05 s - look at its log\n")
    assert is_alive(control.path)


def test_healthcheck_is_any_well_formed_response(command, dns):
    host, port = dns(lambda request, transport: respond(request, rcode=2))
    assert command("healthcheck", "--server", f"{host}:{port}")[1].startswith("ok: SERVFAIL in ")
    code, _, err = command("healthcheck", "--server", "127.0.0.1:1")
    assert code == 9
    assert err.startswith("error: no reply from 127.0.0.1:1")
