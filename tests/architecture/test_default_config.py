# SPDX-License-Identifier: ISC
"""The default configuration equals the code: the shipped file is what the code would write, and means its defaults."""

from __future__ import annotations

import tomllib

import pytest

from resolver.settings import Configuration, load
from resolver.settings.keys import Key, Section, sections
from resolver.settings.render import default_file
from resolver.shipped import shipped

ALL_KEYS = [(section, key) for section in sections(Configuration) for key in section.keys]


def test_the_shipped_file_is_what_the_code_writes() -> None:
    """After a change of a key: `python -m tests.settings.renew`."""
    assert shipped("resolver.toml").read_text("utf-8") == default_file()


def test_the_shipped_file_means_the_defaults() -> None:
    assert load(shipped("resolver.toml")).configuration == Configuration()


def test_the_shipped_file_has_every_key() -> None:
    written = tomllib.loads(default_file())
    for section in sections(Configuration):
        if section.repeated or not section.path:
            continue
        table = written
        for part in section.path.split("."):
            table = table[part]
        given = {key.name for key in section.keys if not key.inherited}
        assert given <= set(table), section.path


def test_what_the_policy_says_is_shown_and_not_given() -> None:
    """Else a file with every key would leave nothing for `policy.name` to say."""
    text, written = default_file(), tomllib.loads(default_file())
    inherited = [key for _, key in ALL_KEYS if key.inherited]
    assert "policy.max_ttl" in [key.path for key in inherited]
    for key in inherited:
        block, _, name = key.path.partition(".")
        assert f"\n# {name} = " in text
        assert name not in written[block]


@pytest.mark.parametrize(("section", "key"), ALL_KEYS, ids=[key.path for _, key in ALL_KEYS])
def test_every_key_says_what_it_does(section: Section, key: Key) -> None:
    assert key.doc, f"{key.path} of {section.kind.__name__} has no Doc"
    assert "\n" not in key.doc
    assert not key.doc.endswith("."), f"{key.path}: one phrase, without a full stop"


@pytest.mark.parametrize("name", ["deploy/container.toml"])
def test_shipped_configurations_are_good(name: str) -> None:
    loaded = load(shipped(name))
    assert loaded.configuration != Configuration()
