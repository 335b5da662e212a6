# SPDX-License-Identifier: ISC
"""What HTTP requests give to commands: bodies and query strings, or a BadRequest; never anything else."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from resolver.control.parameters import BadRequest
from resolver.control.requests import read_parameters


class FakeRequest:
    def __init__(self, raw=b"", method="POST", query=()):
        self.method = method
        self.query = dict(query)
        self._raw = raw

    async def read(self):
        return self._raw


def parameters_of(request, allowed=("a",)):
    return asyncio.run(read_parameters(request, allowed))


def test_bodies_that_mean_something():
    assert parameters_of(FakeRequest(b"")) == {}
    assert parameters_of(FakeRequest(b'{"a": 1, "schema": 1}')) == {"a": 1}


def test_query_strings_are_read_from_gets_alone():
    assert parameters_of(FakeRequest(b"{", "GET", {"a": "x", "schema": "1"})) == {"a": "x"}
    with pytest.raises(BadRequest, match="no such key: b; keys here are a"):
        parameters_of(FakeRequest(b"", "GET", {"b": "x"}))
    with pytest.raises(BadRequest, match="schema 1"):
        parameters_of(FakeRequest(b"", "GET", {"schema": "2"}))


@given(st.binary(max_size=60))
def test_no_body_is_worse_than_a_bad_request(raw):
    with suppress(BadRequest):
        assert isinstance(parameters_of(FakeRequest(raw)), dict)


@pytest.mark.parametrize("error", [ConnectionResetError("Connection lost"), web.RequestPayloadError()])
def test_a_client_that_goes_away_in_the_middle_of_its_body_is_no_crash_of_ours(error):
    class Gone(FakeRequest):
        async def read(self):
            raise error

    with pytest.raises(BadRequest, match="cut short"):
        parameters_of(Gone())
