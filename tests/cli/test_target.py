# SPDX-License-Identifier: ISC
"""Where clients look for the resolver: the same places where it says it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resolver.cli.exits import CommandFailed
from resolver.cli.target import DEFAULT_LISTEN, control_socket, dns_server, runtime_directory, split_address
from resolver.control.settings import ControlSettings, socket_path
from resolver.control.settings import runtime_directory as servers_directory
from resolver.runtime.settings import ServerSettings


def test_client_and_server_agree_on_the_defaults(monkeypatch):
    assert ServerSettings().listen[0] == DEFAULT_LISTEN
    assert control_socket(None) == socket_path(ControlSettings())
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert runtime_directory() == servers_directory({}, os.getuid()) == Path(f"/tmp/resolver-{os.getuid()}")


def test_a_flag_beats_the_environment_beats_the_file(tmp_path, monkeypatch):
    file = tmp_path / "resolver.toml"
    file.write_text('[control]\nsocket = "/file.sock"\n')
    assert control_socket(str(file)) == Path("/file.sock")
    monkeypatch.setenv("RESOLVER_CONFIG", str(file))
    assert control_socket(None) == Path("/file.sock")
    monkeypatch.setenv("RESOLVER_CONTROL__SOCKET", "/environment.sock")
    assert control_socket(None) == Path("/environment.sock")
    assert control_socket(None, "/flag.sock") == Path("/flag.sock")


def test_a_wildcard_listener_is_asked_over_loopback(tmp_path, monkeypatch):
    file = tmp_path / "resolver.toml"
    file.write_text('[server]\nlisten = ["0.0.0.0:53", "[::]:53"]\n')
    assert dns_server(str(file)) == ("127.0.0.1", 53)
    monkeypatch.setenv("RESOLVER_SERVER__LISTEN", '["[::]:5300"]')
    assert dns_server(None) == ("::1", 5300)
    monkeypatch.setenv("RESOLVER_SERVER__LISTEN", "192.0.2.1:54,192.0.2.2:54")
    assert dns_server(None) == ("192.0.2.1", 54)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5300", ("192.0.2.1", 5300)),
        ("192.0.2.1#5300", ("192.0.2.1", 5300)),
        ("::1", ("::1", 53)),
        ("[::1]:5300", ("::1", 5300)),
        ("::1#5300", ("::1", 5300)),
    ],
)
def test_server_spellings(text, expected):
    assert split_address(text, 53) == expected


def test_bad_ports_and_bad_files_are_told():
    with pytest.raises(CommandFailed, match="bad port"):
        split_address("192.0.2.1:x", 53)
    with pytest.raises(CommandFailed, match="cannot be read"):
        dns_server("/nowhere/resolver.toml")
