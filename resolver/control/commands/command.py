# SPDX-License-Identifier: ISC
"""What every command is: a value that is read, run inside a process, and combined over several. No command itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Self

import msgspec

from resolver.cache import Caches, ImageCache
from resolver.control.parameters import Parameters
from resolver.engine.outcome import Outcome
from resolver.engine.ports import World
from resolver.events import Tell
from resolver.policy import Policy
from resolver.service import Service

View = dict[str, Any]  # JSON-ready; durations in seconds
TraceFrom = Callable[[bytes, int, Tell], Awaitable[Outcome | None]]


class Spread(Enum):
    """Who of several workers is told."""

    EACH = "each"  # all that are up are asked; one that ends meanwhile is left out
    ALL = "all"  # all are told; one that does not say that it has done it is ended, and starts with an empty cache
    ONE = "one"  # any one of them


@dataclass(frozen=True, slots=True)
class Inside:
    """What a command works on. `service` and `policy` give those of the moment: a reload makes new ones.

    `resolve_from_root` takes name, type and who hears its events, and uses no cache.
    """

    world: World
    caches: Caches
    images: ImageCache
    service: Callable[[], Service]
    resolve_from_root: TraceFrom
    policy: Callable[[], Policy]


class Command(msgspec.Struct, frozen=True):
    """Base of all commands: fields are what was asked, methods what comes of it.

    `path` is the end of its URL, `keys` what a caller may give. A command that `writes` is for the control socket, or
    for HTTP with the token; one that `shows_names` is for the control socket alone.
    """

    path: ClassVar[str]
    keys: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[bool] = False
    shows_names: ClassVar[bool] = False
    beside: ClassVar[bool] = False  # takes its time: a worker does other commands meanwhile

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Return the command that was asked for. Raises BadRequest."""
        return cls()

    @property
    def spread(self) -> Spread:
        """Who of several workers is told."""
        return Spread.EACH

    async def run(self, inside: Inside) -> View:
        """Do it in this process. Raises ResolverError."""
        raise TypeError(f"{type(self).__name__} does nothing")

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Make one of the answers of several workers, each with the worker's number; numbers are added up."""
        return added_up([view for _, view in answers])


def added_up(views: Sequence[View]) -> View:
    """Return one view with the sums of all numbers, however deep they stand; of other values the last."""
    sums: View = {}
    for view in views:
        for key, value in view.items():
            if isinstance(value, dict):
                sums[key] = added_up([sums.get(key, {}), value])
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                sums[key] = sums.get(key, 0) + value
            else:
                sums[key] = value
    return sums
