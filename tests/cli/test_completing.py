# SPDX-License-Identifier: ISC
"""What a shell may complete: presets, configuration keys, record types."""

from __future__ import annotations

import pytest
from click.shell_completion import BashComplete

from resolver.cli.main import cli


@pytest.mark.parametrize(
    ("words", "incomplete", "completed"),
    [
        (["policy", "show"], "unb", ["unbound", "unbound-1.17"]),
        (["serve", "--shadow"], "bi", ["bind", "bind-9.18"]),
        (["serve", "--set"], "stale.max", ["stale.max_age="]),
        (["config", "show", "--set"], "revalidation.", None),
        (["cache", "show", "--type"], "cna", ["CNAME"]),
        (["cache", "explain", "example.com"], "soa", ["SOA"]),
    ],
)
def test_values_are_completed(words, incomplete, completed):
    found = [
        each.value for each in BashComplete(cli, {}, "resolver", "_X").get_completions(words, incomplete)
    ]
    assert found
    assert completed is None or found == completed


def test_what_is_no_preset_is_a_file():
    (found,) = BashComplete(cli, {}, "resolver", "_X").get_completions(["policy", "check"], "./mine")
    assert found.type == "file"
