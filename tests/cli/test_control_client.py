# SPDX-License-Identifier: ISC
"""The client's side of the control socket: errors of the resolver, no resolver, no sense."""

from __future__ import annotations

import pytest

from resolver.cli.control_client import ControlClient
from resolver.cli.exits import CommandFailed, Exit


def test_get_and_post(control):
    control.replies = {"/a": (200, {"schema": 1, "x": 1}), "/b": (200, {"schema": 1})}
    client = ControlClient(control.path)
    assert client.get("/a") == {"schema": 1, "x": 1}
    client.post("/b", name="x")
    assert control.asked == [("GET", "/a", None), ("POST", "/b", {"name": "x"})]


def test_nobody_there_is_exit_code_3(tmp_path):
    with pytest.raises(CommandFailed, match="start one with 'resolver serve'") as failed:
        ControlClient(tmp_path / "none.sock").get("/")
    assert failed.value.code is Exit.NOT_RUNNING


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, {"error": "not a domain name: bad-label"}, r"^not a domain name: bad-label - see --help$"),
        (400, {"error": "nothing to flush; give a name"}, r"^nothing to flush - give a name$"),
        (404, {"error": "Not Found"}, r"^Not Found - the running resolver does not know this"),
        (409, {"error": "x.toml: cache.size - mend it; now"}, r"^x.toml: cache.size - mend it; now$"),
        (200, b"<html>", r"^not a reply of a resolver \(HTTP 200\)"),
        (200, b"[]", r"^not a reply of a resolver"),
    ],
)
def test_an_error_of_the_resolver_is_what_and_what_to_do(control, status, body, says):
    control.replies = {"/a": (status, body)}
    with pytest.raises(CommandFailed, match=says) as failed:
        ControlClient(control.path).get("/a")
    assert failed.value.code is Exit.FAILED
