# SPDX-License-Identifier: ISC
"""Quantities with units, and strict decoding of configuration values into frozen settings.

No room's own settings live here and no file is read here: `settings` composes and loads. This module only knows
what a duration, a size and a bound are, so that presets and lab worlds can use the same words as the server.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from resolver.errors import ResolverError

_DURATION_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SIZE_UNITS: Final = {
    "B": 1,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "kB": 1000,
    "MB": 10**6,
    "GB": 10**9,
}
_EXPECTED: Final = {
    "object": "a table",
    "array": "a list",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
}
_UNINDEXED: Final = re.compile(r"\[\d+\]")
_QUANTITY: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


class Seconds(float):
    """A duration in seconds; reads `"1d"`, `"1800ms"`, `"1h30m"` or a bare number of seconds."""

    __slots__ = ()

    @classmethod
    def read(cls, value: object) -> Seconds:
        """Return the duration that `value` spells. Raises ValueError on anything else, and on a negative one."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return cls(_not_negative(float(value)))
        if not isinstance(value, str):
            raise ValueError("a duration is a number of seconds or text such as '30s' or '1d'")
        if re.fullmatch(r"\d+(?:\.\d+)?", value):
            return cls(float(value))
        return cls(_sum_of_parts(value, _DURATION_UNITS, "30s, 1800ms, 1h30m or 1d"))

    def __str__(self) -> str:
        return self.spell()

    def spell(self) -> str:
        """Return the shortest exact spelling: `1d`, `90s`, `1800ms`, `0s`."""
        whole = round(self * 1000)
        if abs(self * 1000 - whole) > 1e-3:  # finer than milliseconds, which no default is
            return f"{self:.9f}".rstrip("0") + "s"
        for unit in ("d", "h", "m", "s"):
            each = round(_DURATION_UNITS[unit] * 1000)
            if whole and whole % each == 0:
                return f"{whole // each}{unit}"
        return f"{whole}ms" if whole else "0s"


class Bytes(int):
    """A size in bytes; reads `"128MiB"`, `"4kB"` or a bare number of bytes."""

    __slots__ = ()

    @classmethod
    def read(cls, value: object) -> Bytes:
        """Return the size that `value` spells. Raises ValueError on anything else, and on a negative one."""
        if isinstance(value, int) and not isinstance(value, bool):
            return cls(_not_negative(value))
        if not isinstance(value, str):
            raise ValueError("a size is a number of bytes or text such as '128MiB'")
        if value.isdigit():
            return cls(int(value))
        return cls(_sum_of_parts(value, _SIZE_UNITS, "512KiB, 128MiB or 1GiB"))

    def __str__(self) -> str:
        return self.spell()

    def spell(self) -> str:
        """Return the shortest exact spelling: `128MiB`, `1000B`."""
        for unit in ("GiB", "MiB", "KiB"):
            if self and self % _SIZE_UNITS[unit] == 0:
                return f"{self // _SIZE_UNITS[unit]}{unit}"
        return f"{int(self)}B"


def _not_negative(value: float | int) -> Any:
    if not value >= 0 or value == float("inf"):
        raise ValueError("must be a finite number, zero or more")
    return value


def _sum_of_parts(text: str, units: Mapping[str, float], examples: str) -> float:
    parts = _QUANTITY.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.replace(" ", ""):
        raise ValueError(f"not a quantity; write it like {examples}")
    total: float = 0
    for number, unit in parts:
        if unit not in units:
            raise ValueError(f"unknown unit {unit!r}; write it like {examples}")
        total += (float(number) if "." in number else int(number)) * units[unit]
    return total


@dataclass(frozen=True, slots=True)
class Bounded:
    """The lowest and highest value an annotated setting may take, inclusive; None leaves that side open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Doc:
    """One line on a setting: what it does and where its default comes from. Feeds the config file and schema."""

    text: str


@dataclass(frozen=True, slots=True)
class Inherited:
    """Marks a setting, or a block of them, that is taken from elsewhere unless it is given; `text` says from where."""

    text: str


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every frozen block of settings. Fields are `Annotated[type, Doc(...), Bounded(...)] = default`."""


class DecodeError(ResolverError):
    """A configuration value that does not fit; `path` is the dotted key, `value` what was given, `allowed` why not."""

    def __init__(self, path: str, value: object, allowed: str) -> None:
        super().__init__(f"{path} = {value!r}: {allowed}")
        self.path = path
        self.value = value
        self.allowed = allowed


S = TypeVar("S", bound=Settings)


def decode(kind: type[S], values: Mapping[str, Any], path: str = "") -> S:
    """Decode a mapping (as `tomllib` gives it) into settings of type `kind`, strictly.

    `path` is put in front of keys in errors. Raises DecodeError on unknown keys, wrong types and bounds.
    """
    try:
        settings = msgspec.convert(values, kind, dec_hook=_read_quantity, strict=True)
    except msgspec.ValidationError as error:
        raise _explain(str(error), values, path, kind) from None
    for keys, allowed in _out_of_bounds(settings, ""):
        raise DecodeError(_dotted(path, keys), _value_at(values, keys), allowed)
    return settings


