# SPDX-License-Identifier: ISC
"""BIND, NSD and Knot DNS tell us that a zone has changed, signed with TSIG: the hour that its TTL has left is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resolver.cli.control_client import ControlClient
from tests.interop.dig import Dig
from tests.interop.primaries import ADDRESS, KEY, SECRET, ZONE, Primary, primary
from tests.live.asking import wait_until
from tests.live.serving import Serving
from tests.ports import free_port

WWW = f"www.{ZONE}"


@pytest.fixture(params=["named", "nsd", "knotd"])
def scene(
    request: pytest.FixtureRequest, program: Callable[[str], str], tmp_path: Path
) -> Iterator[tuple[Serving, Primary]]:
    """A resolver of two workers that believes who has the key, and a primary that has it."""
    port = free_port()
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n", "ascii")
    config = f"""
[server]
workers = 2
[[zone]]
name = "{ZONE}"
stub = ["{ADDRESS}#{port}"]
[notify]
brief = "1s"
[[notify.key]]
name = "{KEY}"
secret_file = "{secret}"
"""
    with (
        Serving(tmp_path / "resolver", config) as serving,
        primary(program, request.param, tmp_path / "primary", port, serving.port) as server,
    ):
        yield serving, server


def test_rfc1996_a_primary_says_so_and_every_worker_forgets(
    scene: tuple[Serving, Primary], program: Callable[[str], str]
) -> None:
    serving, server = scene
    dig = Dig(program("dig"), ADDRESS, serving.port)

    def serials() -> set[str]:
        """What each worker says; that twenty ports reach the same one has a chance of 2^-19."""
        return {row.rdata.rpartition(".")[2] for _ in range(20) for row in dig(WWW).answer}

    assert serials() == {"1"}
    server.change(2)
    wait_until(lambda: serials() == {"2"}, "the news to come in")
    # The primary says no version with its answers, so they are kept briefly until it has been asked for its serial.
    wait_until(lambda: min(row.ttl for row in dig(WWW).answer) > 3000, "its answers to be kept again")
    done = ControlClient(serving.control).get("/api/v1/stats")["notifies"]
    assert done.keys() <= {"acted", "known", "deferred"}, done
    assert done["acted"] >= 1


def test_rfc8945_who_has_not_the_key_changes_nothing(
    scene: tuple[Serving, Primary], program: Callable[[str], str]
) -> None:
    serving, _ = scene
    dig = Dig(program("dig"), ADDRESS, serving.port)
    forged = ("+opcode=notify", "-y", f"hmac-sha256:{KEY}:bm90LXRoZS1zZWNyZXQ=")
    assert dig(ZONE, "SOA", "+opcode=notify").status == "REFUSED"
    assert dig(ZONE, "SOA", *forged).status == "NOTAUTH"
    wait_until(
        lambda: ControlClient(serving.control).get("/api/v1/stats")["notifies"].get("badsig", 0) == 1,
        "the forgery to be counted",
    )
    for transport in ("+notcp", "+tcp"):
        told = dig(ZONE, "SOA", "+opcode=notify", transport, "-y", f"hmac-sha256:{KEY}:{SECRET}")
        assert told.status == "NOERROR"
        assert "Couldn't verify signature" not in told.text
