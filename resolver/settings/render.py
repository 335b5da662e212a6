# SPDX-License-Identifier: ISC
"""Writing configurations out: the default file, the values in force with their origins, and what differs from defaults.

Everything is generated from the table of keys; tests prove that `config/resolver.toml` is exactly `default_file()` and
`docs/configuration.md` exactly `reference.reference_page()`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from resolver.settings.check import NOT_YET
from resolver.settings.errors import HIDDEN, is_secret
from resolver.settings.keys import Key, Section, sections, value_at
from resolver.settings.load import Loaded
from resolver.settings.model import Configuration
from resolver.settings.spell import spell
from resolver.units import Bounded, Bytes, Seconds, words_of

_WIDTH: Final = 100
_HEAD: Final = """\
# Every key of the resolver with its default. All of them are optional: an empty file is a working configuration.
#
# Durations: "1800ms", "30s", "1h30m", "1d"; a bare number is seconds. Sizes: "64KiB", "128MiB"; a bare number is bytes.
# RESOLVER_SECTION__KEY=value in the environment overrides this file, --set SECTION.KEY=VALUE overrides both.
# `resolver config check` tells what is wrong with a file, `resolver config show` what is in force and why.
"""


def default_file() -> str:
    """Return the text of the default configuration file: every key, its default, and one comment from the code."""
    return _HEAD + "".join(f"\n{_section(section)}" for section in sections(Configuration) if section.path)


def _section(section: Section) -> str:
    mark = "# " if section.repeated else ""
    title = f"[[{section.path}]]" if section.repeated else f"[{section.path}]"
    lines = [f"{mark}{title}"]
    for key in section.keys:
        lines += [f"{mark}# {line}".rstrip() for line in textwrap.wrap(_comment(key), _WIDTH)]
        lines += [f"{_mark(key, mark)}{line}" for line in _default_line(key).splitlines()]
    return "\n".join(lines) + "\n"


def _mark(key: Key, mark: str) -> str:
    """What is taken from elsewhere, or not set, is shown and not given: a full file still follows its policy."""
    return mark or ("# " if key.inherited or key.default is None else "")


def _default_line(key: Key) -> str:
    return f"{key.name} =" if key.default is None else _assignment(key.name, _shown_default(key))


def _comment(key: Key) -> str:
    notes = "; ".join(filter(None, (allowed(key), key.inherited)))
    return f"{key.doc} [{notes}]" if notes else key.doc


def allowed(key: Key) -> str:
    """Return what a key's value may be, such as `100ms to 1m` or `"off", "on"`; empty when its type says all."""
    if key.path in NOT_YET:
        return f"only {spell(NOT_YET[key.path])} in this version"
    if get_origin(key.kind) is Literal:
        return ", ".join(map(spell, get_args(key.kind)))
    if key.bounds is None or key.bounds == Bounded():
        return ""
    low, high = (_bound(key, bound) for bound in (key.bounds.low, key.bounds.high))
    if not high:
        return f"at least {low}"
    return ", ".join([f"{low} to {high}" if low else f"at most {high}", *map(spell, words_of(key.kind))])


def _bound(key: Key, bound: float | None) -> str:
    if bound is None:
        return ""
    if key.kind in (Seconds, Bytes):
        return str(key.kind(bound))
    return str(bound)


def _shown_default(key: Key) -> Any:
    return "corp.example" if key.default is msgspec.NODEFAULT else key.default


def _assignment(name: str, value: Any) -> str:
    return f"{name} = {spell(value, len(name) + 3)}"


def effective(loaded: Loaded) -> str:
    """Return the configuration in force as TOML, each value with its origin: file, `$VARIABLE`, `--set` or default."""
    return _tables(loaded, only_changed=False)


def difference(loaded: Loaded) -> str:
    """Return, as TOML with origins, only the values that differ from the defaults; empty when none does."""
    return _tables(loaded, only_changed=True)


def _tables(loaded: Loaded, *, only_changed: bool) -> str:
    tables: list[str] = []
    for section in sections(Configuration):
        if not section.path:
            continue
        if section.repeated:
            tables += _repeated(section, loaded, only_changed=only_changed)
            continue
        lines = list(_values(section, loaded, only_changed=only_changed))
        if lines:
            tables.append("\n".join([f"[{section.path}]", *lines]) + "\n")
    return "\n".join(tables)


def _values(section: Section, loaded: Loaded, *, only_changed: bool) -> Iterator[str]:
    for key in section.keys:
        value = value_at(loaded.given if only_changed else loaded.configuration, key.path)
        if value is not None and (not only_changed or value != key.default):
            yield f"{_assignment(key.name, _shown(key, value))}  # {loaded.origin(key.path)}"


def _shown(key: Key, value: object) -> object:
    """What is printed of a value: a secret would end in a terminal, a ticket or a mail."""
    return HIDDEN if is_secret(key.name) and value else value


def _repeated(section: Section, loaded: Loaded, *, only_changed: bool) -> Iterator[str]:
    items = value_at(loaded.given if only_changed else loaded.configuration, section.path)
    for index, item in enumerate(items if isinstance(items, tuple) else ()):
        lines = [f"[[{section.path}]]  # {loaded.origin(f'{section.path}[{index}]')}"]
        values = [(key, _shown(key, value_at(item, key.name))) for key in section.keys]
        lines += [
            _assignment(key.name, value)
            for key, value in values
            if value is not None and (key.default is msgspec.NODEFAULT or value != key.default)
        ]
        yield "\n".join(lines) + "\n"
