# SPDX-License-Identifier: ISC
"""One resolution from the root, told step by step."""

from __future__ import annotations

from typing import ClassVar, Self

from resolver.control.commands.command import Command, Inside, Spread, View
from resolver.control.parameters import BadRequest, Parameters, given_name, read_type
from resolver.control.tracing import Recorder
from resolver.control.views import outcome_view
from resolver.engine.outcome import Resolved
from resolver.wire import to_text
from resolver.wire.codes import type_to_text


class Trace(Command, frozen=True, tag="trace"):
    """Resolve `name` and `rtype` from the root with empty caches; the view has every step."""

    path: ClassVar[str] = "trace"
    keys: ClassVar[tuple[str, ...]] = ("name", "type")
    writes: ClassVar[bool] = True
    beside: ClassVar[bool] = True

    name: bytes
    rtype: int

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read the question."""
        name = given_name(given)
        if name is None:
            raise BadRequest("a trace needs a name")
        return cls(name, read_type(given.get("type", "A")))

    @property
    def spread(self) -> Spread:
        """Any worker will do: none of them uses its cache for it."""
        return Spread.ONE

    async def run(self, inside: Inside) -> View:
        """Resolve it."""
        world = inside.world
        began_at = world.ticks()
        recorder = Recorder(began_at)
        outcome = await inside.resolve_from_root(self.name, self.rtype, recorder)
        view = outcome_view(outcome, world.now())
        if isinstance(outcome, Resolved):
            view["withheld"] = inside.service().rebinding.withholds(outcome.chain)
        return {
            "name": to_text(self.name),
            "type": type_to_text(self.rtype),
            "steps": recorder.steps,
            "outcome": view,
            "seconds": round(world.ticks() - began_at, 6),
        }
