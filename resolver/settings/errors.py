# SPDX-License-Identifier: ISC
"""What is wrong with a configuration, said so that the operator can mend it without reading the code.

No checking lives here, only the error.
"""

from __future__ import annotations

from resolver.errors import ResolverError


class SettingsError(ResolverError):
    """One fault in the configuration. Its text is one line: where, which key, what value - what to do.

    `source` is a file, an environment variable or a flag; `key` the dotted key ("" when the whole file is at fault).
    """

    def __init__(self, source: str, key: str, value: object, remedy: str) -> None:
        what = ": ".join(part for part in (source, f"{key} = {_spell(value)}" if key else "") if part)
        super().__init__(f"{what} - {remedy}")
        self.source = source
        self.key = key
        self.value = value
        self.remedy = remedy
        self.what = what


def _spell(value: object) -> str:
    """Text is shown whole, for it may be a path that has to be found; lists and tables are cut."""
    if isinstance(value, str):
        return repr(str(value))
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= 80 else text[:77] + "..."
