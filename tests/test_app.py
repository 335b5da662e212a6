# SPDX-License-Identifier: ISC
"""The whole resolver in one process, over real sockets, in the tiny internet: start, answer, trace, reload, stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import urllib.error
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from resolver.app import Resolver
from resolver.cli.control_client import ControlClient
from resolver.cli.stub import Asked, ask
from resolver.control.unix_socket import ControlError, open_socket
from resolver.errors import ResolverError
from resolver.runtime.loop import run
from resolver.settings.load import load
from resolver.wire import Edns, Rcode, from_text, read_ede
from tests.ports import free_port


@pytest.fixture
def flags(tmp_path):
    """Settings under which no test meets another one, nor a resolver that runs on this machine."""
    return [
        "server.listen=['127.0.0.1:0']",
        "http.listen=127.0.0.1:0",
        f"control.socket={tmp_path / 'control.sock'}",
        "lab.internet=tiny",
        f"lab.port={free_port()}",
        "log.level=error",
    ]


@asynccontextmanager
async def running(flags, path=None):
    """A resolver that has started; it is closed at the end, stopped or not."""

    def read():
        return load(path, {}, flags)

    resolver = Resolver(read(), read)
    try:
        await resolver.start()
        yield resolver
    finally:
        await resolver.close()


async def answer(resolver, name, rtype=1, **how):
    """What the resolver says over its real port; the asking blocks, so it runs in a thread."""
    address, port = resolver.status()["listen"][0].rsplit(":", 1)
    asked = Asked(from_text(name), rtype, **({"timeout": 8.0, "tries": 1, "edns": Edns()} | how))
    return (await asyncio.to_thread(ask, asked, (address, int(port)))).message


def control(resolver):
    return ControlClient(resolver.status()["control"])


async def post(resolver, path, **body):
    return await asyncio.to_thread(control(resolver).post, path, **body)


async def get(resolver, path):
    return await asyncio.to_thread(control(resolver).get, path)


async def until_somebody_waits(resolver):
    """Ask for the status again and again: each round trip is a turn of the loop for the question on its way."""
    while not (await get(resolver, "/api/v1/status"))["clients_waiting"]:
        pass


def addresses(message):
    return [socket.inet_ntoa(record.rdata) for record in message.answer if record.rtype == 1]


def test_it_answers_over_udp_and_tcp_and_counts_it(flags):
    async def story():
        async with running(flags) as resolver:
            miss = await answer(resolver, "host.net0.", 2)
            assert (miss.rcode, len(miss.answer), miss.ra) == (Rcode.NOERROR, 1, True)
            assert addresses(await answer(resolver, "www.host.net0.")) == ["198.18.0.80"]
            assert addresses(await answer(resolver, "www.host.net0.", tcp=True)) == ["198.18.0.80"]
            assert (await answer(resolver, "nowhere.host.net0.")).rcode == Rcode.NXDOMAIN
            chain = await answer(resolver, "cdn.alder.shop0.")
            assert [record.rtype for record in chain.answer] == [5, 1, 1]
            stats = await get(resolver, "/api/v1/stats")
            assert (stats["questions"], stats["cache"]["misses"], stats["cache"]["fresh_hits"]) == (5, 4, 1)
            assert stats["crashes"] == stats["in_flight"] == 0
            assert stats["upstream"]["queries"] >= 4

    run(story())


def test_metrics_health_and_status_over_http(flags):
    def fetch(url, host=None):
        request = urllib.request.Request(url, headers={"Host": host} if host else {})
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    async def story():
        async with running(flags) as resolver:
            await answer(resolver, "www.host.net0.")
            base = resolver.status()["http"]
            _, text = await asyncio.to_thread(fetch, base + "metrics")
            values = {
                (s.name, s.labels.get("source")): s.value
                for f in text_string_to_metric_families(text)
                for s in f.samples
            }
            assert values["resolver_ready", None] == 1
            assert values["resolver_dns_responses_total", "miss"] == 1
            assert (await asyncio.to_thread(fetch, base + "readyz"))[0] == 200
            status, body = await asyncio.to_thread(fetch, base + "api/v1/status", "evil.example")
            assert (status, json.loads(body)["schema"]) == (403, 1)
            resolver.stop()
            assert (await asyncio.to_thread(fetch, base + "readyz"))[0] == 503

    run(story())


def test_a_trace_tells_every_step_and_leaves_the_cache_alone(flags):
    async def story():
        async with running([*flags, "policy.max_ttl=100"]) as resolver:
            reply = await post(resolver, "/api/v1/trace", name="www.host.net0.", type="A")
            tried = [step for step in reply["steps"] if step["step"] == "query"]
            assert [(step["zone"], step["verdict"]) for step in tried] == [
                (".", "referral"),
                ("net0.", "referral"),
                ("host.net0.", "answer"),
            ]
            assert all(step["rtt"] > 0 and step["server"] for step in tried)
            assert tried[-1]["ttls"][0]["published"] == 300
            assert tried[-1]["ttls"][0]["kept"] == 100
            assert "policy.max_ttl" in tried[-1]["ttls"][0]["rules"]
            assert reply["outcome"]["answer"][0]["data"] == "198.18.0.80"
            assert (await get(resolver, "/api/v1/cache/entries"))["entries"] == []
            assert (await get(resolver, "/api/v1/stats"))["questions"] == 0

    run(story())


def test_the_cache_is_shown_and_flushed(flags):
    async def story():
        async with running(flags) as resolver:
            await answer(resolver, "www.host.net0.")
            await answer(resolver, "alder.shop0.")
            shown = await get(resolver, "/api/v1/cache/entries?name=host.net0")
            assert [(e["name"], e["type"], e["state"]) for e in shown["entries"]] == [
                ("www.host.net0.", "A", "fresh")
            ]
            dry = await post(
                resolver, "/api/v1/cache/flush", name="www.host.net0", exact=True, type="A", dry_run=True
            )
            assert dry["flushed"] == 1
            assert (await post(resolver, "/api/v1/cache/flush", name="host.net0"))["flushed"] >= 1
            assert (await get(resolver, "/api/v1/cache/entries?name=host.net0"))["entries"] == []
            assert len((await get(resolver, "/api/v1/cache/entries"))["entries"]) >= 1
            await post(resolver, "/api/v1/cache/flush", all=True)
            assert (await get(resolver, "/api/v1/cache/stats"))["records"]["entries"] == 0

    run(story())


def test_the_lab_can_be_changed_while_it_runs(flags):
    async def story():
        async with running(flags) as resolver:
            assert addresses(await answer(resolver, "www.host.net0.")) == ["198.18.0.80"]
            await post(
                resolver, "/api/v1/lab/set", name="www.host.net0.", type="A", ttl=60, rdata=["198.18.0.99"]
            )
            assert addresses(await answer(resolver, "www.host.net0.")) == ["198.18.0.80"]
            await post(resolver, "/api/v1/cache/flush", name="www.host.net0")
            assert addresses(await answer(resolver, "www.host.net0.")) == ["198.18.0.99"]
            hosts = (await get(resolver, "/api/v1/lab/status"))["servers"]
            assert sum(host["queries"] for host in hosts) >= 3

    run(story())


def test_a_reload_applies_what_it_can_keeps_the_cache_and_says_what_needs_a_restart(flags, tmp_path):
    file = tmp_path / "resolver.toml"
    file.write_text("[policy]\nmax_ttl = '1d'\n")

    async def story():
        async with running(flags, file) as resolver:
            await answer(resolver, "www.host.net0.")
            file.write_text(
                "[server]\nallow = ['192.0.2.0/24']\n[cache]\nsize = '64MiB'\n[policy]\nmax_ttl = '1h'\n"
            )
            reply = await post(resolver, "/api/v1/reload")
            assert sorted(reply["applied"]) == ["policy.max_ttl", "server.allow"]
            assert reply["needs_restart"] == ["cache.size"]
            assert (await answer(resolver, "www.host.net0.")).rcode == Rcode.REFUSED
            assert len((await get(resolver, "/api/v1/cache/entries"))["entries"]) == 1
            file.write_text("[policy]\nmax_ttl = '1h'\n")
            await post(resolver, "/api/v1/reload")
            upstream = (await get(resolver, "/api/v1/stats"))["upstream"]["queries"]
            assert addresses(await answer(resolver, "www.host.net0.")) == ["198.18.0.80"]
            stats = await get(resolver, "/api/v1/stats")
            assert stats["upstream"]["queries"] == upstream
            assert stats["questions"] == 3

    run(story())


def test_a_reload_of_a_bad_file_changes_nothing(flags, tmp_path):
    file = tmp_path / "resolver.toml"
    file.write_text("")

    async def story():
        async with running(flags, file) as resolver:
            file.write_text("[policy]\nmax_tll = 5\n")
            with pytest.raises(ResolverError, match=r"policy\.max_tll"):
                await post(resolver, "/api/v1/reload")
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0)
            assert addresses(await answer(resolver, "www.host.net0.")) == ["198.18.0.80"]

    run(story())


def test_stopping_answers_who_waits_with_servfail_and_takes_its_socket_away(flags):
    async def story():
        async with running([*flags, "server.drain=0.2s", "stale.enabled=false"]) as resolver:
            for host in (await get(resolver, "/api/v1/lab/status"))["servers"]:
                await post(resolver, "/api/v1/lab/outage", server=host["name"])
            waiting = asyncio.ensure_future(answer(resolver, "www.host.net0."))
            await until_somebody_waits(resolver)
            resolver.stop()
            await resolver.stopped()
            message = await waiting
            assert message.rcode == Rcode.SERVFAIL
            assert read_ede(message.edns)
            return Path(resolver.status()["control"])

    assert not run(story()).exists()


def test_a_second_signal_stops_at_once(flags):
    async def story():
        async with running([*flags, "server.drain=60s"]) as resolver:
            for host in (await get(resolver, "/api/v1/lab/status"))["servers"]:
                await post(resolver, "/api/v1/lab/outage", server=host["name"])
            waiting = asyncio.ensure_future(answer(resolver, "www.host.net0.", timeout=1.0))
            await until_somebody_waits(resolver)
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(5):
                await resolver.stopped()
        with pytest.raises(ResolverError):
            await waiting

    run(story())


@pytest.mark.parametrize(
    ("flag", "says"),
    [
        ("server.listen=['192.0.2.254:5300']", "not an address of this machine - "),
        ("server.listen=['127.0.0.1:{used}']", "the port is in use - "),
        ("http.listen=127.0.0.1:{used}", "cannot serve HTTP on 127.0.0.1:{used}: address already in use - "),
        ("http.token_file=/nowhere/token", "http.token_file /nowhere/token: "),
        ("lab.internet=/nowhere/lab.toml", "/nowhere/lab.toml"),
        ("upstream.source_addresses=['192.0.2.254']", "192.0.2.254 is not an address of this machine - "),
    ],
)
def test_what_cannot_start_says_why_and_leaves_nothing_behind(flags, flag, says, tmp_path):
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        port = used.getsockname()[1]

        async def story():
            async with running([*flags, flag.format(used=port)]):
                pass

        with pytest.raises(ResolverError, match=" - ") as failed:
            run(story())
    assert says.format(used=port) in str(failed.value)
    assert not (tmp_path / "control.sock").exists()


def test_a_live_control_socket_is_not_taken_over(flags, tmp_path):
    async def story():
        async with running(flags):
            pass

    with (
        open_socket(tmp_path / "control.sock"),
        pytest.raises(ControlError, match="belongs to a running resolver"),
    ):
        run(story())
    assert (tmp_path / "control.sock").exists()


def test_another_policy_at_run_time_keeps_the_cache_and_every_ttl_is_right_at_once(flags, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[positive]\nmax = '100s'\n[[rule]]\nsuffix = ['www.host.net0']\nreply_ttl = '20s'\n")

    async def story():
        async with running(flags) as resolver:
            before = (await answer(resolver, "www.host.net0.")).answer[0].ttl
            assert 298 <= before <= 300
            asked = (await get(resolver, "/api/v1/stats"))["upstream"]["queries"]
            for policy, least, most in (("browser", 58, 60), (str(file), 18, 20), ("default", 290, 300)):
                reply = await post(resolver, "/api/v1/policy/set", name=policy)
                assert "policy.name" in reply["applied"]
                assert least <= (await answer(resolver, "www.host.net0.")).answer[0].ttl <= most
            (entry,) = (await get(resolver, "/api/v1/cache/entries"))["entries"]
            assert (entry["published_ttl"], entry["kept_ttl"]) == (300, 300)
            assert (await get(resolver, "/api/v1/stats"))["upstream"]["queries"] == asked

    run(story())


def test_a_policy_that_cannot_be_used_changes_nothing(flags):
    async def story():
        async with running(flags) as resolver:
            with pytest.raises(ResolverError, match="no such preset; did you mean 'unbound'"):
                await post(resolver, "/api/v1/policy/set", name="unbund")
            with pytest.raises(ResolverError, match="it rules; put another in its place"):
                await post(resolver, "/api/v1/policy/set", name="default", mode="off")
            assert (await get(resolver, "/api/v1/status"))["policy"] == "default"

    run(story())
