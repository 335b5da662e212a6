# SPDX-License-Identifier: ISC
"""Values from the environment and from --set, in the shapes TOML would give."""

from typing import Any, Literal

import pytest

from resolver.settings.errors import SettingsError
from resolver.settings.model import Configuration
from resolver.settings.overrides import from_environment, from_flags, put, read_text
from resolver.units import Bytes


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("53", int, 53),
        ("true", bool, True),
        ("0.25", float, 0.25),
        ("128MiB", Bytes, "128MiB"),
        ("1000", Bytes, 1000),
        ("1000", str, "1000"),
        ('"quoted"', str, "quoted"),
        ("true", str, "true"),
        ("'", str, "'"),
        ("off", Literal["relaxed", "off"], "off"),
        ("a,b , c", tuple[str, ...], ["a", "b", "c"]),
        ("[::1]:53,127.0.0.1:53", tuple[str, ...], ["[::1]:53", "127.0.0.1:53"]),
        ('["a", "b"]', tuple[str, ...], ["a", "b"]),
        ("[]", tuple[str, ...], []),
        ("", tuple[str, ...], []),
        ("1\nother = 2", int, "1\nother = 2"),
    ],
)
def test_text_is_read_by_the_kind_of_its_key(text: str, kind: Any, value: object) -> None:
    assert read_text(text, kind) == value


def test_environment_names_are_sections_and_keys() -> None:
    environment = {
        "RESOLVER_UPSTREAM__PORT": "5353",
        "RESOLVER_ZONE": "[]",
        "HOME": "/",
        "RESOLVER_CONFIG": "x.toml",
    }
    found = [tuple(override) for override in from_environment(Configuration, environment)]
    assert found == [("upstream.port", 5353, "$RESOLVER_UPSTREAM__PORT"), ("zone", [], "$RESOLVER_ZONE")]


def test_flags_keep_all_after_the_first_equals_sign() -> None:
    (override,) = from_flags(Configuration, ['zone = [{name = ".", forward = ["127.0.0.1"]}]'])
    assert override.key == "zone"
    assert override.value == [{"name": ".", "forward": ["127.0.0.1"]}]


@pytest.mark.parametrize("flag", ["cache.size", "=3", ""])
def test_a_flag_without_key_or_value_is_told_how_to_be(flag: str) -> None:
    with pytest.raises(SettingsError, match=r"--set SECTION\.KEY=VALUE"):
        list(from_flags(Configuration, [flag]))


def test_put_makes_tables_on_its_way() -> None:
    values: dict[str, Any] = {"a": 1, "b": {"c": 2}}
    put(values, "b.d.e", 3)
    put(values, "a.x", 4)
    assert values == {"a": {"x": 4}, "b": {"c": 2, "d": {"e": 3}}}
