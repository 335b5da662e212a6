# SPDX-License-Identifier: ISC
"""Files under any compression as one stream of octets, and streams as real files for libraries that need one.

No format of rows is known here.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

_HEAD: Final = 1 << 16  # octets looked at to tell a format


def _unzstd(stream: BinaryIO) -> Any:
    import pyarrow

    return _Raw(pyarrow.CompressedInputStream(stream, "zstd"))


def _zstd(path: str) -> Any:
    import pyarrow

    return pyarrow.CompressedOutputStream(path, "zstd")


class _Raw(io.RawIOBase):
    """pyarrow's stream as one of Python's, so that it can be buffered and read by lines."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        octets = self._source.read(len(buffer))
        buffer[: len(octets)] = octets
        return len(octets)


# First octets -> who undoes it. Content tells, never the name.
_MAGIC: Final[tuple[tuple[bytes, Callable[[BinaryIO], Any]], ...]] = (
    (b"\x1f\x8b", gzip.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"BZh", bz2.open),
    (b"\x28\xb5\x2f\xfd", _unzstd),
)
# The ends of names -> who writes it.
_SUFFIXES: Final[dict[str, Callable[[str], Any]]] = {
    ".gz": partial(gzip.open, mode="wb", compresslevel=6),
    ".xz": partial(lzma.open, mode="wb", preset=3),
    ".bz2": partial(bz2.open, mode="wb"),
    ".zst": _zstd,
}


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open `path` ("-" is standard input) for reading, decompressed as its first octets ask. Raises OSError."""
    if path == "-":
        yield _decompressed(io.BufferedReader(cast(Any, sys.stdin.buffer), _HEAD))
        return
    with Path(path).open("rb", buffering=_HEAD) as file:
        yield _decompressed(file)


def _decompressed(stream: Any) -> BinaryIO:
    """`stream` is an io.BufferedReader."""
    head = stream.peek(8)
    for magic, undo in _MAGIC:
        if head.startswith(magic):
            return io.BufferedReader(undo(stream), _HEAD)
    return cast(BinaryIO, stream)


def head_of(stream: BinaryIO) -> bytes:
    """Return the first octets of an `opened` stream, up to 64 KiB, and leave them in it."""
    return cast(io.BufferedReader, stream).peek(_HEAD)


@contextmanager
def created(path: str) -> Iterator[BinaryIO]:
    """Open `path` ("-" is standard output) for writing, compressed as its name ends. Raises OSError."""
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    make = _SUFFIXES.get(Path(path).suffix)
    with make(path) if make else Path(path).open("wb") as stream:
        yield stream


def bare_name(path: str) -> str:
    """Return the name of `path` without the suffix of a compression."""
    name = Path(path).name
    return name.removesuffix(Path(name).suffix) if Path(name).suffix in _SUFFIXES else name


@contextmanager
def as_file(stream: BinaryIO) -> Iterator[Path]:
    """Give the path of the file that `stream` reads, or of a temporary copy when it is compressed or a pipe."""
    raw = getattr(stream, "raw", None)
    if isinstance(raw, io.FileIO) and isinstance(raw.name, str):
        yield Path(raw.name)
        return
    with tempfile.NamedTemporaryFile(prefix="resolver-trace-") as copy:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        yield Path(copy.name)
