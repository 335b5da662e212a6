# SPDX-License-Identifier: ISC
"""Writes what is generated from the settings anew: `python -m tests.settings.renew`, after a change of a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from resolver.settings.reference import reference_page
from resolver.settings.render import default_file
from resolver.shipped import shipped

GENERATED: Final[Mapping[Path, Callable[[], str]]] = {
    shipped("resolver.toml"): default_file,
    Path(__file__).parents[2] / "docs" / "configuration.md": reference_page,
}

if __name__ == "__main__":
    for path, text in GENERATED.items():
        path.write_text(text(), "utf-8")
