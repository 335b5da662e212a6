# SPDX-License-Identifier: ISC
"""The configurations: every contender is given the same port, hints and cache, and its program's version is read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.peers.contenders import Place, contenders, version_of

PLACE = Place(Path("/run/here"), Path("/run/hints"), 20123, 1536)
NAMES = sorted(contenders(full=()))


def given(name: str) -> str:
    contender = contenders(full=("log.level=error",))[name]
    return contender.configure(PLACE) + "\n" + " ".join(contender.command(PLACE))


@pytest.mark.parametrize("name", NAMES)
def test_all_answer_on_the_port_and_start_from_the_hints(name: str) -> None:
    assert "20123" in given(name)
    assert "127.0.0.1" in given(name)
    assert "/run/hints" in given(name)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("unbound", ("rrset-cache-size: 1024m", "msg-cache-size: 512m")),
        ("bind", ("max-cache-size 1536M",)),
        ("knot", ("cache.open(1536 * MB",)),
        ("powerdns", (f"max-cache-entries={1536 * 1024}", f"max-packetcache-entries={1536 * 1024}")),
        ("resolver", ("cache.size=1536MiB",)),
    ],
)
def test_all_have_the_same_cache(name: str, sizes: tuple[str, ...]) -> None:
    for size in sizes:
        assert size in given(name)


def test_every_peer_has_its_validation_off() -> None:
    off = {"unbound": '"iterator"', "bind": "dnssec-validation no", "powerdns": "dnssec=off"}
    off["knot"] = "trust_anchors.remove('.')"
    for name, words in off.items():
        assert words in given(name)


def test_ours_enters_a_second_time_only_when_asked() -> None:
    assert "resolver-full" not in contenders()
    assert "log.level=error" in given("resolver-full")
    assert "log.level=error" not in given("resolver")


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("BIND 9.18.49-1~deb12u3-Debian (Extended)", "9.18.49-1~deb12u3-Debian"),
        ("Nov 21 00:01:48 PowerDNS Recursor 4.8.8 (C) 2001-2022", "4.8.8"),
        ("Knot Resolver, version 5.6.0", "5.6.0"),
        ("no number", "unknown"),
    ],
)
def test_the_version_is_the_first_number_with_a_dot(printed: str, version: str) -> None:
    assert version_of((sys.executable, "-c", f"print({printed!r})")) == version


def test_a_program_that_is_not_there_has_no_version() -> None:
    assert version_of(("no-such-program-anywhere",)) is None
