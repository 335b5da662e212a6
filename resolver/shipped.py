# SPDX-License-Identifier: ISC
"""Where the files that ship with the package are: `config/` of a checkout, `resolver/_config` of an installed wheel.

Only paths live here; nothing is opened or read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent


def shipped(name: str = "") -> Path:
    """Return the path of the shipped file `name` ("root.hints", "lab/default.toml"); the folder itself when empty."""
    installed = _PACKAGE / "_config"
    return (installed if installed.is_dir() else _PACKAGE.parent / "config") / name
