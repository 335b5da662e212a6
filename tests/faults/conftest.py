# SPDX-License-Identifier: ISC
"""Fixtures of the rows: the mode to run in, and the row to measure for. What they are made of stands in the tool."""

from __future__ import annotations

import re
from dataclasses import astuple

import pytest

from tests.faults.assertions import PROPERTY, Measured, Row
from tests.faults.machine import wait_until_quiet
from tests.faults.modes import Mode
from tests.faults.modes_live import live
from tests.faults.modes_scenario import scenario

_NUMBER = re.compile(r"test_([FAOR]\d\d)_")
_MODES: dict[str, Mode] = {"scenario": scenario, "live": live}


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    """The matrix's row that the test is named for."""
    found = _NUMBER.match(request.node.name)
    assert found, "a row's test is called test_F01_what"

    def record(measured: Measured) -> None:
        request.node.user_properties.append((PROPERTY, astuple(measured)))

    return Row(found[1], record)


@pytest.fixture(params=["scenario", pytest.param("live", marks=pytest.mark.live)])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Both modes, one after the other: the test runs once in each."""
    return _MODES[request.param]


@pytest.fixture
def quiet() -> None:
    """Nothing else goes on as the test begins; it is skipped otherwise."""
    wait_until_quiet()
