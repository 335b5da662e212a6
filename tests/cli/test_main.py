# SPDX-License-Identifier: ISC
"""The root command: errors on one line, exit codes, help that imports nothing heavy."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import click
import pytest

from resolver import __version__
from resolver.cli.main import COMMANDS, cli, run


def python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["lab", "nope"],
        ["query", "--nope"],
        ["cache", "flush"],
        ["query", "x", "--repeat", "0"],
        ["lab", "latency"],
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_line(command, arguments):
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert " - " in err
    assert err.count("\n") == 1


def test_every_command_loads_has_help_and_an_example():
    context = click.Context(cli, info_name="resolver")
    for name in COMMANDS:
        loaded = cli.get_command(context, name)
        for command in [loaded, *getattr(loaded, "commands", {}).values()]:
            assert "resolver" in command.help, command.name


def test_no_arguments_show_help(command):
    code, out, err = command("--help")
    assert code == 0
    assert all(name in out for name in COMMANDS)
    assert err == ""


def test_a_path_that_nobody_foresaw_is_one_line(command, tmp_path):
    code, _, err = command("config", "schema", str(tmp_path))
    assert code == 1
    assert err.startswith(f"error: {tmp_path}: Is a directory - ")
    assert err.count("\n") == 1


def test_the_module_runs_and_tells_its_version():
    done = python("-m", "resolver", "--version")
    assert (done.returncode, done.stdout) == (0, f"resolver {__version__}\n")


@pytest.mark.parametrize(
    "module", ["main", "control_client", "process", "cache", "trace", "lab", "query", "config"]
)
def test_a_client_command_imports_nothing_heavy(module):
    heavy = "asyncio|aiohttp|dns|msgspec|prometheus_client|uvloop|resolver.settings|resolver.app|http.client"
    code = f"import sys, resolver.cli.{module}; print([m for m in {heavy.split('|')!r} if m in sys.modules])"
    assert python("-c", code).stdout == "[]\n"


def test_an_interrupt_is_exit_code_130_without_a_word():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = f"@127.0.0.1:{silent.getsockname()[1]}"
        # A test run in the background of a shell ignores the signal, and so would what it starts.
        hears = ["env", "--default-signal=INT"]
        asking = [*hears, sys.executable, "-m", "resolver", "query", "x", server]
        with subprocess.Popen(asking, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            silent.recv(512)  # it has asked, so it waits now
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (130, "", "")


@pytest.mark.parametrize("words", [["--help"], ["query", "--help"], ["lab", "outage", "--help"]])
def test_examples_in_help_stand_one_a_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run(words)
    lines = capsys.readouterr().out.splitlines()
    assert not any("\\b" in line or "\b" in line for line in lines)
    assert any(line.startswith("  resolver ") and line.count("resolver ") == 1 for line in lines)
