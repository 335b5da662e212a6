# SPDX-License-Identifier: ISC
"""The page: needs nothing else, says nothing that it was not told, and escapes what it was."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from resolver.lab.figures import Dot, Grid, Line, Panel, Scatter
from resolver.lab.report.chart import Chart
from resolver.lab.report.page import Report, html

EVIL = "<script>alert('&')</script>"
CHARTS = (
    Chart("one", f"One {EVIL}", f"About {EVIL}", (Panel("", EVIL, "y", (Line(EVIL, [0, 1], [0, 1]),)),), {}),
    Chart(
        "two",
        "Two",
        "About two",
        (Scatter("", "x", "y", (Dot(EVIL, 1.0, 0.5, True), Dot("b", 2, 0, False))),),
        {},
    ),
    Chart("three", "Three", "About three", (Grid("", "x", ("a", "b"), (("r", (0.999, 0.001)),)),), {}),
)
REPORT = Report(
    f"Heading {EVIL}",
    f"resolver {EVIL}",
    [["", "POLICY", "HIT"], ["*", EVIL, "50 ms ±2 ms"]],
    2,
    [EVIL],
    CHARTS,
    {EVIL: "1"},
)


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.fetched, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for key, value in attrs:
            if key in ("src", "href", "xlink:href", "srcset", "data") and not value.startswith("#"):
                self.fetched.append(value)
            if key == "id":
                self.ids.append(value)


def seen():
    parser = Seen()
    parser.feed(html(REPORT))
    return parser


def test_no_script_and_nothing_fetched():
    page = seen()
    assert "script" not in page.tags
    assert page.fetched == []
    assert page.tags.count("svg") == 3
    assert "url(http" not in html(REPORT)
    assert "default-src 'none'" in html(REPORT)


def test_what_it_was_told_stands_there_as_text():
    assert EVIL not in html(REPORT)
    assert html(REPORT).count("&lt;script&gt;") >= 7


def test_figures_of_a_page_do_not_share_ids():
    own = [each for each in seen().ids if re.fullmatch(r"[mpih][0-9a-f]{10}", each)]
    assert len(own) == len(set(own))


def test_figures_take_the_ink_of_the_page():
    text = html(REPORT)
    assert "currentColor" in text
    assert "#010203" not in text


def test_the_same_report_is_the_same_page():
    assert html(REPORT) == html(REPORT)


def test_a_starred_row_is_set_off_and_words_are_no_numbers():
    assert '<tr class="star"><td class="word">*</td>' in html(REPORT)
    assert "<td>50\u00a0ms ±2\u00a0ms</td>" in html(REPORT)
