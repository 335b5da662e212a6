# SPDX-License-Identifier: ISC
"""The configuration as one page of documentation: every key with its default, bounds, meaning and when it applies.

Generated from the table of keys like the default file; nothing about a particular key is known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from resolver.policy.presets import PolicyDocument
from resolver.settings.keys import Key, Section, sections
from resolver.settings.model import Configuration
from resolver.settings.reloading import needs_restart
from resolver.settings.render import allowed
from resolver.settings.spell import spell

_HEAD: Final = """\
# Configuration

Generated from the settings classes by `python -m tests.settings.renew`. All keys are optional: an empty file is a
working configuration. `config/resolver.toml` is the same as a file to copy from.

A value is the last of: default, file (`--config` or `$RESOLVER_CONFIG`), `RESOLVER_SECTION__KEY` in the environment,
`--set SECTION.KEY=VALUE`. Durations are `"1800ms"`, `"30s"`, `"1h30m"`, `"1d"` or a number of seconds; sizes are
`"64KiB"`, `"128MiB"` or a number of bytes. An unknown key is an error that names the nearest known one.

`resolver config check` tells what is wrong with a file, `resolver config show` what is in force and why. A key marked ↻
takes effect at the next start, every other one at a reload (SIGHUP or `resolver reload`).
"""
_ENDLESS: Final = 1 << 16  # a cell has one line
_COLUMNS: Final = "| key | default | allowed | what |\n|---|---|---|---|\n"


_POLICY_HEAD: Final = """\
# Keys of a policy file

Generated from the policy classes by `python -m tests.settings.renew`; what they do together is in
[policies.md](policies.md). All are optional; what is left out is as in `config/policies/default.toml`. A `[[rule]]` may
also stand in the configuration, as `[[policy.rule]]`.
"""


def policy_keys_page() -> str:
    """Return the reference of all keys of a policy file as Markdown; `docs/policy-keys.md` is this text (tested)."""
    return _POLICY_HEAD + "".join(
        f"\n## {_title(section)}\n\n{_COLUMNS}{''.join(_rows(section))}"
        for section in sections(PolicyDocument)
        if section.path
    )


def reference_page() -> str:
    """Return the reference of all keys as Markdown; `docs/configuration.md` is this text (tested)."""
    return _HEAD + "".join(
        f"\n## {_title(section)}\n\n{_COLUMNS}{''.join(_rows(section))}"
        for section in sections(Configuration)
        if section.path
    )


def _title(section: Section) -> str:
    return f"[[{section.path}]], any number of times" if section.repeated else f"[{section.path}]"


def _rows(section: Section) -> Iterator[str]:
    for key in section.keys:
        mark = " ↻" if needs_restart(key.path) else ""
        yield f"| `{key.name}`{mark} | {_default(key)} | {allowed(key)} | {_cell(key.doc)} |\n"


def _default(key: Key) -> str:
    if key.default is msgspec.NODEFAULT:
        return "required"
    if key.default is None:
        return "not set"
    default = f"`{_cell(spell(key.default, -_ENDLESS))}`"
    return f"{default} ({key.inherited})" if key.inherited else default


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
