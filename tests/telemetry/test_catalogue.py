# SPDX-License-Identifier: ISC
"""The reference page equals the table."""

from __future__ import annotations

import json
import re
from pathlib import Path

from resolver.service.counters import type_label
from resolver.shipped import shipped
from resolver.telemetry.catalogue import BY_NAME, CATALOGUE, PREFIX, reference_page

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


def test_the_dashboard_asks_for_nothing_that_is_not_there():
    dashboard = json.loads(shipped("deploy/grafana.json").read_text("utf-8"))
    asked = {
        (name, tuple(re.split(r",\s*", labels)))
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for labels, name in re.findall(r"sum by \(([a-z, ]+)\) \((?:rate\()?resolver_(\w+)", target["expr"])
    }
    assert len(asked) > 10
    for name, labels in asked:
        metric = BY_NAME[name.removesuffix("_bucket")]
        assert set(labels) - {"le"} <= set(metric.labels), name
