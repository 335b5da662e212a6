# SPDX-License-Identifier: ISC
"""Conditions on figures: `hit >= 0.8 and outdated <= 1%`. Words of Python's grammar, read as a tree, never run."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from resolver.errors import ResolverError

_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_UNITS: Final = {"%": 0.01, "ms": 0.001, "s": 1.0}
_QUANTITY: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(%|ms\b|s\b)")
_LONGEST: Final = 500


class AssertionFault(ResolverError):
    """An expression that is none; its text is `what - what to do`."""


class Assertion:
    """One expression over figures by name: comparisons, `and`, `or`, `not` and brackets; numbers in %, ms or s."""

    def __init__(self, text: str, known: Collection[str]) -> None:
        self.text = text
        self._known = known
        scaled = _QUANTITY.sub(lambda found: repr(float(found[1]) * _UNITS[found[2]]), text)
        if len(text) > _LONGEST:
            raise self._fault("is too long")
        try:
            self._tree = ast.parse(scaled.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            raise self._fault("cannot be read") from None
        self._judge(self._tree, dict.fromkeys(known, 0.0))
        self.figures = sorted({node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)})

    def holds(self, figures: Mapping[str, float]) -> bool:
        """Judge the figures. What does not exist (nan) meets no comparison."""
        return bool(self._judge(self._tree, figures))

    def _judge(self, node: ast.expr, figures: Mapping[str, float]) -> bool:
        match node:
            case ast.BoolOp(ast.And(), parts):
                judged = [
                    self._judge(part, figures) for part in parts
                ]  # all of them: a fault anywhere is told
                return all(judged)
            case ast.BoolOp(ast.Or(), parts):
                judged = [self._judge(part, figures) for part in parts]
                return any(judged)
            case ast.UnaryOp(ast.Not(), part):
                return not self._judge(part, figures)
            case ast.Compare(left, ops, others) if all(type(op) in _COMPARISONS for op in ops):
                values = [self._value(part, figures) for part in (left, *others)]
                return all(
                    _COMPARISONS[type(op)](a, b) for op, a, b in zip(ops, values, values[1:], strict=False)
                )
            case _:
                raise self._fault("is not a comparison")

    def _value(self, node: ast.expr, figures: Mapping[str, float]) -> float:
        match node:
            case ast.Constant(int() | float() as number) if not isinstance(number, bool):
                return float(number)
            case ast.Name(name) if name in self._known:
                return figures[name]
            case ast.Name(name):
                raise self._fault(f"has no figure {name!r}")
            case _:
                raise self._fault("compares something else than figures and numbers")

    def _fault(self, what: str) -> AssertionFault:
        return AssertionFault(
            f"--assert {self.text!r} {what} - write 'hit >= 0.8 and outdated <= 1%', with {', '.join(self._known)}"
        )
