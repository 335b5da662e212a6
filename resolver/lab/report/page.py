# SPDX-License-Identifier: ISC
"""A report as one HTML page that needs nothing else: figures inline, no script, nothing fetched; light, dark, printed.

Every text is escaped here; figures come as finished SVG.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from resolver.lab.figures import inline_svg
from resolver.lab.report.chart import Chart

_STYLE: Final = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --soft: #5b6570; --rule: #d5dae0; --box: #f4f6f8;
  --mark: #0072B2 }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #14181d; --ink: #e4e8ec; --soft: #9aa5b1; --rule: #353d47; --box: #1d232a; --mark: #56B4E9 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .25rem }
p { margin: .25rem 0 .75rem; max-width: 46rem }
.soft, figcaption, footer { color: var(--soft); font-size: .875rem }
code { font: .875rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace }
pre { margin: 0 0 1rem; padding: .6rem .8rem; background: var(--box); border-radius: 4px; white-space: pre-wrap;
  overflow-wrap: anywhere }
nav { font-size: .875rem; margin: .75rem 0 0 }
nav a { color: var(--mark); margin-right: 1rem; white-space: nowrap }
.wide { overflow-x: auto; margin: .5rem 0 1rem }
table { border-collapse: collapse; font-size: .8125rem; font-variant-numeric: tabular-nums; white-space: nowrap }
th, td { padding: .2rem .7rem .2rem 0; text-align: right; border-bottom: 1px solid var(--rule) }
th { color: var(--soft); font-weight: 600; border-bottom-width: 2px }
th.word, td.word { text-align: left }
tr.star td:first-child { color: var(--mark); font-weight: 700 }
figure { margin: .5rem 0 0 }
figure svg { display: block; width: 100%; height: auto; max-width: 54rem; color: var(--ink) }
footer { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: .75rem }
@page { size: A4; margin: 14mm }
@media print {
  body { padding: 0; max-width: none; font-size: 10.5pt } nav { display: none } h2 { break-after: avoid }
  section, figure, tr { break-inside: avoid } section.table { break-inside: auto }
  figure svg { max-width: 15.5cm } .wide { overflow: visible } table { font-size: 6.5pt }
  th, td { padding-right: .4rem }
  table { white-space: normal } th { vertical-align: bottom } }
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report shows. `rows` are those of the terminal's table, head first; `words` of its columns are text.

    A row whose first cell is `*` is set off. `notes` are what must be known to read the table.
    """

    heading: str
    command: str
    rows: Sequence[Sequence[str]]
    words: int
    notes: Sequence[str]
    charts: Sequence[Chart]
    versions: Mapping[str, str]


def html(report: Report) -> str:
    """Return the page."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    # Nothing may be fetched, and a browser holds the page to it.
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{escape(report.heading)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(report.heading)}</h1>"
    yield f"<pre><code>$ {escape(report.command)}</code></pre>"
    yield '<section class="table"><div class="wide"><table>'
    yield from _table(report)
    yield "</table></div>"
    for note in report.notes:
        yield f'<p class="soft">{escape(note)}</p>'
    yield "</section>"
    if len(report.charts) > 1:
        links = (f'<a href="#{escape(each.name)}">{escape(each.heading)}</a>' for each in report.charts)
        yield f"<nav>{' '.join(links)}</nav>"
    for chart in report.charts:
        yield f'<section id="{escape(chart.name)}"><h2>{escape(chart.heading)}</h2><figure>'
        yield inline_svg(chart.drawings, chart.name, chart.heading)
        yield f"<figcaption>{escape(chart.text)}</figcaption></figure></section>"
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    yield f"<footer>{escape(versions)}. All numbers: summary.json and the CSV beside this page.</footer>"
    yield "</body></html>"


def _table(report: Report) -> Iterator[str]:
    for number, row in enumerate(report.rows):
        tag = "td" if number else "th"
        mark = ' class="star"' if number and row[0] == "*" else ""
        words = "".join(f'<{tag} class="word">{escape(cell)}</{tag}>' for cell in row[: report.words])
        numbers = "".join(f"<{tag}>{_number(cell, tag)}</{tag}>" for cell in row[report.words :])
        yield f"<tr{mark}>{words}{numbers}</tr>"


def _number(cell: str, tag: str) -> str:
    """A number stays with its unit on a narrow page; its interval may stand below it."""
    text = escape(cell)
    return text if tag == "th" else text.replace(" ", "\u00a0").replace("\u00a0±", " ±")