def _read_quantity(kind: type, value: object) -> object:
    if kind in (Seconds, Bytes):
        return kind.read(value)
    raise ValueError(f"cannot be read as {kind.__name__}")


def _explain(text: str, values: Mapping[str, Any], path: str, kind: type[Settings]) -> DecodeError:
    """Turn msgspec's message (`… - at `$.server.workers``) into our path, value and remedy."""
    why, _, where = text.partition(" - at `")
    keys = where.rstrip("`").removeprefix("$").removeprefix(".")
    unknown = re.search(r"unknown field `([^`]+)`", why)
    if unknown:
        here = kind_at(kind, keys)
        known = ", ".join(here.__struct_fields__) if here else ""
        keys = f"{keys}.{unknown[1]}" if keys else unknown[1]
        why = f"no such key; keys here are: {known}" if known else "no such key"
    return DecodeError(_dotted(path, keys), _value_at(values, keys), why)


def remedy(error: DecodeError, kind: type[Settings]) -> str:
    """Return what to do about `error`, which decoding into `kind` raised, in words for who wrote the file."""
    table, _, name = error.path.rpartition(".")
    if error.allowed.startswith("no such key"):
        known = error.allowed.partition(" are: ")[2].split(", ")
        near = difflib.get_close_matches(name or error.path, known, n=1)
        where = f"[{_UNINDEXED.sub('', table)}]" if table else "the top"
        return (
            f"no such key; did you mean {near[0]!r}?"
            if near
            else (f"no such key; keys at {where} are {', '.join(known)}")
        )
    expected = re.match(r"Expected `([^`]+)`", error.allowed)
    if expected:
        return "must be " + " or ".join(_EXPECTED.get(word, word) for word in expected[1].split(" | "))
    missing = re.search(r"missing required field `([^`]+)`", error.allowed)
    if missing:
        return f"the key {missing[1]!r} is missing; add it"
    if error.allowed.startswith("Invalid enum value"):
        return _one_of(kind_at(kind, table), _UNINDEXED.sub("", name))
    return error.allowed


def blamed(error: DecodeError) -> tuple[str, object]:
    """Return the key and value at fault. A rule of a whole block names its key first: "min (2d) must not …"."""
    named = re.match(r"(\w+)(?=:| \(| must| cannot)", error.allowed)
    if named and isinstance(error.value, Mapping) and named[1] in error.value:
        key = f"{error.path}.{named[1]}" if error.path else named[1]
        return key, error.value[named[1]]
    return error.path, error.value


def _one_of(table: type[Settings] | None, name: str) -> str:
    hint = get_type_hints(table, include_extras=True).get(name) if table is not None else None
    words = ", ".join(repr(word) for word in words_of(bare_type(hint)))
    number = any(isinstance(extra, Bounded) for extra in get_args(hint)[1:])
    return f"must be a number or {words}" if number else f"must be one of {words}"


def words_of(kind: Any) -> tuple[object, ...]:
    """Return the words that a value of type `kind` may be, alone, in a list or in the place of a number."""
    words: list[object] = []
    for each in (kind, *get_args(kind)):
        if get_origin(each) is Literal:
            words += get_args(each)
        elif isinstance(each, type) and issubclass(each, Enum):
            words += [member.value for member in each]
    return tuple(words)


def kind_at(kind: type[Settings], keys: str) -> type[Settings] | None:
    """Return the Settings class that the dotted `keys` lead to below `kind`, or None."""
    here: Any = kind
    for key in re.findall(r"[^.\[\]]+", re.sub(r"\[\d+\]", "", keys)):
        if isinstance(here, type) and issubclass(here, Settings):
            here = bare_type(get_type_hints(here, include_extras=True).get(key))
        inner = [a for a in get_args(here) if isinstance(a, type) and issubclass(a, Settings)]
        here = inner[0] if inner else here
    return here if isinstance(here, type) and issubclass(here, Settings) else None


def bare_type(hint: Any) -> Any:
    """Return `hint` without its `Annotated` wrapping."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _value_at(values: Any, keys: str) -> object:
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", keys):
        try:
            values = values[int(index)] if index else values[name]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def _dotted(path: str, keys: str) -> str:
    return f"{path}.{keys}" if path and keys else path or keys


def _out_of_bounds(settings: Settings, path: str) -> Iterator[tuple[str, str]]:
    """The dotted keys of values that are too low or too high, and what is allowed."""
    for name, hint in get_type_hints(type(settings), include_extras=True).items():
        value = getattr(settings, name)
        here = _dotted(path, name)
        if isinstance(value, Settings):
            yield from _out_of_bounds(value, here)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Settings):
                    yield from _out_of_bounds(item, f"{here}[{index}]")
        if value is None or isinstance(value, str):  # not set, or a word in the place of a number ("auto")
            continue
        for bound in (a for a in get_args(hint)[1:] if isinstance(a, Bounded)):
            if bound.low is not None and value < bound.low:
                yield here, f"must be at least {type(value)(bound.low)}"
            if bound.high is not None and value > bound.high:
                yield here, f"must be at most {type(value)(bound.high)}"
