# SPDX-License-Identifier: ISC
"""The shape that the API leans on is the shape that the running resolver has."""

from __future__ import annotations

import inspect

from resolver.control.live import LiveOperations
from resolver.control.operations import Operations
from resolver.supervisor.operations import FleetOperations
from tests.control.conftest import FakeOperations


def test_those_of_one_process_of_several_and_the_fake_ones_have_every_method():
    for name, method in vars(Operations).items():
        if name.startswith("_") or not callable(method):
            continue
        parameters = list(inspect.signature(method).parameters)
        for kind in (LiveOperations, FleetOperations, FakeOperations):
            assert list(inspect.signature(getattr(kind, name)).parameters) == parameters
            assert inspect.iscoroutinefunction(getattr(kind, name)) == inspect.iscoroutinefunction(method)
