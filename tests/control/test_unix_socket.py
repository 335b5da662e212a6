# SPDX-License-Identifier: ISC
"""The control socket: private, never stolen from a live process, replaced after a dead one."""

from __future__ import annotations

import socket
import stat

import pytest

from resolver.control.unix_socket import ControlError, is_alive, open_socket


def test_the_socket_is_mode_0600_and_its_new_directory_0700(tmp_path):
    path = tmp_path / "run" / "control.sock"
    with open_socket(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert is_alive(path)


def test_the_file_of_a_dead_process_is_replaced(tmp_path):
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert not is_alive(path)
    with open_socket(path):
        assert is_alive(path)


def test_a_live_process_keeps_its_socket(tmp_path):
    path = tmp_path / "control.sock"
    with open_socket(path):
        with pytest.raises(ControlError, match=r"belongs to a running resolver - stop it"):
            open_socket(path)
        assert is_alive(path)


def test_a_file_that_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "control.sock"
    path.write_text("precious")
    with pytest.raises(ControlError, match="is not a socket"):
        open_socket(path)
    assert path.read_text() == "precious"


def test_a_directory_that_others_can_write_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(ControlError, match="can be written by others"):
        open_socket(shared / "control.sock")


def test_a_path_longer_than_the_system_takes_is_told(tmp_path):
    with pytest.raises(ControlError, match="too long"):
        open_socket(tmp_path / ("x" * 120))
