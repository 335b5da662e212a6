# SPDX-License-Identifier: ISC
"""Zone text says what is left; what it says is read back, with no more trust and no longer life."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest

from resolver.cache import Rank
from resolver.cli.cache.reading import Reading
from resolver.cli.cache.texts import with_texts, zone_end, zone_head, zone_lines
from resolver.persistence.form import entry_of, form_of
from resolver.policy import Lifetime
from tests.cache.making import alias, denial, entry

NOW, WALL = 100.0, 1_800_000_000.0


@pytest.mark.parametrize(
    "one",
    [
        entry("a.example.", 1, b"\x01\x02\x03\x04", b"\x01\x02\x03\x05", now=NOW - 10),
        entry("t.example.", 16, b'\x03a b\x02";', now=NOW),
        alias("w.example.", "a.example.", now=NOW),
        denial("no.example.", now=NOW),
        denial("none.example.", 28, now=NOW),
        entry("odd.example.", 65280, b"\x00\x01", now=NOW),
        replace(entry("low.example.", now=NOW), rank=Rank.ALIAS_TARGET),
    ],
)
def test_what_is_written_is_read_back(one) -> None:
    form = form_of(one, NOW)
    text = zone_head(WALL) + zone_lines(form) + zone_end(1)
    (read,) = Reading(BytesIO(text), WALL).entries()
    back = entry_of(read, NOW, 0.0)
    assert (back.key, back.rtype, back.kind, back.zone) == (one.key, one.rtype, one.kind, one.zone)
    assert [record.rdata for record in back.records] == [record.rdata for record in one.records]
    assert back.rank <= one.rank
    assert one.lifetime.fresh_until - 1 <= back.lifetime.fresh_until <= one.lifetime.fresh_until


def test_stale_entries_say_how_long_they_are_kept() -> None:
    stale = entry("a.example.", lifetime=Lifetime(0.0, NOW - 10, NOW + 3600, 90))
    lines = zone_lines(form_of(stale, NOW)).decode().splitlines()
    assert lines[0] == "; authanswer (from 192.0.2.53 of example.)"
    assert lines[1] == "; stale (will be retained for 3600 more seconds)"
    assert lines[2] == "a.example.\t0\tIN\tA\t192.0.2.1"


def test_json_lines_have_text_for_people_beside_the_wire_form() -> None:
    form = with_texts(form_of(denial("no.example.", now=NOW), NOW))
    assert form.soa.text.startswith("a.example. b.example. 0 ")
    assert with_texts(form_of(entry("a.example."), NOW)).records[0].text == "192.0.2.1"
