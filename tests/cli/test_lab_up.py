# SPDX-License-Identifier: ISC
"""A lab in a process of its own, from `lab up --detach` to `lab down`, and a resolver that lives in it."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from resolver.cli.control_client import ControlClient
from resolver.cli.exits import CommandFailed


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.53.0.1", 0))
        return str(probe.getsockname()[1])


def test_up_answers_can_be_asked_and_goes_down(command, port, tmp_path):
    where = str(tmp_path / "lab.sock")
    code, out, err = command("lab", "up", "tiny", "--port", port, "--detach", "--socket", where)
    assert (code, err) == (0, "")
    assert f"port {port}" in out
    try:
        assert (
            command("query", "www.host.net0", "NS", f"@127.53.0.1:{port}", "+norec", "--format", "json")[0]
            == 0
        )
        assert "ns.host.net0." in command("lab", "status", "--socket", where)[1]
        code, _, err = command(
            "lab", "up", "tiny", "--port", port, "--detach", "--socket", str(tmp_path / "other.sock")
        )
        assert (code, err.count("\n")) == (1, 1)
        assert "already in use" in err
    finally:
        assert command("lab", "down", "--socket", where)[:2] == (0, "lab stopped\n")
    while (tmp_path / "lab.sock").exists():  # it goes as the process ends
        with suppress(CommandFailed):
            ControlClient(tmp_path / "lab.sock").get("/api/v1/ping")


def test_an_internet_that_does_not_exist_is_told_in_one_line(command, port, tmp_path):
    where = str(tmp_path / "lab.sock")
    code, out, err = command("lab", "up", "/nowhere.toml", "--port", port, "--socket", where)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "/nowhere.toml" in err
