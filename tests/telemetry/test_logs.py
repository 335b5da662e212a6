# SPDX-License-Identifier: ISC
"""Log lines: shape, rate limit, level, and that nothing a peer says breaks a line."""

from __future__ import annotations

import io
import json
import logging

import pytest

from resolver.events import OPEN_FILES, Crashed, LimitHit, QuestionEnded
from resolver.telemetry.logs import EventLog, JsonFormatter, Log, LogSettings, RateLimit, TextFormatter
from resolver.telemetry.query_log import Answered, QueryLog


@pytest.fixture
def written():
    """Return a function that runs `act` on a log with the given settings and returns the lines it wrote."""

    def run(act, of=None, **settings):
        stream, suppressed = io.StringIO(), []
        log = Log(LogSettings(**settings), suppressed=suppressed.append, stream=stream, **of or {})
        log.start()
        act(log)
        log.stop()
        return stream.getvalue().splitlines(), suppressed

    return run


def record(kind="k", created=100.0, text="hello", **fields):
    made = logging.makeLogRecord(
        {"msg": text, "levelno": 20, "levelname": "INFO", "kind": kind, "fields": fields}
    )
    made.created = created
    return made


def test_a_json_line_is_one_object_with_numbers_as_numbers():
    line = json.loads(JsonFormatter().format(record(rtt=0.25, server="192.0.2.1")))
    assert line == {
        "at": "1970-01-01T00:01:40.000Z",
        "level": "info",
        "kind": "k",
        "text": "hello",
        "rtt": 0.25,
        "server": "192.0.2.1",
    }


def test_a_text_line_stays_one_line_whatever_is_in_it():
    line = TextFormatter().format(record(text="a\nb", detail="x\n\x1b[31my", empty=""))
    assert line == '1970-01-01T00:01:40.000Z info k: a\\nb detail="x\\n\\u001b[31my" empty=""'


def test_the_21st_line_of_a_kind_in_one_second_is_suppressed_and_counted():
    suppressed = []
    limit = RateLimit(suppressed.append)
    assert [limit.filter(record()) for _ in range(23)] == [True] * 20 + [False] * 3
    assert limit.filter(record(kind="other"))
    assert suppressed == ["k"] * 3


def test_the_first_line_after_a_flood_says_how_many_were_hidden():
    limit = RateLimit(lambda kind: None, 1)
    limit.filter(record())
    limit.filter(record())
    limit.filter(record())
    late = record(created=101.0)
    assert limit.filter(late)
    assert late.__dict__["fields"] == {"suppressed": 2}


def test_the_level_may_change_at_run_time(written):
    def act(out):
        out.info("a", "hidden")
        out.configure(LogSettings(level="info"))
        out.info("a", "shown")

    lines, _ = written(act, level="warning")
    assert len(lines) == 1
    assert lines[0].endswith("info a: shown")


def test_a_crash_is_an_error_with_its_traceback_on_one_line(written):
    lines, _ = written(lambda log: EventLog(log)(Crashed(1.0, "engine", "Traceback:\n  boom")), format="json")
    assert len(lines) == 1
    assert json.loads(lines[0])["traceback"] == "Traceback:\n  boom"


def test_a_failed_question_names_itself_at_debug_alone_and_a_limit_its_key(written):
    def act(log):
        tell = EventLog(log)
        tell(QuestionEnded(1.0, b"\x01a\x00", 1, "client", "failed", 0.5, 4, "no server answered"))
        tell(QuestionEnded(1.0, b"\x01a\x00", 1, "client", "NOERROR", 0.5, 4))
        tell(LimitHit(1.0, "limits.sends"))

    lines, _ = written(act, format="json", level="debug")
    failed, limit = map(json.loads, lines)
    assert (failed["name"], failed["type"], failed["queries"]) == ("a.", "A", 4)
    assert limit["limit"] == "limits.sends"
    lines, _ = written(act, format="json")
    assert [json.loads(line)["kind"] for line in lines] == ["limit"]  # names asked for are nobody's business


def test_the_system_s_limit_on_files_is_a_warning_with_the_remedy(written):
    lines, _ = written(lambda log: EventLog(log)(LimitHit(1.0, OPEN_FILES)), format="json", level="warning")
    assert "LimitNOFILE" in json.loads(lines[0])["text"]


def test_o19_a_flood_that_is_withheld_replies_is_a_line_a_minute_for_each_limit(written):
    def act(log):
        tell = EventLog(log)
        for second in range(150):
            for limit in ("responses_per_second", "responses_per_network"):
                tell(LimitHit(1000.0 + second, f"admission.{limit}"))
        tell(LimitHit(1000.0, "limits.sends"))

    lines, suppressed = written(act, format="json")
    assert [json.loads(line)["limit"].rpartition("_")[2] for line in lines] == ["second", "network"] * 3 + [
        "limits.sends"
    ]
    assert suppressed == []


def test_the_query_log_is_off_unless_asked_for_and_is_not_thinned_out(written):
    answered = Answered("127.0.0.1", "udp", b"\x01a\x00", 28, 3, "miss", 0.01)
    lines, _ = written(lambda log: QueryLog(log, enabled=False)(answered))
    assert lines == []
    lines, suppressed = written(
        lambda log: [QueryLog(log, enabled=True)(answered) for _ in range(30)], format="json"
    )
    assert len(lines) == 30
    assert suppressed == []
    assert json.loads(lines[0])["rcode"] == "NXDOMAIN"


def test_a_worker_s_lines_bear_its_number_and_all_workers_share_one_limit(written):
    def act(written_to):
        for _ in range(9):
            written_to.info("k", "hello", x=1)

    lines, suppressed = written(act, of={"always": {"worker": 2}, "writers": 10})
    assert all(line.endswith("info k: hello worker=2 x=1") for line in lines)
    assert len(lines) + len(suppressed) == 9
    assert 2 <= len(lines) <= 4  # two a second; the second may have turned
    lines, _ = written(act, of={"writers": 1000})
    assert lines


def test_a_limit_that_honest_traffic_reaches_all_day_is_no_line_at_info(written):
    def act(log):
        tell = EventLog(log)
        tell(LimitHit(1.0, "server.tcp.idle_timeout"))
        tell(LimitHit(1.0, "server.tcp.per_client"))
        tell(LimitHit(1.0, "admission.fetches", enforced=False))

    lines, _ = written(act, format="json")
    assert [json.loads(line)["limit"] for line in lines] == ["server.tcp.per_client", "admission.fetches"]
    assert "would have" in json.loads(lines[1])["text"]
    lines, _ = written(act, format="json", level="debug")
    assert len(lines) == 3
