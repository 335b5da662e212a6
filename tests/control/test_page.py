# SPDX-License-Identifier: ISC
"""The status page: everything shown, everything escaped, nothing loaded from elsewhere."""

from __future__ import annotations

from resolver.control.page import render


def test_values_lists_and_tables_within_tables_are_shown_escaped():
    status = {"listen": ["a", "<b>"], "config": "", "clients_waiting": 0, "ready": True}
    text = render(status, {"answers": {"hit": 3, "miss": {}}})
    assert "<td>listen</td><td>a, &lt;b&gt;</td>" in text
    assert "<tr><td>hit</td><td>3</td></tr>" in text
    assert "<td>miss</td><td>–</td>" in text
    assert "<td>config</td><td>–</td>" in text
    assert "<td>clients waiting</td><td>0</td>" in text
    assert "<td>ready</td><td>yes</td>" in text


def test_no_script_and_no_foreign_address():
    text = render({}, {})
    assert "<script" not in text
    assert "http://" not in text
    assert "https://" not in text
