# SPDX-License-Identifier: ISC
"""Files that commands write: whole or not at all, and never over another one unasked. What is in them is theirs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resolver.cli.exits import CommandFailed


@contextmanager
def appearing(file: str, *, force: bool) -> Iterator[Path]:
    """Yield the path to write `file` at; it takes its own name once all is written, and leaves nothing when not.

    So a command may read the very file that it replaces. A device or a pipe is written to as it is.
    Raises CommandFailed where `file` exists and `force` is not given, and where it cannot be written.
    """
    path = Path(os.path.realpath(file))
    if path.is_dir():
        raise CommandFailed(f"{file} is a folder - give the name of a file")
    if path.exists() and not force:
        raise CommandFailed(f"{file} exists - give another name, or --force to replace it")
    in_place = path.exists() and not path.is_file()
    # The end of the name stays, for it tells format and compression.
    fresh = path if in_place else path.with_name(f".{os.getpid()}.{path.name}")
    try:
        try:
            yield fresh
            if not in_place:
                os.replace(fresh, path)
        finally:
            if not in_place:
                fresh.unlink(missing_ok=True)
    except OSError as error:
        raise CommandFailed(
            f"{file}: {error.strerror or error} - give a place that can be written to"
        ) from None
