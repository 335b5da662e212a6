# SPDX-License-Identifier: ISC
"""Large blocks are mapped by themselves, even after one was freed: a table that was outgrown leaves no hole."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# How many blocks are mapped by themselves for a block of 1 MB, after one of 20 MB has been freed.
SCRIPT = """
import ctypes, sys
from resolver.runtime.allocator import keep_large_blocks_apart
if sys.argv[1] == "apart":
    assert keep_large_blocks_apart()
class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd a b c d e".split()]
mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Info
table = bytes(20_000_000)
del table
before = mallinfo2().hblks
table = bytes(1_000_000)
print(mallinfo2().hblks - before)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or tuple(map(int, platform.libc_ver()[1].split("."))) < (2, 33),
    reason="mallopt and mallinfo2 are glibc's",
)
@pytest.mark.parametrize(("how", "blocks"), [("apart", 1), ("as it comes", 0)])
def test_a_large_block_is_mapped_by_itself(how: str, blocks: int) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], stdout=subprocess.PIPE, check=True)
    assert int(done.stdout) == blocks
