# SPDX-License-Identifier: ISC
"""Clients of other makers read what we say, and a load generator hears every answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop import zones
from tests.live.serving import Serving, run

Program = Callable[[str], str]

QUESTIONS = [
    ("www.example.elm", "A", "198.18.0.1"),
    ("example.elm", "MX", "mail.plain.oak."),
    ("_sip._tcp.example.elm", "SRV", "sip.plain.oak."),
    ("far.example.elm", "A", "198.18.1.1"),
    ("mail.old.example.elm", "A", "198.18.1.25"),
    ("example.elm", "HTTPS", "h2"),
]


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize(("name", "rtype", "says"), QUESTIONS)
def test_kdig_reads_us(
    program: Program, resolver: Serving, name: str, rtype: str, says: str, transport: str
) -> None:
    done = run(program("kdig"), "@127.0.0.1", "-p", str(resolver.port), name, rtype, transport, "+dnssec")
    assert done.returncode == 0, done.stderr
    assert "status: NOERROR" in done.stdout
    assert says in done.stdout
    assert "WARNING" not in done.stdout + done.stderr


def test_kdig_and_drill_come_back_over_tcp_when_told_to(program: Program, resolver: Serving) -> None:
    """RFC 7766: truncation is told in a way that both understand."""
    at = ["-p", str(resolver.port), "@127.0.0.1", "long.example.elm", "TXT"]
    retried = run(program("kdig"), *at, "+dnssec")
    assert "truncated reply" in retried.stdout + retried.stderr
    assert "011 x" in retried.stdout
    assert "truncated" in run(program("drill"), *at).stdout
    assert "011 x" in run(program("drill"), "-t", *at).stdout


@pytest.mark.parametrize("transport", ["-u", "-t"])
@pytest.mark.parametrize(("name", "rtype", "says"), QUESTIONS)
def test_drill_reads_us(
    program: Program, resolver: Serving, name: str, rtype: str, says: str, transport: str
) -> None:
    arguments = [transport, "-b", "1232", "-p", str(resolver.port), "@127.0.0.1", name, rtype]
    done = run(program("drill"), *arguments)
    assert done.returncode == 0, done.stderr
    assert "rcode: NOERROR" in done.stdout
    assert says in done.stdout


def test_kdig_keeps_one_connection_open_for_several_questions(program: Program, resolver: Serving) -> None:
    """RFC 7766 section 6.2.1: a connection is for more than one question."""
    names = ["www.example.elm", "far.example.elm", "www.plain.oak", "nowhere.oak"]
    done = run(program("kdig"), "@127.0.0.1", "-p", str(resolver.port), "+tcp", "+keepopen", *names)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"status: (\w+)", done.stdout) == ["NOERROR", "NOERROR", "NOERROR", "NXDOMAIN"]


def test_ten_thousand_distinct_names_without_a_loss(
    program: Program, resolver: Serving, tmp_path: Path
) -> None:
    """Half of them exist, half are made by a wildcard; none is cached before."""
    names = [f"n{n}.many.oak A\nw{n}.wild.many.oak A\n" for n in range(zones.GENERATED)]
    questions = tmp_path / "questions"
    questions.write_text("".join(names), "ascii")
    arguments = ["-s", "127.0.0.1", "-p", str(resolver.port), "-d", str(questions), "-n", "1", "-t", "10"]
    done = run(program("dnsperf"), *arguments, timeout=120)
    assert done.returncode == 0, done.stderr
    total = 2 * zones.GENERATED
    assert re.search(rf"Queries completed:\s+{total} \(100\.00%\)", done.stdout), done.stdout
    assert re.search(r"Queries lost:\s+0 ", done.stdout), done.stdout
    assert re.search(rf"Response codes:\s+NOERROR {total} \(100\.00%\)", done.stdout), done.stdout
    assert "Traceback" not in resolver.log()
