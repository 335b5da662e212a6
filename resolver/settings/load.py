# SPDX-License-Identifier: ISC
"""Loading a configuration: defaults, then the file, then the environment, then flags; strictly, each origin kept.

    resolver.toml ─► RESOLVER_SECTION__KEY ─► --set SECTION.KEY=VALUE ─► decode ─► policy filled in ─► check ─► Loaded

Nothing is half-loaded: the result is whole and checked, or one SettingsError. What a value may be is said by the rooms'
settings classes, and how values go together by `check`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from resolver.policy.presets import PolicyError
from resolver.policy.settings import Mode, PolicySettings
from resolver.settings.check import problems
from resolver.settings.errors import SettingsError
from resolver.settings.keys import all_keys, sections
from resolver.settings.model import Configuration
from resolver.settings.overrides import Override, from_environment, from_flags, put
from resolver.settings.policies import POLICY_ORIGIN, fill_in
from resolver.units import DecodeError, blamed, decode, remedy

DEFAULT_ORIGIN: Final = "default"
RUN_TIME_ORIGIN: Final = "set at run time"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and where each value that was given came from: a file, `$VARIABLE` or `--set KEY`.

    `given` is what they spell, `configuration` the same with the policy it names filled in (`policies`).
    """

    configuration: Configuration
    origins: Mapping[str, str] = field(default_factory=dict)
    path: Path | None = None
    given: Configuration = field(default_factory=Configuration)

    def origin(self, key: str) -> str:
        """Return who set the dotted `key`, or "default"."""
        return _origin_of(self.origins, key) or DEFAULT_ORIGIN


def load(
    path: str | Path | None = None, environment: Mapping[str, str] | None = None, flags: Iterable[str] = ()
) -> Loaded:
    """Load the configuration from the file at `path` (None: no file), the `environment` and `flags` (KEY=VALUE texts).

    The environment is an argument and never read here. Raises SettingsError with the first fault found.
    """
    loaded = _decode(path, environment or {}, flags)
    for problem in problems(loaded.configuration, loaded.origin):
        raise problem
    return loaded


def faults(
    path: str | Path | None = None, environment: Mapping[str, str] | None = None, flags: Iterable[str] = ()
) -> list[SettingsError]:
    """Return every fault of the configuration that `load` would load; empty when it is good.

    A value that cannot be read is left out and the rest read on; of a list, the first such fault is told. How values go
    together is only looked at when each of them can be read.
    """
    try:
        file, values, origins = _gather(path, environment or {}, flags)
        found: list[SettingsError] = []
        while True:
            try:
                configuration = decode(Configuration, values)
                break
            except DecodeError as error:
                found.append(_explain(error, origins))
                if not (_leave_out(values, blamed(error)[0]) or _leave_out(values, error.path)):
                    return found
        if found:
            return found
        loaded = _filled(configuration, origins, file)
    except SettingsError as error:
        return [error]
    return list(problems(loaded.configuration, loaded.origin))


def _leave_out(values: dict[str, Any], key: str) -> bool:
    """Take the dotted `key` out of `values`, or the list that it is in; whether it was there."""
    *tables, name = key.partition("[")[0].split(".")
    here: Any = values
    for table in tables:
        here = here.get(table)
        if not isinstance(here, dict):
            return False
    return here.pop(name, None) is not None


def _gather(
    path: str | Path | None, environment: Mapping[str, str], flags: Iterable[str]
) -> tuple[Path | None, dict[str, Any], dict[str, str]]:
    """Return the file, what all sources give together, and which gave what."""
    file = None if path is None else Path(path)
    values = {} if file is None else _read(file)
    origins = {key: str(file) for key in _leaves(values)}
    overrides = (*from_environment(Configuration, environment), *from_flags(Configuration, flags))
    for override in overrides:
        _apply(override, values, origins)
    return file, values, origins


def _decode(path: str | Path | None, environment: Mapping[str, str], flags: Iterable[str]) -> Loaded:
    file, values, origins = _gather(path, environment, flags)
    try:
        configuration = decode(Configuration, values)
    except DecodeError as error:
        raise _explain(error, origins) from None
    return _filled(configuration, origins, file)


