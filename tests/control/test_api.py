# SPDX-License-Identifier: ISC
"""The API over a real Unix socket: what each route asks of the resolver, and what bad requests get."""

from __future__ import annotations

import io

import pytest

from resolver.control.commands import CacheEntries, Flush


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/ping", {"schema": 1, "pong": True}),
        ("/api/v1/status", {"schema": 1, "version": "<b>0</b>", "listen": ["127.0.0.1:5300"]}),
        ("/api/v1/stats", {"schema": 1, "questions": 3}),
        ("/api/v1/cache/stats", {"schema": 1, "records": {"entries": 2, "bytes": 700}}),
    ],
)
def test_reading_routes_answer_json_with_a_schema_number(over_socket, path, expected):
    assert over_socket("GET", path) == (200, expected)


def test_the_page_escapes_what_it_shows(over_socket):
    status, page = over_socket("GET", "/")
    assert status == 200
    assert "&lt;b&gt;0&lt;/b&gt;" in page
    assert "<b>0</b>" not in page


def test_ready_and_health_are_two_things(over_socket, operations):
    assert over_socket("GET", "/readyz")[0] == 200
    operations.is_ready = False
    assert over_socket("GET", "/readyz")[0] == 503
    assert over_socket("GET", "/healthz") == (200, "ok\n")


def test_a_flush_by_name_takes_the_subtree_unless_told_otherwise(over_socket, operations):
    assert over_socket("POST", "/api/v1/cache/flush", json={"name": "www.Alpha"}) == (
        200,
        {"schema": 1, "flushed": 7, "dry_run": False},
    )
    over_socket(
        "POST", "/api/v1/cache/flush", json={"name": "alpha", "exact": True, "type": "aaaa", "dry_run": True}
    )
    assert operations.asked == [
        Flush(b"\x03www\x05Alpha\x00", None, subtree=True),
        Flush(b"\x05alpha\x00", 28, subtree=False, dry_run=True),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "nothing to flush"),
        ({"name": "a", "all": True}, "contradict"),
        ({"failures": True, "negative": True}, "by themselves"),
        ({"name": "a..b"}, "not a domain name"),
        ({"name": 5}, "must be text"),
        ({"name": "a", "type": "NOPE"}, "no such record type"),
        ({"name": "a", "exact": "yes"}, "must be true or false"),
        ({"nmae": "a"}, "no such key: nmae"),
        ({"schema": 2, "all": True}, "schema 1"),
        ([], "must be a JSON object"),
    ],
)
def test_a_bad_flush_is_a_400_that_says_why_and_flushes_nothing(over_socket, operations, body, says):
    status, reply = over_socket("POST", "/api/v1/cache/flush", json=body)
    assert status == 400
    assert says in reply["error"]
    assert operations.asked == []


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe", b"[" * 50_000])
def test_a_body_that_is_not_json_is_a_400(over_socket, crashes, data):
    assert over_socket("POST", "/api/v1/cache/flush", data=data)[0] == 400
    assert crashes == []


def test_a_body_over_the_bound_is_a_413(over_socket):
    assert over_socket("POST", "/api/v1/trace", data=io.BytesIO(bytes((1 << 20) + 1)))[0] == 413


def test_an_unknown_path_is_a_json_404_and_a_wrong_method_a_json_405(over_socket):
    assert over_socket("GET", "/nowhere") == (404, {"schema": 1, "error": "Not Found"})
    assert over_socket("GET", "/api/v1/stop")[0] == 405


def test_a_bug_of_ours_is_a_500_without_its_traceback(over_socket, crashes):
    status, reply = over_socket("POST", "/api/v1/trace", json={"name": "crash"})
    assert status == 500
    assert "secret" not in str(reply)
    assert "RuntimeError: secret detail" in crashes[0][1]


def test_a_reload_of_a_bad_file_is_a_409_that_names_the_key(over_socket, operations):
    operations.bad_file = True
    status, reply = over_socket("POST", "/api/v1/reload")
    assert status == 409
    assert "cache.size" in reply["error"]


def test_cache_entries_are_bounded_and_filtered(over_socket, operations):
    over_socket("GET", "/api/v1/cache/entries?name=alpha&type=MX&stale=1&limit=999999")
    over_socket("GET", "/api/v1/cache/entries")
    assert operations.asked == [CacheEntries(b"\x05alpha\x00", 15, True, 10_000), CacheEntries()]
    assert over_socket("GET", "/api/v1/cache/entries?limit=-1")[0] == 400


def test_stop_is_told_once(over_socket, operations):
    assert over_socket("POST", "/api/v1/stop") == (200, {"schema": 1, "stopping": True})
    assert operations.asked == ["stop"]


def test_a_policy_is_set_by_name_and_mode(over_socket, operations):
    assert over_socket("POST", "/api/v1/policy/set", json={"name": "bind"})[0] == 200
    assert over_socket("POST", "/api/v1/policy/set", json={"name": "bind", "mode": "shadow"})[0] == 200
    assert operations.asked == [("policy", "bind", "enforce"), ("policy", "bind", "shadow")]


@pytest.mark.parametrize(
    ("body", "says"),
    [({}, "give a name"), ({"name": "bind", "mode": "maybe"}, "give one of off, shadow, enforce")],
)
def test_a_policy_without_name_or_with_another_mode_is_refused(over_socket, body, says):
    status, reply = over_socket("POST", "/api/v1/policy/set", json=body)
    assert status == 400
    assert says in reply["error"]
