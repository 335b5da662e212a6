# SPDX-License-Identifier: ISC
"""The small status page at `/`: plain HTML, no script, nothing loaded from elsewhere. A dashboard comes later."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "table{border-collapse:collapse;margin:1em 0}td{padding:.15em 1.5em .15em 0;vertical-align:top}"
    "table table{margin:0}td:first-child{color:#666}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}td:first-child{color:#999}}"
)


def render(status: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Return the page for what `Operations.status` and `.statistics` gave."""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>resolver</title>"
        f"<style>{_STYLE}</style><h1>resolver</h1>{_table(status)}<h2>Statistics</h2>{_table(statistics)}"
        '<p><a href="/metrics">/metrics</a> · <a href="/healthz">/healthz</a> · <a href="/readyz">/readyz</a> · '
        '<a href="/api/v1/status">/api/v1/status</a> · <a href="/api/v1/cache/stats">/api/v1/cache/stats</a></p>'
    )


def _table(view: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(str(k).replace('_', ' '))}</td><td>{_cell(v)}</td></tr>" for k, v in view.items()
    )
    return f"<table>{rows}</table>"


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return _table(value) if value else "–"
    if isinstance(value, (list, tuple)):
        return escape(", ".join(map(str, value))) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(str(value)) or "–"
