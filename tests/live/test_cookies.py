# SPDX-License-Identifier: ISC
"""Cookies of the running process, as `dig` judges them, and as several workers, a reload and a restart keep them."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.edns
import dns.message
import pytest

from tests.live.asking import question, udp, wait_until
from tests.live.serving import Serving, run

NAME = "www.host.net0"
CLIENTS = 48  # that all of them reach the same one of two workers has a chance of 2^-47
MINE = b"8 octets"
ON = "[server]\ncookies = true\n"


@pytest.fixture
def resolver(config: str, tmp_path: Path) -> Iterator[Serving]:
    """One resolver that answers cookies, for one test."""
    with Serving(tmp_path / "resolver", config + ON) as serving:
        yield serving


@pytest.fixture
def dig(program: Callable[[str], str]) -> Callable[..., str]:
    """What dig prints."""
    path = program("dig")

    def ask(resolver: Serving, *options: str) -> str:
        done = run(path, "@127.0.0.1", "-p", str(resolver.port), NAME, "+tries=1", "+timeout=9", *options)
        assert done.returncode == 0, done.stdout
        assert "Warning" not in done.stdout, done.stdout
        return done.stdout

    return ask


def cookie_in(text: str) -> str:
    """The cookie that dig calls good."""
    found = re.search(r"; COOKIE: ([0-9a-f]{48}) \(good\)", text)
    assert found, text
    return found[1]


def earned(resolver: Serving, cookie: bytes = MINE) -> bytes:
    """The COOKIE option that comes back for that one."""
    query = dns.message.from_wire(question(NAME))
    query.use_edns(0, options=[dns.edns.GenericOption(10, cookie)])
    with udp(resolver.port) as sock:
        sock.send(query.to_wire())
        response = dns.message.from_wire(sock.recv(65535))
    (option,) = [one for one in response.options if int(one.otype) == 10]
    octets = option.to_wire()
    assert octets is not None
    return octets


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_rfc7873_dig_calls_them_good(resolver: Serving, dig: Callable[..., str], transport: str) -> None:
    known = cookie_in(dig(resolver, transport, "+cookie=2464c4abcf10c957"))
    assert known.startswith("2464c4abcf10c957010000")
    for _ in range(3):
        text = dig(resolver, transport, f"+cookie={known}")
        assert "status: NOERROR" in text
        assert cookie_in(text) == known
    assert "COOKIE" not in dig(resolver, transport, "+nocookie")


def test_rfc7873_section_5_4_dig_asks_for_a_cookie_alone(resolver: Serving, dig: Callable[..., str]) -> None:
    known = cookie_in(dig(resolver, "+header-only", "+cookie=2464c4abcf10c957"))
    wrong = known[:-2] + ("00" if known[-2:] != "00" else "11")
    assert "status: BADCOOKIE" in dig(resolver, "+header-only", "+nobadcookie", f"+cookie={wrong}")
    assert "BADCOOKIE, retrying" in dig(resolver, "+header-only", f"+cookie={wrong}")


def test_a_reload_keeps_them_good_and_a_file_takes_their_place(
    resolver: Serving, config: str, tmp_path: Path
) -> None:
    known = earned(resolver)
    resolver.write(config + ON + "edns_udp_size = 1400\n")
    resolver.signal(signal.SIGHUP)
    wait_until(lambda: "configuration read again" in resolver.log(), "it was read again")
    assert earned(resolver, known) == known
    secrets = tmp_path / "secrets"
    secrets.write_text("e5e973e5a6b2a43f48e7dc849e37bfcf\n", "ascii")
    secrets.chmod(0o640)
    resolver.write(config + ON + f'cookie_secret_file = "{secrets}"\n')
    refused = resolver.command("reload")
    assert refused.returncode == 1
    assert "chmod 600" in refused.stderr
    secrets.chmod(0o600)
    assert resolver.command("reload").returncode == 0
    assert earned(resolver, known) != known
    known = earned(resolver)
    assert earned(resolver, known) == known
    assert "e5e973" not in resolver.log() + resolver.command("status", "--format", "json").stdout


def test_all_workers_know_a_cookie_that_one_gave(config: str, tmp_path: Path) -> None:
    with Serving(tmp_path / "resolver", config + ON, "--workers", "2") as resolver:
        known = earned(resolver)
        assert {earned(resolver, known) for _ in range(CLIENTS)} == {known}


def test_servers_at_one_address_share_a_secret(config: str, tmp_path: Path) -> None:
    """RFC 9018: what one of them gave is good at another, and after a restart; here with workers and without."""
    secrets = tmp_path / "secrets"
    secrets.write_text("e5e973e5a6b2a43f48e7dc849e37bfcf\n", "ascii")
    secrets.chmod(0o600)
    shared = config + ON + f'cookie_secret_file = "{secrets}"\n'
    with Serving(tmp_path / "one", shared) as one:
        known = earned(one)
    with Serving(tmp_path / "other", shared, "--workers", "2") as other:
        assert {earned(other, known) for _ in range(CLIENTS)} == {known}
