# SPDX-License-Identifier: ISC
"""Conditions of `--fail`: `rcode!=NOERROR`, `ttl<60`, `time>100ms` … judged over one reply. Prints nothing."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.stub import Answered
from resolver.wire import read_ede
from resolver.wire.codes import rcode_to_text

_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_SHAPE: Final = re.compile(r"\s*([a-z]+)\s*(!=|<=|>=|==?|<|>)\s*(\S+)\s*")
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|)")


class Condition(NamedTuple):
    """FIELD OPERATOR VALUE; `text` as it was written."""

    field: str
    test: Callable[[Any, Any], bool]
    value: str | float
    text: str

    def is_met(self, answered: Answered) -> bool:
        """Judge one reply. A field with several values (the TTLs, the EDEs) meets it when any of them does."""
        return any(self.test(value, self.value) for value in _FIELDS[self.field](answered))


_FIELDS: Final[Mapping[str, Callable[[Answered], list[Any]]]] = {
    "rcode": lambda a: [rcode_to_text(a.message.rcode)],
    "answers": lambda a: [len(a.message.answer)],
    "ttl": lambda a: [record.ttl for record in a.message.answer],
    "time": lambda a: [a.seconds],
    "size": lambda a: [a.size],
    "ede": lambda a: [code for code, _ in read_ede(a.message.edns)],
    "tc": lambda a: [int(a.message.tc)],
    "ad": lambda a: [int(a.message.ad)],
    "aa": lambda a: [int(a.message.aa)],
}


def read_condition(text: str) -> Condition:
    """Read one condition. Raises CommandFailed with exit code 2 and the fields there are."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or shape[1] not in _FIELDS:
        raise CommandFailed(
            f"--fail {text!r}: not a condition - write FIELD=VALUE, also != < > <= >=, with {', '.join(_FIELDS)}",
            Exit.USAGE,
        )
    field, symbol, value = shape[1], shape[2].replace("==", "="), shape[3]
    return Condition(field, _OPERATORS[symbol], _value(field, value, text), text)


def _value(field: str, value: str, text: str) -> str | float:
    if field == "rcode":
        return value.upper()
    number = _TIME.fullmatch(value)
    if number is None or (number[2] and field not in ("time", "ttl")):
        raise CommandFailed(
            f"--fail {text!r}: {value!r} is not a number - write it like 60 or 100ms", Exit.USAGE
        )
    return float(number[1]) * (0.001 if number[2] == "ms" else 1)
