# SPDX-License-Identifier: ISC
"""Where the control socket is by default, and that HTTP is on loopback by default."""

from __future__ import annotations

from pathlib import Path

from resolver.control.settings import ControlSettings, HttpSettings, runtime_directory, socket_path


def test_the_runtime_directory_of_the_session_or_one_of_our_own_in_tmp():
    assert runtime_directory({"XDG_RUNTIME_DIR": "/run/user/7"}, 7) == Path("/run/user/7/resolver")
    assert runtime_directory({}, 7) == Path("/tmp/resolver-7")


def test_a_configured_socket_wins():
    assert socket_path(ControlSettings(socket="/x.sock"), {}) == Path("/x.sock")
    assert socket_path(ControlSettings(), {"XDG_RUNTIME_DIR": "/r"}) == Path("/r/resolver/control.sock")


def test_http_is_on_loopback_and_read_only_unless_told_otherwise():
    assert HttpSettings() == HttpSettings(listen="127.0.0.1:5380", hosts=(), token_file="")
