# SPDX-License-Identifier: ISC
"""What every test may lean on: hypothesis profiles, a quiet collector, and finding the programs of other projects.

No fixture of a single room lives here; those stand beside the room's tests.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")

# No deadline anywhere: a slow machine is not a failing law. The gate draws the same examples every time.
settings.register_profile("laptop", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("gate", parent=settings.get_profile("laptop"), derandomize=True, print_blob=True)
settings.load_profile("gate" if IN_CI else "laptop")


def pytest_collection_finish() -> None:
    """Take what collection made out of the garbage collector's sight: it lives to the end, and is walked no more."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """A function from a program's name to its path. Where the program is missing, the test skips; in CI it fails."""

    def find(name: str) -> str:
        path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if path is None:
            (pytest.fail if IN_CI else pytest.skip)(f"{name} is not installed; .ci/run names the packages")
        return path

    return find


@pytest.fixture(scope="session")
def clean_environment() -> Mapping[str, str]:
    """The environment without any RESOLVER_ variable, for child processes."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RESOLVER_")}
