# SPDX-License-Identifier: ISC
"""Tests mirror the packages: `resolver/<room>/<module>.py` is proved by `tests/<room>/test_<module>.py`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT, functions, name_of, sources

# A module without a test file of its own, and the reason.
ELSEWHERE = {
    "resolver/__main__.py": "two lines: calls cli, which has tests",
}


DECISIONS = (ast.If, ast.For, ast.While, ast.Match, ast.Try, ast.IfExp, ast.comprehension)


def _has_substance(path: Path) -> bool:
    """Whether the module decides anything: a function of it branches, loops or reckons. Signatures do not count."""
    nodes = [
        node
        for function in functions(path)
        for statement in function.body
        for node in ast.walk(statement)
        if not isinstance(statement, ast.AnnAssign)
    ]
    return any(
        isinstance(node, DECISIONS) or (isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr))
        for node in nodes
    )


def _modules() -> list[Path]:
    return [path for path in sources() if path.name != "__init__.py" and _has_substance(path)]


@pytest.mark.parametrize("path", _modules(), ids=name_of)
def test_a_module_has_its_test(path: Path) -> None:
    if name_of(path) in ELSEWHERE:
        return
    inner = path.relative_to(PACKAGE)
    expected = ROOT / "tests" / inner.parent / f"test_{inner.name}"
    assert expected.exists(), f"{name_of(path)} has no {name_of(expected)}"


def test_every_exception_is_still_needed() -> None:
    for name in ELSEWHERE:
        path = ROOT / name
        expected = ROOT / "tests" / path.relative_to(PACKAGE).parent / f"test_{path.name}"
        assert path.exists(), f"{name} is gone: strike it from the list"
        assert not expected.exists(), f"{name} has its own test now: strike it from the list"
