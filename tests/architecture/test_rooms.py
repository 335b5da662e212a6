# SPDX-License-Identifier: ISC
"""No clock, socket, task or entropy outside the rooms that are for them: elsewhere, time and chance are arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, imports, name_of, sources, syntax

OUTSIDE = (
    "asyncio",
    "socket",
    "time",
    "random",
    "secrets",
    "threading",
    "select",
    "selectors",
    "multiprocessing",
    "uvloop",
)

# Calls that read a clock or draw chance without importing any of the above.
CALLS = (
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("os", "urandom"),
)

# Whole rooms that may. Control's server is an asyncio server; clocks and chance are not its business.
ROOMS = ("runtime", "lab", "cli", "app", "answerer", "supervisor", "__main__")
CONTROL = ("asyncio", "socket")


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _allowed(path: Path, module: str) -> bool:
    return _room(path) in ROOMS or (_room(path) == "control" and module in CONTROL)


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_clock_socket_task_and_entropy_stay_in_their_rooms(path: Path) -> None:
    outside = {
        (line, module.partition(".")[0])
        for line, module in imports(path)
        if module.partition(".")[0] in OUTSIDE
    }
    found = sorted(f"line {line}: {module}" for line, module in outside if not _allowed(path, module))
    assert not found, f"{name_of(path)} imports {', '.join(found)}: take it as an argument or from the world"


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_no_clock_is_read_nor_chance_drawn_by_a_back_door(path: Path) -> None:
    if _room(path) in ROOMS:
        return
    found = [
        f"line {line}: {owner}.{name}" for line, owner, name in _attributes(path) if (owner, name) in CALLS
    ]
    assert not found, f"{name_of(path)}: {', '.join(found)}: take it as an argument or from the world"


def test_mersenne_twister_stays_in_the_laboratory() -> None:
    """CVE-2025-40780: what can be recovered from its output must draw no ID, port or letter case."""
    users = {name_of(path) for path in sources() if any(module == "random" for _, module in imports(path))}
    assert all(name.startswith("resolver/lab/") for name in users), users


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_nothing_sleeps_the_process(path: Path) -> None:
    """`time.sleep` would stop every client at once; only a client command may wait so."""
    if _room(path) == "cli":
        return
    found = [line for line, owner, name in _attributes(path) if (owner, name) == ("time", "sleep")]
    assert not found, f"{name_of(path)} sleeps the process at lines {found}"


def _attributes(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, owner and name of every `owner.name` in the file."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.lineno, node.value.id, node.attr
