# SPDX-License-Identifier: ISC
"""Machine code from plain functions over arrays. The only place that names the compiler.

A function so marked stays Python to read and to test (`NUMBA_DISABLE_JIT=1` runs it as such). It is compiled at its
first call, which takes seconds, and kept on disk after that: in the package's `__pycache__`, where that can be written,
else in the user's cache directory. The compiler takes functions of other files into its code without watching those
files, so what is kept is kept for one state of all sources that enter it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree
from typing import Any, Final, TypeVar, cast

import numba
from numba.core import config

F = TypeVar("F", bound=Callable[..., Any])
_HERE: Final = Path(__file__).parent
_CACHE: Final = _HERE.parent.parent / "cache"
_SOURCES: Final = (
    *sorted(_HERE.glob("*.py")),
    *(_CACHE / f"{name}.py" for name in ("budget", "eviction", "packed")),
)


def compiled(function: F) -> F:
    """Return `function` as machine code, released from the interpreter's lock while it runs."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def kernel(function: F) -> F:
    """The same for a function that makes no array: the compiler counts no references to those that it is given.

    Counting them (with locked instructions, at every call from one function to another) took four fifths of a replay's
    time. One that does make an array is refused at its first call. Called functions become part of their callers.
    """
    options: dict[str, Any] = {"forceinline": True, "_nrt": False}
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function))


def fingerprint(sources: tuple[Path, ...]) -> str:
    """A short name for what these files hold."""
    digest = blake2b(digest_size=8)
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def keep_in(folder: Path, sources: tuple[Path, ...]) -> None:
    """Have the compiler keep code in `folder`, apart for each state of `sources`; what other states left is removed."""
    kept = folder / f"kernels-{fingerprint(sources)}"
    for old in folder.glob("kernels-*"):
        if old != kept:
            rmtree(old, ignore_errors=True)
    config.CACHE_DIR = str(kept)  # type: ignore[attr-defined]  # numba sets its attributes by name, at import


if os.access(_HERE, os.W_OK) and not os.environ.get("NUMBA_CACHE_DIR"):
    keep_in(_HERE / "__pycache__", _SOURCES)
