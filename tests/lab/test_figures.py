# SPDX-License-Identifier: ISC
"""Figures are drawn where they can be, and refused before the work where they cannot."""

from __future__ import annotations

import pytest

from resolver.lab.figures import Dot, FigureError, Grid, Line, Panel, Scatter, check, draw, inline_svg, spread

pytest.importorskip("matplotlib")

PANEL = Panel(
    "Title",
    "minutes",
    "share",
    (Line("one", [0, 1], [1.0, 0.0], [0.9, 0.0], [1.0, 0.1]), Line("two", [0, 1], [1, 1])),
)


@pytest.mark.parametrize(("name", "head"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
def test_each_kind_is_drawn(tmp_path, name, head):
    draw(tmp_path / name, [PANEL, Panel("Log", "x", "y", PANEL.lines[1:], ((0.1, "1m"), (1, "1h")))], "note")
    assert (tmp_path / name).read_bytes().startswith(head)


def test_the_same_numbers_are_the_same_picture(tmp_path):
    drawn = {}
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name in ("a.png", "a.svg"):
            draw(tmp_path / folder / name, [PANEL], "note")
            drawn.setdefault(name, set()).add((tmp_path / folder / name).read_bytes())
    assert [len(different) for different in drawn.values()] == [1, 1]


@pytest.mark.parametrize(
    ("name", "why"), [("a.gif", "no kind of figure"), ("nowhere/a.png", "no such folder")]
)
def test_what_cannot_be_drawn_is_refused_at_once(tmp_path, name, why):
    with pytest.raises(FigureError, match=f"{why} - "):
        check(tmp_path / name)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(FigureError, match=" - name a place that can be written"):
        draw(tmp_path / "a.png", [PANEL], "note")


DOTS = Scatter("", "x", "y", (Dot("a & b", 1.0, 0.5, True), Dot("c", 1.0, 0.5, False)))
GRID = Grid("", "x", ("0", "1"), (("row <1>", (0.0, 1.0)),))


@pytest.mark.parametrize("drawing", [PANEL, DOTS, GRID], ids=lambda drawing: type(drawing).__name__)
def test_a_page_gets_text_as_text_in_its_own_ink(drawing):
    text = inline_svg([drawing], "name", 'a "label"')
    assert text.startswith('<svg role="img" aria-label="a &quot;label&quot;" ')
    assert "currentColor" in text
    assert text == inline_svg([drawing], "name", 'a "label"')


def test_labels_on_one_place_are_moved_apart_and_stay_inside():
    assert spread([0.5, 0.5, 0.5], 0.1) == pytest.approx([0.5, 0.6, 0.7])
    assert spread([0.2, 0.99, 0.99], 0.1) == pytest.approx([0.2, 0.9, 1.0])
    assert spread([0.1, 0.8], 0.1) == [0.1, 0.8]


def test_one_dot_at_zero_is_drawn():
    assert "<svg" in inline_svg([Scatter("", "x", "y", (Dot("a", 0.0, 0.0, False),))], "zero", "zero")
