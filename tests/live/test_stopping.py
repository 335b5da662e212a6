# SPDX-License-Identifier: ISC
"""Signals to the running process: it stops in time whatever is in flight, and a bad file at HUP changes nothing."""

from __future__ import annotations

import signal
import socket
import time

import dns.message
import pytest

from tests.live.asking import ask, question, rcode, udp, wait_until
from tests.live.serving import Serving

# What a process of ours takes to end besides draining, on a loaded machine. The drain itself is half a second.
DRAIN = 0.5
SLACK = 4.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_who_waits_and_exits_0(resolver: Serving, number: signal.Signals) -> None:
    """Who waits for a dead zone would wait 4.5 s; the drain is half a second."""
    assert rcode(ask(resolver.port, "www.host.net0")) == "NOERROR"
    with udp(resolver.port) as client:
        for ident in range(50):
            client.send(question(f"n{ident}.dead.net0", ident=ident))
        wait_until(lambda: resolver.statistics("in_flight") >= 50, "50 questions wait")
        asked_at = time.monotonic()
        resolver.signal(number)
        answers = [dns.message.from_wire(client.recv(65535)) for _ in range(50)]
    assert resolver.wait() == 0
    assert time.monotonic() - asked_at < DRAIN + SLACK
    assert {answer.id for answer in answers} == set(range(50))
    assert {rcode(answer) for answer in answers} == {"SERVFAIL"}
    assert "Traceback" not in resolver.log()


def test_a_stop_closes_idle_and_half_read_tcp_connections(resolver: Serving) -> None:
    at = ("127.0.0.1", resolver.port)
    with socket.create_connection(at) as idle, socket.create_connection(at) as half:
        half.sendall(b"\x00\x40half a message")
        assert rcode(ask(resolver.port, "www.host.net0")) == "NOERROR"
        assert resolver.stop() == 0
        for client in (idle, half):
            client.settimeout(SLACK)
            assert client.recv(1) == b""
    assert "Traceback" not in resolver.log()


def test_a_second_signal_does_not_wait_for_the_drain(resolver: Serving) -> None:
    with udp(resolver.port) as client:
        client.send(question("www.dead.net0"))
        wait_until(lambda: resolver.statistics("in_flight") >= 1, "a question waits")
        resolver.signal(signal.SIGTERM)
        resolver.signal(signal.SIGTERM)
        assert resolver.wait() == 0


def test_the_stop_command_ends_it(resolver: Serving) -> None:
    assert resolver.command("stop").returncode == 0
    assert resolver.wait() == 0
    assert resolver.command("ping").returncode == 3
    assert not resolver.control.exists()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("[server\n", "resolver.toml"),
        ("[cache]\nsice = 1\n", "cache.sice"),
        ("[stale]\nclient_timeout = 'soon'\n", "stale.client_timeout"),
    ],
)
def test_a_reload_with_a_bad_file_is_told_and_changes_nothing(
    resolver: Serving, config: str, bad: str, says: str
) -> None:
    before = ask(resolver.port, "www.host.net0")
    resolver.write(bad)
    resolver.signal(signal.SIGHUP)
    wait_until(lambda: "old configuration stays" in resolver.log(), "the bad file was reported")
    (line,) = [line for line in resolver.log().splitlines() if "old configuration stays" in line]
    assert says in line
    assert resolver.command("reload").returncode == 1
    assert rcode(ask(resolver.port, "mail.alder.shop0")) == "NOERROR"
    resolver.write(config + "[log]\nqueries = true\n")
    resolver.signal(signal.SIGHUP)
    wait_until(lambda: "configuration read again" in resolver.log(), "the good file was read")
    upstream = resolver.statistics("upstream.queries")
    after = ask(resolver.port, "www.host.net0")
    assert after.answer[0].items.keys() == before.answer[0].items.keys()
    assert resolver.statistics("upstream.queries") == upstream  # the cache was kept
    assert "Traceback" not in resolver.log()
