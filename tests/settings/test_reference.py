# SPDX-License-Identifier: ISC
"""The page on the configuration is what the code says, and shows each key's default, bounds and moment."""

from __future__ import annotations

from pathlib import Path

from resolver.settings.keys import sections
from resolver.settings.model import Configuration
from resolver.settings.reference import policy_keys_page, reference_page

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_pages_in_the_repository_are_the_generated_ones() -> None:
    assert PAGE.read_text("utf-8") == reference_page(), "renew it: python -m tests.settings.renew"
    keys = PAGE.with_name("policy-keys.md")
    assert keys.read_text("utf-8") == policy_keys_page(), "renew it: python -m tests.settings.renew"


def rows() -> list[str]:
    return [line for line in reference_page().splitlines() if line.startswith("| `")]


def test_every_key_of_every_table_has_a_row() -> None:
    names = [key.name for section in sections(Configuration) for key in section.keys]
    assert [row.split("`")[1] for row in rows()] == names


def test_a_row_has_four_cells_whatever_its_text_holds() -> None:
    for row in rows():
        assert row.replace("\\|", "").count("|") == 5, row


def test_what_needs_a_restart_is_marked() -> None:
    marked = {row.split("`")[1] for row in rows() if "↻" in row}
    assert {"listen", "size", "token_file"} <= marked
    assert not marked & {"allow", "max_ttl", "level"}


def test_a_key_without_a_default_is_required() -> None:
    assert any(row.startswith("| `name` | required |") for row in rows())
