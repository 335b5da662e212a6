# SPDX-License-Identifier: ISC
"""What is said between the supervisor and a worker: orders one way, answers the other, as JSON.

    Order(id, do)   ──►   the worker does one after the other, in their order; what takes long runs beside them
    Answer(id, …)   ◄──   a value, or the text of a ResolverError
    PassOn(do)      ◄──   unasked: what all the others are to do

Shapes only. Configurations travel whole: no worker reads a file, so no two of them can have read different ones.
"""

from __future__ import annotations

from typing import Any

import msgspec

from resolver.control.commands import AnyCommand
from resolver.settings.model import Configuration
from resolver.telemetry.transfer import PackedSample
from resolver.units import Bytes, Seconds, decode

Names = list[tuple[bytes, str]]  # `Hints`: root server name, address


class Start(msgspec.Struct, frozen=True, tag="start"):
    """Open everything and begin to answer, as number `worker` of `workers`; `master` makes the secrets of all."""

    worker: int
    workers: int
    configuration: dict[str, Any]
    hints: Names
    places: dict[str, tuple[str, int]]
    master: bytes = b""


class Prepare(msgspec.Struct, frozen=True, tag="prepare"):
    """Check a configuration and make ready to adopt it; nothing changes yet."""

    configuration: dict[str, Any]
    hints: Names


class Commit(msgspec.Struct, frozen=True, tag="commit"):
    """Adopt what was prepared."""


class Abort(msgspec.Struct, frozen=True, tag="abort"):
    """Forget what was prepared."""


class Look(msgspec.Struct, frozen=True, tag="look"):
    """Say what goes on and what was counted: a `Seen`. It is also how the supervisor knows that a worker lives."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Drain and end; there is no answer but the end."""


Do = Start | Prepare | Commit | Abort | Look | Stop | AnyCommand


class Order(msgspec.Struct, frozen=True):
    """One thing to do; its answer bears the same `id`."""

    id: int
    do: Do


class PassOn(msgspec.Struct, frozen=True, tag="pass_on"):
    """What a worker says unasked: have all the others do this. A NOTIFY reaches one of them and concerns them all."""

    do: AnyCommand


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """What came of the order `id`; with `error` it was not done.

    `crashed`: a bug of ours ended it, and nobody knows how far it had got.
    """

    id: int
    value: Any = None
    error: str = ""
    crashed: bool = False


class Seen(msgspec.Struct, frozen=True):
    """The answer to `Look`."""

    view: dict[str, int]
    samples: list[PackedSample]


def encode(message: Order | Answer | PassOn) -> bytes:
    """Return the JSON of a message."""
    return msgspec.json.encode(message, enc_hook=_quantity)


def read_order(message: bytes) -> Order:
    """Read what the supervisor sent. Raises msgspec.DecodeError, which is a bug of ours."""
    return msgspec.json.decode(message, type=Order)


def read_said(message: bytes) -> Answer | PassOn:
    """Read what a worker sent. Raises msgspec.DecodeError, which is a bug of ours."""
    said: Answer | PassOn = msgspec.json.decode(message, type=Answer | PassOn)
    return said


def pack(configuration: Configuration) -> dict[str, Any]:
    """Return a configuration as what JSON can hold."""
    packed: dict[str, Any] = msgspec.to_builtins(configuration, enc_hook=_quantity)
    return packed


def unpack(packed: dict[str, Any]) -> Configuration:
    """Return the configuration that was packed, with every type and bound checked again. Raises DecodeError."""
    return decode(Configuration, packed)


def _quantity(value: object) -> float | int:
    """A duration or a size is a number to JSON."""
    if isinstance(value, Seconds):
        return float(value)
    if isinstance(value, Bytes):
        return int(value)
    raise TypeError(f"{type(value).__name__} does not travel")
