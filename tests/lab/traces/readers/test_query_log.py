# SPDX-License-Identifier: ISC
"""Our own query log is a trace: what the server writes, as text and as JSON, is read back."""

from __future__ import annotations

import io

import pytest

from resolver.lab.traces.readers import query_log
from resolver.telemetry.logs import Log, LogSettings
from resolver.telemetry.query_log import Answered, QueryLog
from resolver.wire import from_text
from tests.lab.traces.wrapping import NAME, response, rows_in


def written(form, *answered):
    stream = io.StringIO()
    log = Log(LogSettings(format=form), suppressed=lambda kind: None, stream=stream)
    log.start()
    log.say(30, "limit", "something else", limit="x")
    for each in answered:
        QueryLog(log, enabled=True)(each)
    log.stop()
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_the_server_writes_is_read_back(form):
    odd = from_text(r"a\032b\.c\"d.example.")
    text = written(
        form,
        Answered("192.0.2.7", "udp", NAME, 1, 0, "cache", 0.0005, response()),
        Answered("::1", "tcp", odd, 65280, 2, "resolved", 0.25, b"no message"),
    )
    rows, reading = rows_in(query_log.read, text)
    assert [(row.client, row.name, row.rtype, row.ttl, row.rcode) for row in rows] == [
        ("192.0.2.7", NAME, 1, 300, 0),
        ("::1", odd, 65280, None, 2),
    ]
    assert rows[0].rdata_hash > 0
    assert [row.upstream_ms for row in rows] == [0.0, 250.0]
    assert dict(reading.passed) == {"lines that are no query": 1}
    assert reading.bad == 0


def test_a_question_came_before_its_answer_left():
    text = "2023-11-14T22:13:20.500Z info query: a. A client=::1 rcode=NOERROR source=resolved seconds=0.25\n"
    assert rows_in(query_log.read, text)[0][0].time == 1700000000.25


def test_lines_of_the_wrong_shape_are_told():
    line = '{"kind":"query","at":"2023-11-14T22:13:20Z","text":5,"seconds":[]}\n'
    assert rows_in(query_log.read, line + line.replace("5", '"a. A"'))[1].bad == 2


def test_lines_that_lack_something_are_told():
    rows, reading = rows_in(
        query_log.read, '{"kind":"query","at":"2023-11-14T22:13:20Z","text":"a. A"}\n{"kind":\n'
    )
    assert (rows, reading.bad) == ([], 2)
    assert reading.places[0] == "file:1: without 'seconds'"
