# SPDX-License-Identifier: ISC
"""Completion scripts for the shells that click knows."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed(command, shell):
    code, out, err = command("completion", shell)
    assert (code, err) == (0, "")
    assert "_RESOLVER_COMPLETE" in out


def test_another_shell_is_a_usage_error(command):
    assert command("completion", "tcsh")[0] == 2
