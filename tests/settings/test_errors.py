# SPDX-License-Identifier: ISC
"""The error an operator reads: one line, where, which key, what value, what to do."""

from resolver.errors import ResolverError
from resolver.settings.errors import SettingsError


def test_names_source_key_value_and_remedy_in_one_line() -> None:
    error = SettingsError("/etc/resolver.toml", "cache.size", "big", "write it like 128MiB")
    assert str(error) == "/etc/resolver.toml: cache.size = 'big' - write it like 128MiB"
    assert isinstance(error, ResolverError)


def test_a_fault_of_the_whole_file_names_no_key() -> None:
    assert str(SettingsError("a.toml", "", None, "not TOML")) == "a.toml - not TOML"


def test_a_list_of_any_length_stays_on_one_short_line() -> None:
    error = SettingsError("", "server.listen", ["x" * 50] * 50, "shorten it")
    assert len(str(error)) < 130
    assert "\n" not in str(error)


def test_a_path_is_shown_whole() -> None:
    path = "/a" * 100
    assert path in str(SettingsError("", "upstream.root_hints", path, "cannot be read"))
