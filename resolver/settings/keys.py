# SPDX-License-Identifier: ISC
"""The table of configuration keys, read off the settings classes: the one source of default file, schema and overrides.

Nothing here knows a particular key, reads a file or checks a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from resolver.units import Bounded, Doc, Inherited, Settings, bare_type


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its dotted path, bare type, documentation, bounds and default (`msgspec.NODEFAULT` when required).

    `inherited` says where it is taken from unless it is given, and is empty when the default rules. A default of None
    means that the key is not set.
    """

    path: str
    kind: Any
    doc: str
    bounds: Bounded | None
    default: object
    inherited: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Section:
    """A table of keys. `repeated` is set for an array of tables, such as `[[zone]]`."""

    path: str
    kind: type[Settings]
    repeated: bool
    keys: tuple[Key, ...]


def sections(kind: type[Settings], path: str = "") -> Iterator[Section]:
    """Yield the section at `path` and then those below it, in the order of their fields."""
    yield from _sections(kind, path, repeated=False, inherited="")


def _sections(kind: type[Settings], path: str, *, repeated: bool, inherited: str) -> Iterator[Section]:
    hints = get_type_hints(kind, include_extras=True)
    own: list[Key] = []
    below: list[tuple[type[Settings], str, bool, str]] = []
    for field in msgspec.structs.fields(kind):
        here = f"{path}.{field.name}" if path else field.name
        inner = _table_in(hints[field.name])
        if inner is None:
            own.append(_key(here, hints[field.name], field, inherited))
        else:
            below.append((inner[0], here, inner[1], _inherited(hints[field.name])))
    yield Section(path, kind, repeated, tuple(own))
    for inner_kind, here, inner_repeated, from_where in below:
        yield from _sections(inner_kind, here, repeated=inner_repeated, inherited=from_where)


def _table_in(hint: Any) -> tuple[type[Settings], bool] | None:
    """The Settings class a field holds, and whether it holds many of them; None for a plain value."""
    bare = bare_type(hint)
    if isinstance(bare, type) and issubclass(bare, Settings):
        return bare, False
    for inner in get_args(bare) if get_origin(bare) is tuple else ():
        if isinstance(inner, type) and issubclass(inner, Settings):
            return inner, True
    return None


def _inherited(hint: Any) -> str:
    """From where a field is taken unless it is given."""
    return next((extra.text for extra in get_args(hint)[1:] if isinstance(extra, Inherited)), "")


def _key(path: str, hint: Any, field: msgspec.structs.FieldInfo, inherited: str) -> Key:
    extras = get_args(hint)[1:] if bare_type(hint) is not hint else ()
    doc = next((extra.text for extra in extras if isinstance(extra, Doc)), "")
    bounds = next((extra for extra in extras if isinstance(extra, Bounded)), None)
    default = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    return Key(path, _set_type(bare_type(hint)), doc, bounds, default, _inherited(hint) or inherited)


def _set_type(kind: Any) -> Any:
    """What a key that need not be set is when it is."""
    kinds = [each for each in get_args(kind) if each is not type(None)]
    return kinds[0] if get_origin(kind) is UnionType and len(kinds) == 1 else kind


@cache
def all_keys(kind: type[Settings]) -> Mapping[str, Key]:
    """Return every key below `kind` by its dotted path; those of repeated tables are left out."""
    return {key.path: key for section in sections(kind) if not section.repeated for key in section.keys}


def value_at(settings: Settings, path: str) -> object:
    """Return the value that `settings` holds at the dotted `path`. Raises AttributeError when there is none."""
    value: object = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value
