# SPDX-License-Identifier: ISC
"""One preset after another rules a running resolver while questions come all the time; no TTL shown may be wrong.

What is right is worked out here from what was published: a TTL is what a policy in force keeps of it, less the age of
the data. The age is told by the data itself: only one answer a name is ever fetched here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

import dns.exception
import dns.message
import pytest

from resolver.cli.control_client import ControlClient
from resolver.policy import AnswerClass, Policy, Subject, judge
from resolver.policy.presets import load_policy
from resolver.wire import from_text
from tests.live.asking import question, udp
from tests.live.loading import Load
from tests.live.serving import Serving
from tests.ports import free_port

PUBLISHED: Final = {"week": 604800, "days": 200000, "hour": 3600, "minute": 60, "none0": 21600}
PRESETS: Final = ("bind", "unbound", "opendns", "browser", "knot-resolver", "bind", "rfc")
ROUNDS: Final = 60  # questions between two changes
SLACK_S: Final = 1.0  # a TTL is whole seconds

INTERNET: Final = """
[[server]]
name = "ns.ttl.net0."
addresses = ["203.0.113.9"]
latency = "1ms"

[[zone]]
name = "ttl.net0."
servers = ["ns.ttl.net0."]
ttl = 3600
negative_ttl = 21600
text = \"\"\"
week    604800  A  198.18.7.1
days    200000  A  198.18.7.2
hour    3600    A  198.18.7.3
minute  60      A  198.18.7.4
\"\"\"
"""


class Heard(NamedTuple):
    """One answer: between which instants it was on its way, its TTL, the policies that may have ruled meanwhile."""

    name: str
    asked_at: float
    heard_at: float
    ttl: int
    rules: tuple[str, ...]


class Asking:
    """Asks for all names, round and round, in a thread of its own; `rules` is what may rule at the moment."""

    def __init__(self, port: int, rules: tuple[str, ...]) -> None:
        self.heard: list[Heard] = []
        self.faults: list[str] = []
        self.rules = rules
        self._port = port
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Asking:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def wait_for(self, more: int) -> None:
        """Until so many more answers have come."""
        enough = len(self.heard) + more
        while len(self.heard) < enough:
            assert self._thread.is_alive(), self.faults
            time.sleep(0.005)

    def _run(self) -> None:
        with udp(self._port) as sock:
            while not self._end.is_set():
                for name in PUBLISHED:
                    before, asked_at = self.rules, time.monotonic()
                    try:
                        sock.send(question(f"{name}.ttl.net0."))
                        message = dns.message.from_wire(sock.recv(4096))
                    except (OSError, dns.exception.DNSException) as error:
                        self.faults.append(f"{name}: {error!r}")
                        return
                    rules = tuple(dict.fromkeys(before + self.rules))
                    sections = (*message.answer, *message.authority)
                    self.heard.append(Heard(name, asked_at, time.monotonic(), sections[0].ttl, rules))


@pytest.fixture
def resolver(tmp_path: Path, internet: Path) -> Iterator[Serving]:
    """One that lives in an internet with those TTLs, under the first of the presets."""
    path = tmp_path / "ttl.toml"
    path.write_text(internet.read_text("utf-8") + INTERNET, "utf-8")
    port = free_port(("127.53.0.1", "127.53.0.2"))
    config = f'[lab]\ninternet = "{path}"\nport = {port}\n[policy]\nname = "{PRESETS[0]}"\n'
    with Serving(tmp_path / "resolver", config) as serving:
        yield serving


def kept_s(policy: Policy, name: str) -> float:
    """How long the policy keeps what was published of a name."""
    owner, published = from_text(f"{name}.ttl.net0."), PUBLISHED[name]
    if name == "none0":
        return judge(
            Subject(owner, 1, AnswerClass.NXDOMAIN, published), 0.0, policy, soa_minimum=published
        ).fresh_until
    return judge(Subject(owner, 1, AnswerClass.POSITIVE, published), 0.0, policy).fresh_until


def fits(heard: Heard, fetched: tuple[float, float], policy: Policy) -> bool:
    """Whether the TTL is what the policy keeps less the data's age, which is known as well as the two instants are."""
    least = kept_s(policy, heard.name) - (heard.heard_at - fetched[0]) - SLACK_S
    most = kept_s(policy, heard.name) - (heard.asked_at - fetched[1]) + SLACK_S
    return least <= heard.ttl <= most


def test_a_change_of_the_preset_under_load_shows_no_ttl_that_no_policy_allows(resolver: Serving) -> None:
    client = ControlClient(resolver.control)
    others = Load(resolver.port, [f"{name}.ttl.net0." for name in ("week", "days", "hour")], per_second=500)
    with Asking(resolver.port, (PRESETS[0],)) as asking:
        asking.wait_for(ROUNDS)  # the first to ask knows when the data was fetched
        with others:
            for before, after in pairwise(PRESETS):
                asking.rules = (before, after)
                done = resolver.command("policy", "set", after, "--mode", "enforce")
                assert done.returncode == 0, done.stderr
                asking.rules = (after,)
                asking.wait_for(ROUNDS)
    assert asking.faults == []
    assert (others.wrong, others.lost) == (0, 0)
    policies = {name: load_policy(name) for name in PRESETS}
    fetched = {heard.name: (heard.asked_at, heard.heard_at) for heard in reversed(asking.heard)}
    wrong = [
        heard
        for heard in asking.heard
        if not any(fits(heard, fetched[heard.name], policies[name]) for name in heard.rules)
    ]
    assert wrong == []
    ruled = {heard.rules for heard in asking.heard}
    assert {(name,) for name in PRESETS} <= ruled  # each of them did rule, and was looked at
    assert client.get("/api/v1/policy/status")["enforced"] == PRESETS[-1]
    assert resolver.statistics("crashes") == 0
