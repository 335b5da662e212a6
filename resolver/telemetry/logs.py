# SPDX-License-Identifier: ISC
"""Log lines on stderr: formatters, a rate limit per kind, a writer thread. Decides and counts nothing.

    Log.say(level, kind, text, **fields) ─► RateLimit ─► QueueHandler ─► (thread) ─► text | json ─► stderr

The serving thread never blocks on a slow terminal or pipe: a full queue drops lines and counts them.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TextIO

from resolver.events import OPEN_FILES, Crashed, Event, LimitHit, QuestionEnded, ReplyDropped, TryEnded
from resolver.units import Doc, Settings
from resolver.wire import to_text
from resolver.wire.codes import type_to_text

LINES_PER_SECOND: Final = 20  # per kind; security.md section 1 "log flood" (Unbound bounds errors to 100/s)
UNLIMITED: Final = frozenset({"query"})  # asked for line by line: a query log with holes is of no use
QUEUE_LINES: Final = 4096  # lines waiting for a slow stderr; more are dropped and counted

# Limits that honest traffic reaches all day: their metrics say how often, nobody need be told each time.
_EVERYDAY: Final = frozenset(
    {
        "limits.minimise_one_label",
        "limits.minimise_steps",
        "limits.tries_per_server",
        "server.tcp.idle_timeout",
        "server.tcp.in_flight",
    }
)
# Limits that a flood reaches with each packet: a line says that it goes on, now and then.
_OF_FLOODS: Final = frozenset({"admission.responses_per_second", "admission.responses_per_network"})
_NOW_AND_THEN_S: Final = 60.0

LEVELS: Final[Mapping[str, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class LogSettings(Settings, frozen=True):
    """What is written to stderr. The block `[log]`."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Doc("least severe line written")] = "info"
    format: Annotated[Literal["text", "json"], Doc("text: one readable line; json: one object per line")] = (
        "text"
    )
    queries: Annotated[
        bool, Doc("one line per client question; names and clients are personal data, so off")
    ] = False


class TextFormatter(logging.Formatter):
    """`2026-01-31T12:00:00.123Z info kind: text key=value …`, always one line, control characters escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for `record`."""
        fields = "".join(f" {key}={_plain(value)}" for key, value in _fields(record).items())
        head = f"{_instant(record)} {record.levelname.lower()} {_kind(record)}"
        return f"{head}: {_one_line(record.getMessage())}{fields}"


class JsonFormatter(logging.Formatter):
    """One JSON object per line: `at`, `level`, `kind`, `text` and the fields, numbers as numbers."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for `record`."""
        head = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "kind": _kind(record),
            "text": record.getMessage(),
        }
        return json.dumps(head | _fields(record), ensure_ascii=False, default=str, separators=(",", ":"))


class RateLimit(logging.Filter):
    """Lets 20 lines a second of one kind pass.

    It tells `suppressed(kind)` of each of the rest, and notes their number on the next line that passes.
    """

    def __init__(self, suppressed: Callable[[str], None], lines_per_second: int = LINES_PER_SECOND) -> None:
        super().__init__()
        self._suppressed = suppressed
        self._limit = lines_per_second
        self._windows: dict[
            str, tuple[int, int, int]
        ] = {}  # kind -> (second, lines in it, suppressed since the last line)

    def filter(self, record: logging.LogRecord) -> bool:
        """Judge one line by the second it was made in."""
        kind, second = _kind(record), int(record.created)
        if kind in UNLIMITED:
            return True
        window, lines, hidden = self._windows.get(kind, (second, 0, 0))
        if window != second:
            window, lines = second, 0
        if lines >= self._limit:
            self._windows[kind] = (window, lines, hidden + 1)
            self._suppressed(kind)
            return False
        if hidden:
            record.__dict__["fields"] = {**_fields(record), "suppressed": hidden}
        self._windows[kind] = (window, lines + 1, 0)
        return True


