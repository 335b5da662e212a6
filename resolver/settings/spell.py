# SPDX-License-Identifier: ISC
"""Spelling values as TOML, the way the default file and `config show` write them.

Only values are spelled here; which keys there are and in what order is `render`'s matter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from resolver.units import Bytes, Seconds

_WIDTH = 100


def spell(value: Any, indent: int = 0) -> str:
    """Return `value` as TOML. `indent` is the length of what stands before it on its line. Raises TypeError on None."""
    if isinstance(value, Enum):
        return spell(value.value, indent)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Seconds, Bytes)):
        return f'"{value.spell()}"'
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, Mapping):
        return (
            _wrap("{ ", [f"{_bare(key)} = {spell(item)}" for key, item in value.items()], " }")
            if value
            else "{}"
        )
    if isinstance(value, (tuple, list, frozenset)):
        items = [spell(item) for item in value]
        line = f"[{', '.join(items)}]"
        return (
            line
            if indent + len(line) <= _WIDTH
            else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
        )
    raise TypeError(f"TOML cannot hold {value!r}")


def _wrap(left: str, items: list[str], right: str) -> str:
    return left + ", ".join(items) + right


def _bare(key: str) -> str:
    plain = key.replace("-", "").replace("_", "")
    return key if plain.isalnum() and key.isascii() else _quote(key)


def _quote(text: str) -> str:
    """A JSON string is a TOML basic string, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
