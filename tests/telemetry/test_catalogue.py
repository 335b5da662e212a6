# SPDX-License-Identifier: ISC
"""The reference page equals the table."""

from __future__ import annotations

from pathlib import Path

from resolver.service.counters import type_label
from resolver.telemetry.catalogue import CATALOGUE, PREFIX, reference_page

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_reference_page_in_the_repository_is_the_generated_one():
    assert PAGE.read_text() == reference_page(), (
        "run: python -m resolver.telemetry.reference > docs/metrics.md"
    )


def test_every_metric_has_a_row():
    page = reference_page()
    assert all(f"| `{PREFIX}{metric.name}` |" in page for metric in CATALOGUE)


def test_a_type_a_client_invents_is_other():
    assert type_label(28) == "AAAA"
    assert type_label(65280) == "other"
