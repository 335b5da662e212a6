# SPDX-License-Identifier: ISC
"""What a shell may complete beside commands and options: policies, keys, record types. Only asked at a Tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def policies(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Presets that begin so, and files."""
    from click.shell_completion import CompletionItem

    from resolver.policy.presets import preset_names

    found = [CompletionItem(name) for name in preset_names() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def settings(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Configuration keys that begin so, ready for a value."""
    from resolver.settings.keys import all_keys
    from resolver.settings.model import Configuration

    return [f"{path}=" for path in all_keys(Configuration) if path.startswith(incomplete)]


def types(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Record types that begin so."""
    from resolver.wire import Rtype

    return [kind.name for kind in Rtype if kind.name.startswith(incomplete.upper())]