def with_policy(loaded: Loaded, name: str, mode: Mode = Mode.ENFORCE) -> Loaded:
    """Return `loaded` with the policy called `name` in force, judged as a shadow, or off; all that was given stays.

    Raises SettingsError when there is no such policy, or nothing to switch off.
    """
    settings = loaded.given.policy
    match mode:
        case Mode.ENFORCE:
            key, policy = "policy.name", msgspec.structs.replace(settings, name=name)
        case Mode.SHADOW:
            shadows = (*(shadow for shadow in settings.shadow if shadow != name), name)
            key, policy = "policy.shadow", msgspec.structs.replace(settings, shadow=shadows)
        case Mode.OFF:
            key, policy = "policy.shadow", msgspec.structs.replace(settings, shadow=_without(settings, name))
    origins = {**_given(loaded.origins), key: RUN_TIME_ORIGIN}
    fresh = _filled(msgspec.structs.replace(loaded.given, policy=policy), origins, loaded.path)
    for problem in problems(fresh.configuration, fresh.origin):
        raise problem
    return fresh


def _without(settings: PolicySettings, name: str) -> tuple[str, ...]:
    if name in settings.shadow:
        return tuple(shadow for shadow in settings.shadow if shadow != name)
    remedy = "it is no shadow; shadows are " + (", ".join(settings.shadow) or "none")
    if name == settings.name:
        remedy = "it rules; put another in its place with --mode enforce"
    raise SettingsError(RUN_TIME_ORIGIN, "policy.shadow", name, remedy)


def _filled(given: Configuration, origins: Mapping[str, str], path: Path | None) -> Loaded:
    try:
        configuration, by_policy = fill_in(given, lambda key: _origin_of(origins, key))
    except PolicyError as error:
        remedy = str(error).partition(" - ")[2] if not error.key else str(error)
        raise SettingsError(
            _origin_of(origins, "policy.name") or "", "policy.name", given.policy.name, remedy
        ) from None
    except DecodeError as error:
        raise _explain(error, origins) from None
    return Loaded(configuration, {**origins, **by_policy}, path, given)


def _given(origins: Mapping[str, str]) -> dict[str, str]:
    """The origins without those that a policy filled in."""
    return {key: origin for key, origin in origins.items() if not origin.startswith(POLICY_ORIGIN)}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError(str(file), "", None, f"cannot be read: {why}; give a readable file") from None
    except UnicodeDecodeError:
        raise SettingsError(str(file), "", None, "is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(file), "", None, f"not TOML: {error}; mend that line") from None


def _apply(override: Override, values: dict[str, Any], origins: dict[str, str]) -> None:
    put(values, override.key, override.value)
    for key in [key for key in origins if key.startswith((f"{override.key}.", f"{override.key}["))]:
        del origins[key]
    origins[override.key] = override.source


def _leaves(values: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The dotted keys of all values that are not tables: a table does not set the keys it leaves out."""
    for name, value in values.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            yield from _leaves(value, here)
        else:
            yield here


def _origin_of(origins: Mapping[str, str], key: str) -> str | None:
    """The origin of `key`, else of the nearest table or list above it, else of the first key below it."""
    above = key
    while above:
        if above in origins:
            return origins[above]
        above = above[: max(above.rfind("."), above.rfind("["), 0)]
    return next((source for below, source in origins.items() if below.startswith(f"{key}.")), None)


def _explain(error: DecodeError, origins: Mapping[str, str]) -> SettingsError:
    key, value = blamed(error)
    return SettingsError(_origin_of(origins, key) or "", key, value, _remedy(error))


def _remedy(error: DecodeError) -> str:
    if error.allowed.startswith("no such key"):
        return f"no such key; {_suggest(error.path)}"
    return remedy(error, Configuration)


def _suggest(path: str) -> str:
    """Name the nearest key in the same table, or the same name in another table, or all keys that are allowed there."""
    table, _, name = re.sub(r"\[\d+\]", "", path).rpartition(".")
    known = {section.path: section for section in sections(Configuration)}
    here = known.get(table)
    names = list(here.kind.__struct_fields__) if here else list(Configuration.__struct_fields__)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    elsewhere = [key for key in all_keys(Configuration) if key.rpartition(".")[2] == name]
    if elsewhere:
        return f"did you mean {elsewhere[0]!r}?"
    where = f"[{table}]" if table else "the top"
    return f"keys at {where} are {', '.join(names)}"
