# SPDX-License-Identifier: ISC
"""Exit codes, and the one error that commands raise. No printing here."""

from __future__ import annotations

from enum import IntEnum

from resolver.errors import ResolverError


class Exit(IntEnum):
    """Exit codes of every command; scripts lean on them."""

    OK = 0  # also NXDOMAIN
    FAILED = 1
    USAGE = 2
    NOT_RUNNING = 3
    CONDITION_MET = 4  # a --fail condition
    NO_REPLY = 9  # as dig
    INTERRUPTED = 130


class CommandFailed(ResolverError):
    """A command cannot do what was asked; its text is `what - what to do`, without the word error."""

    def __init__(self, text: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(text)
        self.code = code
