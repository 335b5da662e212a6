# SPDX-License-Identifier: ISC
"""The error an operator reads: one line, where, which key, what value, what to do."""

import pytest

from resolver import settings
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


@pytest.mark.parametrize(
    "flag",
    [
        "server.cookie_secrets=5EC23E7",
        "server.cookie_secret=5EC23E7",  # misspelt
        "server.cookie_secrets={a='5EC23E7'}",
        "admission.cookie_secrets='5EC23E7'",
        "notify.key=[{name='k', secret=['5EC23E7']}]",
        "notify.key=[{name='k', secrets='5EC23E7'}]",
        "notify={key={name='k', secret='5EC23E7'}}",  # [notify.key], where [[notify.key]] is meant
        "notify=[{key=[{name='k', secret='5EC23E7'}]}]",
    ],
)
def test_a_secret_is_never_shown_whatever_is_wrong_with_it(flag: str) -> None:
    found = [str(error) for error in settings.faults(flags=[flag])]
    assert found
    assert "5EC23E7" not in " ".join(found)
    assert "(hidden)" in " ".join(found)


def test_the_name_of_a_file_with_secrets_is_shown() -> None:
    assert "'/a'" in str(SettingsError("", "server.cookie_secret_file", "/a", "cannot be read"))
