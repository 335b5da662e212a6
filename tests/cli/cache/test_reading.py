# SPDX-License-Identifier: ISC
"""Which kind of file it is, from when it is, and which of its lines are bad."""

from __future__ import annotations

from io import BytesIO

from resolver.cli.cache.reading import Bad, Reading
from resolver.persistence.form import form_of
from resolver.persistence.lines import ending_line, entry_line, header_line
from tests.cache.making import entry

NOW = 1_800_000_000.0


def read(*lines: bytes):
    reading = Reading(BytesIO(b"".join(lines)), NOW)
    return list(reading.entries()), reading.wall


def test_json_lines_know_their_lines_and_their_time() -> None:
    line = entry_line(form_of(entry("a.example."), 1.0))
    (first, bad, second), wall = read(header_line(12.5), line, b'{"name":1}\n', b"\n", line, ending_line(2))
    assert wall == 12.5
    assert (first.line, second.line) == (2, 5)
    assert isinstance(bad, Bad)
    assert bad.line == 3


def test_a_file_that_is_cut_short_gives_what_it_has_and_says_so() -> None:
    line = entry_line(form_of(entry("a.example."), 1.0))
    (first, bad), _ = read(header_line(12.5), line)
    assert first.name == "a.example."
    assert "cut short" in bad.why


def test_foreign_json_is_one_bad_line() -> None:
    assert read(b'{"hello":1}\n', b"{}\n")[0] == [Bad(1, "its first line is no header of a cache file")]


def test_zone_text_has_the_time_of_its_date_or_the_present() -> None:
    line = b"a.example. 60 A 192.0.2.1\n"
    (form,), wall = read(b"$DATE 20270115080000\n", line)
    assert (form.name, wall) == ("a.example.", NOW)
    assert read(line)[1] == NOW
    assert read(b"$DATE 20260115080000\n", line)[1] == NOW - 365 * 86400
    assert read(b"$DATE today\n")[0] == [Bad(1, "$DATE must be fourteen digits")]


def test_nothing_readable_is_told_line_by_line() -> None:
    (one, two), _ = read(b"\xff\xfe\n", b"hello world\n")
    assert (one.line, two.line) == (1, 2)
    assert read()[0] == []
