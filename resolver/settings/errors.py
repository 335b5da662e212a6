# SPDX-License-Identifier: ISC
"""What is wrong with a configuration, said so that the operator can mend it without reading the code.

No checking lives here, only the error.
"""

from __future__ import annotations

from typing import Final

from resolver.errors import ResolverError

HIDDEN: Final = "(hidden)"


def is_secret(key: str) -> bool:
    """Whether the value of the dotted `key` is never shown: a misspelt key of a secret counts, a file's name not."""
    name = key.rpartition(".")[2].partition("[")[0]
    return "secret" in name.lower() and not name.endswith("_file")


class SettingsError(ResolverError):
    """One fault in the configuration. Its text is one line: where, which key, what value - what to do.

    `source` is a file, an environment variable or a flag; `key` the dotted key ("" when the whole file is at fault).
    A secret is not in it: such lines go to logs.
    """

    def __init__(self, source: str, key: str, value: object, remedy: str) -> None:
        value = _without_secrets(key, value)
        what = ": ".join(part for part in (source, f"{key} = {_spell(value)}" if key else "") if part)
        super().__init__(f"{what} - {remedy}")
        self.source = source
        self.key = key
        self.value = value
        self.remedy = remedy
        self.what = what


def _without_secrets(key: str, value: object) -> object:
    if value and is_secret(key):
        return HIDDEN
    if isinstance(value, dict):
        return {name: _without_secrets(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(key, inner) for inner in value]
    return value


def _spell(value: object) -> str:
    """Text is shown whole, for it may be a path that has to be found; lists and tables are cut."""
    if isinstance(value, str):
        return repr(str(value))
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= 80 else text[:77] + "..."
