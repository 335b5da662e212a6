# SPDX-License-Identifier: ISC
"""`resolver serve` as a process: flags become settings, signals end it, faults are one line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.ports import free_port


@pytest.fixture
def serving(tmp_path, monkeypatch):
    """A running `serve --lab tiny`, as (process, its banner)."""
    monkeypatch.setenv("RESOLVER_CONTROL__SOCKET", str(tmp_path / "control.sock"))
    command = [sys.executable, "-m", "resolver", "serve", "--lab", "tiny", "--listen", "127.0.0.1:0"]
    command += [
        "--http",
        "127.0.0.1:0",
        "--set",
        f"lab.port={free_port(['127.53.0.1'])}",
        "--set",
        "policy.max_ttl=100",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ
    )
    lines = [process.stdout.readline()]
    while lines[-1] and not lines[-1].startswith("  lab "):  # the last line of the banner
        lines.append(process.stdout.readline())
    yield process, lines
    if process.poll() is None:
        process.terminate()
    process.wait(10)
    process.stdout.close()


def test_the_first_minute(command, serving):
    process, banner = serving
    where = banner[0].split(" on ")[1].split()[0]
    assert banner[-1].startswith("  lab tiny: ")
    assert command("query", "www.host.net0", f"@{where}", "+short") == (0, "198.18.0.80\n", "")
    assert command("trace", "www.host.net0")[0] == 0
    assert "100s" in command("cache", "show", "www.host.net0")[1]
    assert command("ping")[0] == 0
    assert command("reload")[1] == "reloaded: no key has changed; files that keys name were read again\n"
    assert command("stop") == (0, "stopped\n", "")
    assert process.wait(10) == 0
    assert command("ping")[0] == 3


def test_sigterm_ends_it_with_exit_code_0_and_takes_the_socket_away(serving, tmp_path):
    process, _ = serving
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGUSR1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert not (tmp_path / "control.sock").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "cache.size=many"], "cache.size = 'many' - "),
        (["--set", "nonsense"], "--set nonsense - "),
        (["--config", "/nowhere.toml"], "/nowhere.toml - cannot be read"),
        (["--root-hints", "/nowhere.hints"], "upstream.root_hints"),
        (["--listen", "0.0.0.0:0", "--set", "server.allow=['0.0.0.0/0']"], "server.allow"),
        (["--listen", "nonsense"], "server.listen"),
        (["--forward", "resolver.example"], "not an IPv4 or IPv6 address"),
        (["--workers", "0"], "server.workers"),
    ],
)
def test_a_fault_in_the_settings_is_one_line_that_names_the_key(command, arguments, says):
    code, out, err = command("serve", *arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert says in err
    assert err.startswith("error: ")


def test_a_port_in_use_is_one_line_and_nothing_ended_that_never_began(tmp_path, monkeypatch):
    monkeypatch.setenv("RESOLVER_CONTROL__SOCKET", str(tmp_path / "control.sock"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        serve = [sys.executable, "-m", "resolver", "serve", "--listen", where, "--http", ""]
        done = subprocess.run(serve, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"error: cannot listen on {where}: the port is in use - ")
