# SPDX-License-Identifier: ISC
"""The real hierarchy and our resolver in front of it, once per test process; every test here is marked `interop`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.dig import Dig
from tests.interop.hierarchy import Hierarchy, hierarchy
from tests.live.serving import Serving

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session")
def internet(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hierarchy]:
    """NSD, Knot DNS and BIND on loopback."""
    with hierarchy(program, tmp_path_factory.mktemp("internet")) as running:
        yield running


@pytest.fixture(scope="session")
def resolver(internet: Hierarchy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Our resolver, pointed at it by its root hints."""
    with Serving(tmp_path_factory.mktemp("resolver"), internet.settings()) as serving:
        yield serving


@pytest.fixture(scope="session")
def dig(program: Callable[[str], str], resolver: Serving) -> Dig:
    """`dig`, asking our resolver unless told to ask another."""
    return Dig(program("dig"), "127.0.0.1", resolver.port)
