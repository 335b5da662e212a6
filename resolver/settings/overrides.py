# SPDX-License-Identifier: ISC
"""Reading environment variables and `--set` flags into the same nested values that a TOML file gives.

No file is read here and nothing is validated beyond the shape of the text: the decoder does that for all sources alike.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

from resolver.settings.errors import SettingsError
from resolver.settings.keys import all_keys
from resolver.units import Settings

PREFIX: Final = "RESOLVER_"


class Override(NamedTuple):
    """One value from outside the file: dotted key, value as TOML would have given it, and who said so."""

    key: str
    value: object
    source: str


def from_environment(kind: type[Settings], environment: Mapping[str, str]) -> Iterator[Override]:
    """Yield the overrides that `RESOLVER_SECTION__KEY` variables spell, in the order of their names.

    A name without `__` belongs to someone else (`RESOLVER_CONFIG`), unless it is a list of tables (`RESOLVER_ZONE`).
    """
    tables = set(kind.__struct_fields__) - {key.partition(".")[0] for key in all_keys(kind)}
    for variable in sorted(environment):
        path = variable.removeprefix(PREFIX).lower().split("__")
        if variable.startswith(PREFIX) and (len(path) > 1 or path[0] in tables):
            key = ".".join(path)
            yield Override(key, read_text(environment[variable], _kind_of(kind, key)), f"${variable}")


def from_flags(kind: type[Settings], flags: Iterable[str]) -> Iterator[Override]:
    """Yield the overrides that `SECTION.KEY=VALUE` texts spell. Raises SettingsError on one without a key or `=`."""
    for flag in flags:
        key, equals, text = flag.partition("=")
        key = key.strip()
        if not equals or not key:
            raise SettingsError(f"--set {flag}", "", None, "write it as --set SECTION.KEY=VALUE")
        yield Override(key, read_text(text.strip(), _kind_of(kind, key)), f"--set {key}")


def read_text(text: str, kind: Any) -> object:
    """Return the value that a bare `text` means for a key of type `kind`.

    Text keys take it as it is; lists take TOML or commas (`a,b`); all else is TOML where it parses, else text.
    """
    if kind is str or (get_origin(kind) is Literal and all(isinstance(arg, str) for arg in get_args(kind))):
        quoted = len(text) >= 2 and text[0] == text[-1] and text[0] in "'\""
        return _toml(text) if quoted else text
    value = _toml(text)
    if get_origin(kind) is tuple and not isinstance(value, list):
        return [item.strip() for item in text.split(",") if item.strip()]
    return value


def _kind_of(kind: type[Settings], key: str) -> Any:
    found = all_keys(kind).get(key)
    return None if found is None else found.kind


def _toml(text: str) -> object:
    try:
        document = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return document["value"] if len(document) == 1 else text


def put(values: dict[str, Any], key: str, value: object) -> None:
    """Set the dotted `key` in nested tables, making tables on the way; a value in the way is replaced by a table."""
    *tables, last = key.split(".")
    for name in tables:
        inner = values.get(name)
        if not isinstance(inner, dict):
            inner = values[name] = {}
        values = inner
    values[last] = value
