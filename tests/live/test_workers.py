# SPDX-License-Identifier: ISC
"""Several workers as one resolver: they share the load, obey one control socket, and one that dies is replaced."""

from __future__ import annotations

import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import pytest

from resolver.cli.control_client import ControlClient
from tests.live.asking import ask, question, rcode, udp, wait_until
from tests.live.loading import Load
from tests.live.serving import PATIENCE, Serving

BACK_S = 1.0  # security.md R26: a killed worker is back within a second …
CLIENTS = 64
SLACK_S = 9.0  # … on a machine that does nothing else
CLIENTS = 48  # that all of them reach the same one of two workers has a chance of 2^-47


@pytest.fixture
def resolver(config: str, tmp_path: Path) -> Iterator[Serving]:
    """One resolver with two workers, for one test."""
    with Serving(tmp_path / "resolver", config, "--workers", "2", "--http", "127.0.0.1:0") as serving:
        yield serving


def status(resolver: Serving) -> dict[str, Any]:
    return ControlClient(resolver.control).get("/api/v1/status")


def workers(resolver: Serving) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = status(resolver)["workers"]
    return found


def ask_from_everywhere(resolver: Serving, name: str) -> set[str]:
    """Ask from as many ports as reach every worker; the response codes."""
    return {rcode(ask(resolver.port, name)) for _ in range(CLIENTS)}


def holders(resolver: Serving) -> set[int]:
    """The workers that have anything in their cache."""
    shown = ControlClient(resolver.control).get("/api/v1/cache/entries")
    return {entry["worker"] for entry in shown["entries"]}


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_both_answer_and_what_they_count_is_one_sum(resolver: Serving) -> None:
    assert ask_from_everywhere(resolver, "www.host.net0") == {"NOERROR"}
    assert holders(resolver) == {1, 2}
    assert resolver.statistics("questions") == CLIENTS
    assert resolver.statistics("cache.misses") == 2
    query = dns.message.from_wire(question("www.host.net0"))
    for _ in range(CLIENTS):
        assert dns.query.tcp(query, "127.0.0.1", port=resolver.port, timeout=PATIENCE).answer
    assert resolver.statistics("questions") == 2 * CLIENTS


def test_metrics_are_summed_and_say_which_workers_are_up(resolver: Serving) -> None:
    ask_from_everywhere(resolver, "www.host.net0")
    with urllib.request.urlopen(status(resolver)["http"] + "metrics", timeout=PATIENCE) as reply:
        lines = reply.read().decode().splitlines()
    values = {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}
    asked = {key: value for key, value in values.items() if key.startswith("resolver_dns_requests_total")}
    assert sum(asked.values()) == CLIENTS
    assert values["resolver_ready"] == 1
    assert values['resolver_worker_up{worker="1"}'] == values['resolver_worker_up{worker="2"}'] == 1
    budgets = [value for key, value in values.items() if key.startswith("resolver_cache_budget_bytes")]
    assert sum(budgets) == 4 << 20


def test_a_flush_reaches_all(resolver: Serving) -> None:
    ask_from_everywhere(resolver, "www.host.net0")
    assert resolver.command("cache", "flush", "www.host.net0").stdout == "flushed 2 entries\n"
    ask_from_everywhere(resolver, "www.host.net0")
    assert resolver.statistics("cache.misses") == 4
    resolver.command("cache", "flush", "--all")
    assert holders(resolver) == set()


def test_a_reload_reaches_all_and_a_bad_file_none(resolver: Serving, config: str) -> None:
    assert ask_from_everywhere(resolver, "www.host.net0") == {"NOERROR"}
    resolver.write(config + '[server]\nallow = ["192.0.2.0/24"]\n')
    assert "server.allow" in resolver.command("reload").stdout
    assert ask_from_everywhere(resolver, "www.host.net0") == {"REFUSED"}
    assert holders(resolver) == {1, 2}
    resolver.write(config + "[server]\nalow = []\n")
    assert "did you mean 'allow'?" in resolver.command("reload").stderr
    assert ask_from_everywhere(resolver, "www.host.net0") == {"REFUSED"}
    resolver.write(config)
    resolver.signal(signal.SIGHUP)
    wait_until(lambda: ask_from_everywhere(resolver, "www.host.net0") == {"NOERROR"}, "HUP reached all")


def test_the_lab_trace_and_statistics_go_through_the_supervisor(resolver: Serving) -> None:
    traced = resolver.command("trace", "www.host.net0")
    assert "198.18.0.80" in traced.stdout
    assert resolver.command("lab", "set", "www.host.net0", "A", "60", "198.18.0.99").returncode == 0
    response = ask(resolver.port, "www.host.net0")
    assert "198.18.0.99" in response.to_text()
    resolver.signal(signal.SIGUSR1)
    wait_until(lambda: "statistics: so far questions=1" in resolver.log(), "USR1 wrote one line for all")
    assert resolver.log().count("so far") == 1


