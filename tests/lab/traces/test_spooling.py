# SPDX-License-Identifier: ISC
"""Compressions by their first octets, whatever the name says; streams as files."""

from __future__ import annotations

import io
import shutil
import sys

import pytest

from resolver.lab.traces.spooling import as_file, bare_name, created, head_of, opened

TEXT = b"a line\n" * 50_000


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".bz2", ".zst"])
def test_what_is_written_under_a_compression_is_read_whatever_its_name(suffix, tmp_path):
    written, renamed = str(tmp_path / f"t.jsonl{suffix}"), str(tmp_path / "plain")
    with created(written) as stream:
        stream.write(TEXT)
    shutil.copy(written, renamed)
    for path in (written, renamed):
        with opened(path) as stream:
            assert head_of(stream).startswith(b"a line\n")
            assert stream.read() == TEXT
    assert bare_name(written) == "t.jsonl"


def test_standard_input_is_decompressed_too(tmp_path, monkeypatch):
    with created(str(tmp_path / "t.gz")) as stream:
        stream.write(TEXT)
    piped = io.TextIOWrapper(io.BufferedReader(io.FileIO(tmp_path / "t.gz")))
    monkeypatch.setattr(sys, "stdin", piped)
    with opened("-") as stream:
        assert stream.read() == TEXT


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_stream_is_a_file_for_libraries_that_need_one(suffix, tmp_path):
    path = tmp_path / f"t{suffix}"
    with created(str(path)) as stream:
        stream.write(TEXT)
    with opened(str(path)) as stream, as_file(stream) as real:
        assert real.read_bytes() == TEXT
        assert (real == path) is not bool(suffix)
    assert path.exists()
    assert not suffix or not real.exists()
