# SPDX-License-Identifier: ISC
"""What an operator is told when it cannot start: one line, `error: what - what to do`, and an exit code."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.serving import Serving, run


@pytest.fixture
def taken() -> Iterator[int]:
    """A UDP port that somebody else has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def refused(folder: Path, config: str, *arguments: str) -> str:
    """Start with `config`; the one line on stderr of a start that fails."""
    path = folder / "resolver.toml"
    path.write_text(config, "utf-8")
    done = run(
        "resolver",
        *("serve", "--config", str(path), "--http", "", "--set", f"control.socket={folder / 'socket'}"),
        *arguments,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if not re.match(r"\d{4}-\d\d-\d\dT\S+ ", line)]
    assert re.fullmatch(r"error: .+ - .+", line), line
    return line


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("[cache]\nsice = '64MiB'\n", ["cache.sice", "64MiB", "did you mean 'size'"]),
        ("[cash]\nsize = '64MiB'\n", ["cash", "cache"]),
        ("[cache]\nsize = 'much'\n", ["cache.size", "much", "128MiB"]),
        ("[upstream]\nport = 70000\n", ["upstream.port", "70000", "65535"]),
        ("[upstream]\nqname_minimisation = 'maybe'\n", ["upstream.qname_minimisation", "maybe", "relaxed"]),
        ("[server]\nlisten = ['localhost']\n", ["server.listen", "localhost"]),
        ("[server\n", ["resolver.toml", "line"]),
        ("[upstream]\nroot_hints = '/nonexistent/hints'\n", ["upstream.root_hints", "/nonexistent/hints"]),
        (
            "[server]\nlisten = ['0.0.0.0:0']\nallow = ['0.0.0.0/0']\n",
            ["server.allow", "anyone could use", "0.0.0.0/0"],
        ),
    ],
)
def test_a_bad_configuration_names_file_key_value_and_what_is_allowed(
    tmp_path: Path, config: str, says: list[str]
) -> None:
    line = refused(tmp_path, config)
    assert [word for word in [*says, "resolver.toml"] if word not in line] == [], line


def test_a_hints_file_that_is_no_zone_file_is_told(tmp_path: Path) -> None:
    hints = tmp_path / "hints"
    hints.write_text("these are not the records you are looking for\n", "utf-8")
    line = refused(tmp_path, f"[upstream]\nroot_hints = '{hints}'\n")
    assert "upstream.root_hints" in line
    assert str(hints) in line


def test_a_port_in_use_is_told_with_how_to_see_by_whom(tmp_path: Path, taken: int) -> None:
    line = refused(tmp_path, "", "--listen", f"127.0.0.1:{taken}")
    assert f"127.0.0.1:{taken}" in line
    assert "in use" in line
    assert "ss -lntup" in line
    assert "--listen" in line


def test_a_bad_flag_and_a_bad_variable_say_where_they_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--set" in refused(tmp_path, "", "--set", "cache.size=much")
    done = run("resolver", "config", "check", env={"RESOLVER_CACHE__SIZE": "much"})
    assert done.returncode == 1
    assert "RESOLVER_CACHE__SIZE" in done.stderr


def test_a_second_server_on_the_same_control_socket_is_refused(resolver: Serving, tmp_path: Path) -> None:
    line = refused(tmp_path, "", "--listen", "127.0.0.1:0", "--set", f"control.socket={resolver.control}")
    assert str(resolver.control) in line
    assert resolver.command("ping").returncode == 0
