# SPDX-License-Identifier: ISC
"""The shape of files: short, headed, documented, with no room for leftovers."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import all_sources, functions, name_of, sources, syntax

MOST_LINES = 400
MOST_FUNCTION_LINES = 60
GRAB_BAGS = ("utils", "util", "helpers", "helper", "common", "manager", "misc")
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


@pytest.mark.parametrize("path", all_sources(), ids=name_of)
def test_a_file_is_at_most_400_lines(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= MOST_LINES, f"{name_of(path)} has {lines} lines: split it along its nouns"


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_function_is_at_most_60_lines(path: Path) -> None:
    long = {node.name: node.end_lineno - node.lineno + 1 for node in functions(path) if node.end_lineno}
    over = {name: lines for name, lines in long.items() if lines > MOST_FUNCTION_LINES}
    assert not over, f"{name_of(path)}: {over}"


@pytest.mark.parametrize("path", all_sources(), ids=name_of)
def test_a_file_begins_with_its_licence(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    if not lines:
        return
    head = lines[1] if lines[0].startswith("#!") else lines[0]
    assert head == "# SPDX-License-Identifier: ISC", name_of(path)


@pytest.mark.parametrize("path", all_sources(), ids=name_of)
def test_a_file_says_what_it_is_for(path: Path) -> None:
    tree = syntax(path)
    assert not tree.body or ast.get_docstring(tree), f"{name_of(path)} has code and no docstring"


@pytest.mark.parametrize("path", all_sources(), ids=name_of)
def test_no_grab_bag_and_no_leftovers(path: Path) -> None:
    assert path.stem not in GRAB_BAGS, f"{name_of(path)}: name it for what it does"
    if path.name != Path(__file__).name:
        assert not LEFTOVERS.search(path.read_text("utf-8")), f"{name_of(path)} has a leftover note"


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_no_handler_catches_everything(path: Path) -> None:
    """`except:` and `except BaseException` swallow cancellation and Ctrl-C, unless they tidy up and raise again."""
    found = [
        node.lineno
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "BaseException"))
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]
    assert not found, f"{name_of(path)}: lines {found}"


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_every_ignore_carries_its_reason(path: Path) -> None:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        ignore = re.search(r"# (type: ignore\[[^\]]+\]|noqa: [A-Z0-9, ]+|type: ignore|noqa)(.*)", line)
        if ignore:
            assert "[" in ignore[1] or ":" in ignore[1], (
                f"{name_of(path)}:{number}: name the rule that is ignored"
            )
            assert ignore[2].strip(" -#:"), f"{name_of(path)}:{number}: say why, after the rule"
