# SPDX-License-Identifier: ISC
"""What the laboratory's commands need beside the resolver itself, and what to say where it is not installed."""

from __future__ import annotations

import sys
from typing import Final

from resolver.cli.exits import CommandFailed

# The extra `lab` of pyproject.toml; a test compares. By name, for what the resolver's own is called depends on where it
# came from: a checkout, a wheel.
LIBRARIES: Final = ("matplotlib", "numba", "numpy", "pyarrow")


def missing(error: ModuleNotFoundError) -> Exception:
    """Return what to tell of a module that is not there: how to install the laboratory's, else the error itself."""
    if error.name is None or error.name.partition(".")[0] not in LIBRARIES:
        return error
    install = f"{sys.executable} -m pip install {' '.join(LIBRARIES)}"
    return CommandFailed(f"{error.name} is not installed - run: {install}")
