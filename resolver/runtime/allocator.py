# SPDX-License-Identifier: ISC
"""How the C library is to keep large blocks. What the cache puts into them is not known here."""

from __future__ import annotations

import ctypes
from typing import Final

_M_MMAP_THRESHOLD: Final = -3  # malloc.h
# Above what a loop allocates for a read (asyncio: 256 KiB), below any table that matters.
_LARGE: Final = 512 << 10


def keep_large_blocks_apart() -> bool:
    """Have each block of 512 KiB and more mapped by itself, so that it leaves no hole when a table outgrows it.

    glibc does so at first, but once such a block has been freed it takes blocks of that size from the heap (mallopt(3),
    M_MMAP_THRESHOLD); a growing cache then leaves its old tables' room behind: a fifteenth of its size, measured at
    500,000 entries. False where the C library knows nothing of it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGE))