def test_a_worker_killed_under_load_is_back_and_the_other_goes_on(resolver: Serving) -> None:
    """Security.md E16 and R26: back within a second, the clients of the other notice nothing.

    Its own clients lose the one question that lay in its socket.
    """
    names = ["www.host.net0", "mail.alder.shop0", "www.alder.shop0", "nowhere.host.net0"]
    for name in names:
        ask_from_everywhere(resolver, name)
    wait_until(lambda: "answers post=2" in resolver.log(), "both are up")
    before = workers(resolver)
    with Load(resolver.port, names[:3], clients=CLIENTS) as load:
        wait_until(lambda: load.answered > 1000, "the load is on")
        os.kill(before["1"]["pid"], signal.SIGKILL)
        killed_at = time.monotonic()
        wait_until(lambda: workers(resolver)["1"]["restarts"] == 1, "its end was noticed")
        wait_until(lambda: workers(resolver)["1"]["up"], "it is back")
        back_s = time.monotonic() - killed_at
        at_return = load.answered
        wait_until(lambda: load.answered > at_return + 2000, "the load goes on")
    after = workers(resolver)
    print(f"back after {back_s:.2f} s; {load.answered} answered, {load.lost} lost")
    assert back_s < BACK_S + SLACK_S
    assert max(load.losses.values(), default=0) <= 1
    assert len(load.losses) <= 0.75 * CLIENTS  # the kernel spreads clients over workers by a hash
    assert load.wrong == 0
    assert after["1"]["pid"] != before["1"]["pid"]
    assert after["2"] == before["2"]
    assert ask_from_everywhere(resolver, "www.host.net0") == {"NOERROR"}
    assert holders(resolver) == {1, 2}
    assert (
        resolver.statistics("questions") > load.answered * 0.9
    )  # what the dead one counted is not forgotten


def test_a_flush_and_a_reload_hold_for_a_worker_that_comes_back(resolver: Serving, config: str) -> None:
    resolver.write(config + '[server]\nallow = ["192.0.2.0/24"]\n')
    resolver.command("reload")
    os.kill(workers(resolver)["2"]["pid"], signal.SIGKILL)
    wait_until(lambda: workers(resolver)["2"]["restarts"] == 1 and workers(resolver)["2"]["up"], "it is back")
    assert ask_from_everywhere(resolver, "www.host.net0") == {"REFUSED"}


def test_a_stop_answers_who_waits_at_all_workers(resolver: Serving) -> None:
    with udp(resolver.port) as one, udp(resolver.port) as two, udp(resolver.port) as three:
        clients = (one, two, three)
        for ident, client in enumerate(clients):
            client.send(question(f"n{ident}.dead.net0", ident=ident))
        wait_until(lambda: resolver.statistics("in_flight") >= len(clients), "they wait")
        pids = [worker["pid"] for worker in workers(resolver).values()]
        resolver.signal(signal.SIGTERM)
        answers = [dns.message.from_wire(client.recv(65535)) for client in clients]
    assert resolver.wait() == 0
    assert [answer.id for answer in answers] == [0, 1, 2]
    assert {rcode(answer) for answer in answers} == {"SERVFAIL"}
    assert not any(map(is_alive, pids))
    assert not resolver.control.exists()
    assert "Traceback" not in resolver.log()


def test_a_second_signal_does_not_wait_for_the_drain(config: str, tmp_path: Path) -> None:
    lasting = config + '[server]\ndrain = "60s"\n'
    with Serving(tmp_path / "resolver", lasting, "--workers", "2") as resolver, udp(resolver.port) as client:
        client.send(question("www.dead.net0"))
        wait_until(lambda: resolver.statistics("in_flight") >= 1, "it waits")
        resolver.signal(signal.SIGTERM)
        wait_until(lambda: "answering who waits" in resolver.log(), "the first was heard")
        resolver.signal(signal.SIGTERM)
        assert resolver.wait() == 0


def test_workers_without_a_supervisor_end(resolver: Serving) -> None:
    pids = [worker["pid"] for worker in workers(resolver).values()]
    assert all(map(is_alive, pids))
    resolver.signal(signal.SIGKILL)
    resolver.wait()
    wait_until(lambda: not any(map(is_alive, pids)), "the workers ended")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", resolver.port))


def test_wildcard_and_ipv6_addresses_are_shared_too(config: str, tmp_path: Path) -> None:
    listen = config + '[server]\nlisten = ["0.0.0.0:0", "[::1]:0"]\n'
    with Serving(tmp_path / "resolver", listen, "--workers", "2") as resolver:
        assert ask_from_everywhere(resolver, "www.host.net0") == {"NOERROR"}
        assert holders(resolver) == {1, 2}
        with udp(resolver.port) as client:
            client.connect(("127.0.0.2", resolver.port))  # an answer from another address would not arrive
            client.send(question("www.host.net0"))
            assert client.recv(65535)
        for address in status(resolver)["listen"][1:]:
            port = int(address.rpartition(":")[2])
            query = dns.message.from_wire(question("www.host.net0"))
            assert dns.query.udp(query, "::1", port=port, timeout=PATIENCE).answer
            assert dns.query.tcp(query, "::1", port=port, timeout=PATIENCE).answer


def test_an_address_that_other_workers_share_is_not_joined(
    resolver: Serving, tmp_path: Path, config: str
) -> None:
    """SO_REUSEPORT would let a second resolver of the same user take half of the questions, unseen."""
    other = Serving(tmp_path / "other", config, "--workers", "2", "--listen", f"127.0.0.1:{resolver.port}")
    other.write('[cache]\nsize = "4MiB"\n')
    with pytest.raises(AssertionError, match="the port is in use"):
        other.start()
