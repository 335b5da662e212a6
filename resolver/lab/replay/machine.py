# SPDX-License-Identifier: ISC
"""Machine code from plain functions over arrays. The only place that names the compiler.

A function so marked stays Python to read and to test (`NUMBA_DISABLE_JIT=1` runs it as such). It is compiled at its
first call, which takes seconds, and kept on disk beside the module (or in the user's cache directory) after that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return `function` as machine code, released from the interpreter's lock while it runs."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
