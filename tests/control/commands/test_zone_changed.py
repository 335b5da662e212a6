# SPDX-License-Identifier: ISC
"""News of a changed zone: read strictly, acted upon by every process, and told by none of them any further."""

from __future__ import annotations

import asyncio

import pytest

from resolver.control.commands import Spread, ZoneChanged
from resolver.control.parameters import BadRequest
from resolver.wire import from_text
from tests.control.commands.inside import inside_of

ZONE = from_text("Example.com")


class Changes:
    def __init__(self):
        self.heard = []

    def notified(self, zone, serial, *, ours):
        self.heard.append((zone, serial, ours))
        return "acted"


class Service:
    def __init__(self):
        self.changes = Changes()


def test_it_is_acted_upon_and_not_passed_on():
    service = Service()
    view = asyncio.run(ZoneChanged(ZONE, 7).run(inside_of(service=service)))
    assert service.changes.heard == [(from_text("example.com"), 7, False)]
    assert view == {"zone": "Example.com.", "serial": 7, "done": "acted"}
    assert ZoneChanged(ZONE).spread is Spread.ALL


@pytest.mark.parametrize(
    ("given", "serial"), [({}, None), ({"serial": 0}, 0), ({"serial": "4294967295"}, 4294967295)]
)
def test_a_serial_is_a_number_of_32_bits(given, serial):
    assert ZoneChanged.read({"name": "Example.com", **given}) == ZoneChanged(ZONE, serial)


@pytest.mark.parametrize(
    "given", [{}, {"name": "a", "serial": -1}, {"name": "a", "serial": "x"}, {"name": "a", "serial": 2**32}]
)
def test_what_makes_no_sense_is_refused(given):
    with pytest.raises(BadRequest):
        ZoneChanged.read(given)


def test_what_workers_did_is_one_word_where_they_agree():
    command = ZoneChanged(ZONE, 7)
    assert command.combine([(1, {"done": "acted"}), (2, {"done": "acted"})])["done"] == "acted"
    split = command.combine([(1, {"done": "known"}), (2, {"done": "acted"})])
    assert split["done"] == {"1": "known", "2": "acted"}
