# SPDX-License-Identifier: ISC
"""Lines of a cache file: what is written is read; foreign lines are told from bad ones."""

from __future__ import annotations

import pytest

from resolver.persistence.form import BadForm, form_of
from resolver.persistence.lines import (
    Ending,
    ForeignFile,
    ending_line,
    entry_line,
    header_line,
    read_entry,
    read_header,
)
from tests.cache.making import entry


def test_what_is_written_is_read() -> None:
    assert read_header(header_line(12.5)).wall == 12.5
    form = form_of(entry("a.example."), 1.0)
    assert read_entry(entry_line(form)) == form
    assert read_entry(ending_line(7)) == Ending(7)
    assert entry_line(form).count(b"\n") == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"", "no header"),
        (b"\x00\xff\n", "no header"),
        (b"$DATE 20261121\n", "no header"),
        (b'{"schema":1,"format":"other","wall":1}', "other"),
        (b'{"schema":9,"format":"resolver-cache","wall":1}', "schema 9"),
        (b'{"schema":1,"format":"resolver-cache","wall":"x"}', "no header"),
    ],
)
def test_foreign_files_are_known_by_their_first_line(line: bytes, says: str) -> None:
    with pytest.raises(ForeignFile, match=says):
        read_header(line)


@pytest.mark.parametrize(
    "line", [b"", b"{}", b'{"end":"x"}', b'{"end":1,"x":2}', b"\xff\xfe", b'{"name":5}', b"[" * 5000]
)
def test_bad_lines_are_refused_one_by_one(line: bytes) -> None:
    with pytest.raises(BadForm):
        read_entry(line)