class _Queue(QueueHandler):
    """Hands records to the writer thread unformatted; a full queue drops the line."""

    def __init__(self, lines: queue.Queue[Any], suppressed: Callable[[str], None]) -> None:
        super().__init__(lines)
        self._suppressed = suppressed

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Leave formatting to the writer thread; arguments are values, never live objects."""
        return record

    def handleError(self, record: logging.LogRecord) -> None:
        """Count a line that found the queue full, instead of writing about it to that same stderr."""
        self._suppressed(_kind(record))


class Log:
    """The process's log. `start` opens the writer thread, `stop` flushes and ends it."""

    def __init__(
        self,
        settings: LogSettings,
        *,
        suppressed: Callable[[str], None],
        stream: TextIO | None = None,
        always: Mapping[str, object] = MappingProxyType({}),
        writers: int = 1,
    ) -> None:
        """`always` are fields of every line; `writers` processes share the lines that may be written in a second."""
        self._always = dict(always)
        self._logger = logging.getLogger("resolver")
        self._logger.propagate = False
        lines: queue.Queue[Any] = queue.Queue(QUEUE_LINES)
        self._handler = _Queue(lines, suppressed)
        self._handler.addFilter(RateLimit(suppressed, max(1, LINES_PER_SECOND // writers)))
        self._output = logging.StreamHandler(stream or sys.stderr)
        self._listener = QueueListener(lines, self._output)
        self.configure(settings)

    def configure(self, settings: LogSettings) -> None:
        """Take level and format from `settings`; applies to the lines that follow."""
        self._logger.setLevel(LEVELS[settings.level])
        self._output.setFormatter(JsonFormatter() if settings.format == "json" else TextFormatter())

    def start(self) -> None:
        """Begin writing."""
        self._logger.addHandler(self._handler)
        self._listener.start()

    def stop(self) -> None:
        """Write what waits and end."""
        self._logger.removeHandler(self._handler)
        self._listener.stop()

    def say(self, level: int, kind: str, text: str, **fields: object) -> None:
        """Log one line of `kind` (the unit of the rate limit) with structured fields."""
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", text, extra={"kind": kind, "fields": self._always | fields})

    def debug(self, kind: str, text: str, **fields: object) -> None:
        """Detail for somebody who looks into one thing."""
        self.say(logging.DEBUG, kind, text, **fields)

    def info(self, kind: str, text: str, **fields: object) -> None:
        """What an operator may want to know and need not act on."""
        self.say(logging.INFO, kind, text, **fields)

    def warning(self, kind: str, text: str, **fields: object) -> None:
        """What an operator should look at."""
        self.say(logging.WARNING, kind, text, **fields)

    def error(self, kind: str, text: str, **fields: object) -> None:
        """What went wrong on our side."""
        self.say(logging.ERROR, kind, text, **fields)

    def enabled(self, level: int) -> bool:
        """Whether a line of `level` would be written; ask before spelling names out."""
        return self._logger.isEnabledFor(level)


class EventLog:
    """The listener that turns the events an operator cares about into lines; `handlers` are those, by kind."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._quiet_until: dict[str, float] = {}
        self.handlers: Mapping[type, Callable[[Any], None]] = {
            Crashed: self._crashed,
            ReplyDropped: self._reply_dropped,
            LimitHit: self._limit_hit,
            QuestionEnded: self._question_ended,
            TryEnded: self._try_ended,
        }

    def __call__(self, event: Event) -> None:
        """Log one event, or nothing."""
        handler = self.handlers.get(type(event))
        if handler is not None:
            handler(event)

    def _crashed(self, event: Crashed) -> None:
        self._log.error("crash", "a bug of ours; the question was answered SERVFAIL", **event._asdict())

    def _reply_dropped(self, event: ReplyDropped) -> None:
        if self._log.enabled(logging.INFO):
            self._log.info(
                "reply_dropped", "a datagram did not match", server=event.server, why=event.why.value
            )

    def _limit_hit(self, event: LimitHit) -> None:
        if event.limit == OPEN_FILES:
            self._log.warning("files", "no file was left for a socket - raise LimitNOFILE or ulimit -n")
            return
        if event.limit in _OF_FLOODS:
            if event.at < self._quiet_until.get(event.limit, 0.0):
                return
            self._quiet_until[event.limit] = event.at + _NOW_AND_THEN_S
        level = logging.DEBUG if event.limit in _EVERYDAY else logging.INFO
        if self._log.enabled(level):
            did = "stopped" if event.enforced else "would have stopped"
            self._log.say(level, "limit", f"a limit {did} something", limit=event.limit)

    def _question_ended(self, event: QuestionEnded) -> None:
        if event.outcome == "failed" and self._log.enabled(logging.DEBUG):
            self._log.debug("failed", event.detail or "no answer", **_question(event.name, event.rtype),
                           queries=event.queries, seconds=round(event.seconds, 3))  # fmt: skip

    def _try_ended(self, event: TryEnded) -> None:
        if self._log.enabled(logging.DEBUG):
            self._log.debug("try", event.verdict.value, server=event.server, zone=to_text(event.zone),
                           **_question(event.name, event.rtype), rtt=round(event.rtt, 4))  # fmt: skip


def _question(name: bytes, rtype: int) -> dict[str, str]:
    return {"name": to_text(name), "type": type_to_text(rtype)}


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = record.__dict__.get("fields")
    return fields if isinstance(fields, dict) else {}


def _kind(record: logging.LogRecord) -> str:
    return str(record.__dict__.get("kind", "log"))


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _plain(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text and text else json.dumps(text)


def _one_line(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)[1:-1]
