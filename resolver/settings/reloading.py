# SPDX-License-Identifier: ISC
"""What a reload may change, and what it may not. Compares and merges configurations; reads and applies nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

from resolver.settings.keys import all_keys, sections, value_at
from resolver.settings.load import Loaded
from resolver.settings.model import Configuration
from resolver.units import Settings

Load = Callable[[], Loaded]
S = TypeVar("S", bound=Settings)

# Keys, and tables of keys, that sockets, memory or a lab were made from at start; all others apply at a reload.
RESTART_KEYS: Final = (
    "server.listen",
    "server.workers",
    "server.batch",
    "server.loop",
    "server.tcp",
    "upstream.source_addresses",
    "cache",
    "http",
    "control",
    "lab",
)


def needs_restart(key: str) -> bool:
    """Whether a change of the dotted `key` has to wait for the next start."""
    return any(key == fixed or key.startswith(f"{fixed}.") for fixed in RESTART_KEYS)


def changed_keys(old: Configuration, new: Configuration) -> list[str]:
    """Return the dotted keys whose values differ; all tables of a list such as `[[zone]]` together are one key."""
    lists = [section.path for section in sections(Configuration) if section.repeated]
    return [key for key in (*all_keys(Configuration), *lists) if value_at(old, key) != value_at(new, key)]


def applicable(new: Configuration, boot: Configuration) -> Configuration:
    """Return `new` with what needs a restart as it was at start, so that it says what is in force."""
    for key in RESTART_KEYS:
        new = _with(new, boot, key.split("."))
    return new


def _with(new: S, boot: S, names: Sequence[str]) -> S:
    """The settings `new` with the value at the path `names` taken from `boot`."""
    name, *below = names
    value = getattr(boot, name)
    if below:
        value = _with(getattr(new, name), value, below)
    return msgspec.structs.replace(new, **{name: value})


@dataclass(frozen=True, slots=True)
class Reloading:
    """What a reload comes to: the configuration that will be in force, the keys it applies, those that have to wait."""

    configuration: Configuration
    applied: list[str]
    needs_restart: list[str]

    def view(self) -> dict[str, Any]:
        """The answer to who asked for it, JSON-ready."""
        return {"reloaded": True, "applied": self.applied, "needs_restart": self.needs_restart}

    def line(self) -> dict[str, str]:
        """The fields of its log line."""
        return {"applied": ", ".join(self.applied), "restart": ", ".join(self.needs_restart)}


def reloading(fresh: Loaded, *, in_force: Configuration, boot: Configuration) -> Reloading:
    """Say what `fresh` changes, given what is in force and what sockets, memory and lab were made from (`boot`)."""
    new = fresh.configuration
    changed = [key for key in changed_keys(in_force, new) if not needs_restart(key)]
    waiting = [key for key in changed_keys(boot, new) if needs_restart(key)]
    return Reloading(applicable(new, boot), changed, waiting)
