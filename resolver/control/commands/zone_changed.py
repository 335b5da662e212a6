# SPDX-License-Identifier: ISC
"""News that a zone has changed: what a NOTIFY says, from an operator, or from a worker that heard one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

from resolver.control.commands.command import Command, Inside, Spread, View
from resolver.control.parameters import BadRequest, Parameters, given_name
from resolver.wire import to_text

_SERIAL_MAX: Final = (1 << 32) - 1


class ZoneChanged(Command, frozen=True, tag="zone_changed"):
    """The zone `name` (wire form) has changed, to `serial` if that is known: see `service.zone_changes`."""

    path: ClassVar[str] = "cache/notify"
    keys: ClassVar[tuple[str, ...]] = ("name", "serial")
    writes: ClassVar[bool] = True

    name: bytes
    serial: int | None = None

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read the zone and its serial."""
        name, serial = given_name(given), given.get("serial")
        if name is None:
            raise BadRequest("news of a change needs the zone's name")
        if serial is None:
            return cls(name)
        text = str(serial)
        if not (text.isascii() and text.isdigit()) or int(text) > _SERIAL_MAX:
            raise BadRequest(f"serial must be a number from 0 to {_SERIAL_MAX}, not {text!r}")
        return cls(name, int(text))

    @property
    def spread(self) -> Spread:
        """All have to have done it."""
        return Spread.ALL

    async def run(self, inside: Inside) -> View:
        """Act upon it; nobody is told any further, for all are told."""
        done = inside.service().changes.notified(self.name.lower(), self.serial, ours=False)
        return {"zone": to_text(self.name), "serial": self.serial, "done": done}

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """What was done, if it was not the same everywhere by worker."""
        done = {number: view["done"] for number, view in answers}
        words = set(done.values())
        said = words.pop() if len(words) == 1 else {str(number): word for number, word in done.items()}
        return {"zone": to_text(self.name), "serial": self.serial, "done": said}
