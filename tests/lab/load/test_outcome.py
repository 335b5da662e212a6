# SPDX-License-Identifier: ISC
"""The account as JSON: numbers as numbers, and nothing that divides by zero."""

from __future__ import annotations

import json

from resolver.lab.load.outcome import Outcome


def test_a_load_without_an_answer_has_a_view():
    view = Outcome("udp", paced=True, sent=5, lost=5).view()
    assert (view["lost_share"], view["rate"], view["modes"], view["latency"]["p99"]) == (1, 0, None, 0)
    assert json.loads(json.dumps(view)) == view


def test_response_codes_by_name_the_most_frequent_first():
    outcome = Outcome("tcp", paced=False, sent=3, answered=3, seconds=2, octets_in=300)
    outcome.rcodes.update([3, 0, 0])
    view = outcome.view()
    assert list(view["rcodes"].items()) == [("NOERROR", 2), ("NXDOMAIN", 1)]
    assert (view["rate"], view["answer_octets"]) == (1.5, 100)
