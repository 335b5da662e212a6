# SPDX-License-Identifier: ISC
"""The source tree as the architecture tests see it: files, their syntax trees and what they import."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "resolver"


@cache
def sources() -> tuple[Path, ...]:
    """Every Python file of the package, in order."""
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def all_sources() -> tuple[Path, ...]:
    """Every Python file of the project: package, tests and benchmarks."""
    folders = (PACKAGE, ROOT / "tests", ROOT / "benchmarks")
    return tuple(sorted(path for folder in folders for path in folder.rglob("*.py")))


@cache
def syntax(path: Path) -> ast.Module:
    """The syntax tree of the file at `path`."""
    collecting = gc.isenabled()
    gc.disable()  # a collection in the middle of it can end in a SystemError (CPython issue 106905)
    try:
        return ast.parse(path.read_text("utf-8"), str(path))
    finally:
        if collecting:
            gc.enable()


def name_of(path: Path) -> str:
    """The path from the root of the project, as text, for messages and exception lists."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted module of every import in the file, wherever in it; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of the file, methods and inner ones too."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
