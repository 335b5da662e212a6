# SPDX-License-Identifier: ISC
"""Writes what is generated from the settings anew: `python -m tests.settings.renew`, after a change of a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from resolver.settings.reference import policy_keys_page, reference_page
from resolver.settings.render import default_file
from resolver.shipped import shipped

DOCS: Final = Path(__file__).parents[2] / "docs"
GENERATED: Final[Mapping[Path, Callable[[], str]]] = {
    shipped("resolver.toml"): default_file,
    DOCS / "configuration.md": reference_page,
    DOCS / "policy-keys.md": policy_keys_page,
}

if __name__ == "__main__":
    for path, text in GENERATED.items():
        path.write_text(text(), "utf-8")
