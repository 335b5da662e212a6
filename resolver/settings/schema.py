# SPDX-License-Identifier: ISC
"""The configuration as JSON Schema (2020-12), for editors that complete and check TOML.

Generated from the table of keys like the default file; nothing about a particular key is known here.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from resolver.settings.keys import Key, Section, sections
from resolver.settings.model import Configuration
from resolver.units import Bytes, Seconds

_DURATION: Final = r"^(\d+(\.\d+)?|(\d+(\.\d+)?\s*(ms|s|m|h|d|w)\s*)+)$"
_SIZE: Final = r"^(\d+|(\d+(\.\d+)?\s*(B|KiB|MiB|GiB|kB|MB|GB)\s*)+)$"
_PATTERNS: Final = {Seconds: _DURATION, Bytes: _SIZE}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the configuration file, with the documentation, bounds and default of every key."""
    root: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "resolver.toml",
    }
    for section in sections(Configuration):
        table = _table(section)
        if not section.path:
            root |= table
            continue
        *above, name = section.path.split(".")
        parent = root
        for part in above:
            parent = parent["properties"][part]
        parent["properties"][name] = {"type": "array", "items": table} if section.repeated else table
    return root


def _table(section: Section) -> dict[str, Any]:
    required = [key.name for key in section.keys if key.default is msgspec.NODEFAULT]
    table: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: _key(key) for key in section.keys},
    }
    return table | {"required": required} if required else table


def _key(key: Key) -> dict[str, Any]:
    entry = {"description": key.doc} | msgspec.json.schema(key.kind, schema_hook=_quantity)
    if key.bounds is not None:
        number = entry["anyOf"][0] if key.kind in _PATTERNS else entry
        bounds = {"minimum": key.bounds.low, "maximum": key.bounds.high}
        number.update({name: bound for name, bound in bounds.items() if bound is not None})
    if key.default is not msgspec.NODEFAULT and key.default is not None and not key.inherited:
        entry["default"] = (
            key.default.spell() if isinstance(key.default, (Seconds, Bytes)) else _plain(key.default)
        )
    return entry


def _quantity(kind: type) -> dict[str, Any]:
    if kind in _PATTERNS:
        return {"anyOf": [{"type": "number"}, {"type": "string", "pattern": _PATTERNS[kind]}]}
    raise NotImplementedError  # msgspec's protocol for "not one of mine"


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)
