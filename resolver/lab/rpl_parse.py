# SPDX-License-Identifier: ISC
"""Reads `.rpl` scenario files, the format that Unbound's testbound and CZ.NIC's Deckard share.

    ; RFC 8020 section 2: the first comment says what the file shows
    key: value                         our settings (stale.enabled: false), stub-addr, forward-addr, name
    CONFIG_END
    SCENARIO_BEGIN title
    RANGE_BEGIN first last             the servers at ADDRESS, while the step is in first … last
      ADDRESS 192.0.2.1
      ENTRY_BEGIN … ENTRY_END          MATCH, ADJUST, REPLY, SECTION, EXTRA_PACKET (the first entry that fits answers)
    RANGE_END
    STEP 1 QUERY [ADDRESS client]      followed by an entry; MATCH TCP asks over TCP
    STEP 2 CHECK_ANSWER [OF step]      followed by an entry
    STEP 3 CHECK_OUT_QUERY             followed by an entry
    STEP 4 TIME_PASSES ELAPSE seconds  also: NOTHING, TIMEOUT
    SCENARIO_END

Ours alone, each one line: CHECK_QUERIES [<=|>=|<|>|=] n [TO address], CHECK_EDE n|NONE, CHECK_LATENCY [<=…] seconds,
CHECK_NO_ANSWER, CLOCK_JUMPS seconds, and NO_OUT_QUERY [TO address] with an entry. In entries ours alone: REPLY EDNS;
MATCH cookie, server_cookie; ADJUST refuse, wrong_id, keep_case, no_edns, bad_cookie, oversize, udp_size=N,
edns_version=N.

No running lives here (see `rpl`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from resolver.lab.rpl_config import read_config
from resolver.lab.rpl_entry import Lines, read_entry
from resolver.lab.rpl_values import (
    Action,
    CheckAnswer,
    CheckEde,
    CheckLatency,
    CheckNoAnswer,
    CheckOutQuery,
    CheckQueries,
    ClockJumps,
    Comparison,
    Config,
    Entry,
    NoOutQuery,
    Nothing,
    Query,
    Range,
    Scenario,
    ScenarioError,
    Step,
    Timeout,
    TimePasses,
)

__all__ = ["load_scenario", "read_scenario"]

_COMPARISONS: Final = sorted((comparison.value for comparison in Comparison), key=len, reverse=True)
_CLIENT: Final = "127.0.0.1"


def load_scenario(path: Path) -> Scenario:
    """Return the scenario in the file at `path`. Raises ScenarioError, which names file and line, and OSError."""
    return read_scenario(path.read_text(encoding="ascii"), str(path))


def read_scenario(text: str, path: str = "scenario") -> Scenario:
    """Return the scenario that `text` spells; `path` is for messages. Raises ScenarioError."""
    numbered = list(enumerate(text.splitlines(), start=1))
    about = next((line.strip().lstrip("; ") for _, line in numbered if line.strip().startswith(";")), "")
    lines: Lines = iter([(number, bare) for number, line in numbered if (bare := _without_comment(line))])
    return _ScenarioReading(path, about).read(lines)


class _ScenarioReading:
    def __init__(self, path: str, about: str) -> None:
        self.path = path
        self.about = about
        self.title = ""
        self.ranges: list[Range] = []
        self.steps: list[Step] = []

    def read(self, lines: Lines) -> Scenario:
        config = self._read_head(lines)
        for number, line in lines:
            words = line.split()
            try:
                match words[0]:
                    case "SCENARIO_BEGIN":
                        self.title = " ".join(words[1:])
                    case "RANGE_BEGIN":
                        self.ranges.append(self._read_range(words[1:], lines, number))
                    case "STEP":
                        self._add_step(Step(int(words[1]), number, self._read_action(words[2:], lines)))
                    case "SCENARIO_END":
                        return Scenario(
                            self.path, self.title, self.about, config, tuple(self.ranges), tuple(self.steps)
                        )
                    case other:
                        raise ValueError(f"expected RANGE_BEGIN, STEP or SCENARIO_END, not {other!r}")
            except (ValueError, IndexError) as error:
                raise ScenarioError(f"{self.path}:{number}", str(error)) from None
        raise ScenarioError(self.path, "no SCENARIO_END")

    def _read_head(self, lines: Lines) -> Config:
        head: list[tuple[int, str]] = []
        for number, line in lines:
            if line == "CONFIG_END":
                return read_config(head, self.path)
            head.append((number, line.split(" #")[0].split("\t#")[0].strip()))
        raise ScenarioError(self.path, "no CONFIG_END")

    def _add_step(self, step: Step) -> None:
        if self.steps and step.number <= self.steps[-1].number:
            raise ValueError(f"step {step.number} is not after step {self.steps[-1].number}")
        self.steps.append(step)

    def _read_range(self, words: list[str], lines: Lines, begun_at: int) -> Range:
        first, last = (int(word) for word in words)
        addresses: set[str] = set()
        entries: list[Entry] = []
        for number, line in lines:
            match line.split():
                case ["RANGE_END"]:
                    return Range(first, last, frozenset(addresses), tuple(entries))
                case ["ADDRESS", address]:
                    addresses.add(address)
                case ["ENTRY_BEGIN"]:
                    entries.append(read_entry(lines, self.path, number))
                case _:
                    raise ScenarioError(
                        f"{self.path}:{number}", f"expected ADDRESS or ENTRY_BEGIN, not {line!r}"
                    )
        raise ScenarioError(f"{self.path}:{begun_at}", "RANGE_BEGIN without RANGE_END")

    def _read_action(self, words: list[str], lines: Lines) -> Action:
        kind, *rest = words
        if kind in _WITH_ENTRY:
            return _WITH_ENTRY[kind](rest, self._entry_of(lines))
        if kind in _WITHOUT_ENTRY:
            return _WITHOUT_ENTRY[kind](rest)
        known = ", ".join((*_WITH_ENTRY, *_WITHOUT_ENTRY))
        raise ValueError(f"unknown step {kind!r}; known: {known}")

    def _entry_of(self, lines: Lines) -> Entry:
        number, line = next(lines, (0, ""))
        if line != "ENTRY_BEGIN":
            raise ScenarioError(f"{self.path}:{number}", f"expected ENTRY_BEGIN, not {line!r}")
        return read_entry(lines, self.path, number)


def _without_comment(line: str) -> str:
    """The line up to the first semicolon that no quote holds, without blanks around it."""
    quoted = False
    for position, char in enumerate(line):
        if char == '"' and line[position - 1 : position] != "\\":
            quoted = not quoted
        elif char == ";" and not quoted and line[position - 1 : position] != "\\":
            return line[:position].strip()
    return line.strip()


def _named(words: list[str], name: str) -> str | None:
    """The word after `name` when that is all there is, None when there is nothing."""
    match words:
        case []:
            return None
        case [found, value] if found == name:
            return value
        case _:
            raise ValueError(f"expected '{name} …', not {' '.join(words)!r}")


def _compared(words: list[str]) -> tuple[Comparison, float]:
    """A comparison and its number: `<= 5`, `<=5` or `5`."""
    text = "".join(words)
    for sign in _COMPARISONS:
        if text.startswith(sign):
            return Comparison(sign), float(text.removeprefix(sign))
    return Comparison.EXACTLY, float(text)


def _check_queries(words: list[str]) -> Action:
    to = None
    if "TO" in words:
        where = words.index("TO")
        to = _named(words[where:], "TO")
        words = words[:where]
    comparison, count = _compared(words)
    return CheckQueries(comparison, int(count), to)


def _check_ede(words: list[str]) -> Action:
    (word,) = words
    return CheckEde(None if word == "NONE" else int(word))


def _time_passes(words: list[str]) -> Action:
    seconds = _named(words, "ELAPSE")
    if seconds is None:
        raise ValueError("TIME_PASSES ELAPSE needs a number of seconds")
    return TimePasses(float(seconds))


def _check_answer(words: list[str], entry: Entry) -> Action:
    step = _named(words, "OF")
    return CheckAnswer(entry, None if step is None else int(step))


_WITH_ENTRY: Final[dict[str, Callable[[list[str], Entry], Action]]] = {
    "QUERY": lambda words, entry: Query(entry, _named(words, "ADDRESS") or _CLIENT),
    "CHECK_ANSWER": _check_answer,
    "CHECK_OUT_QUERY": lambda words, entry: CheckOutQuery(entry, _named(words, "TO")),
    "NO_OUT_QUERY": lambda words, entry: NoOutQuery(entry, _named(words, "TO")),
}
_WITHOUT_ENTRY: Final[dict[str, Callable[[list[str]], Action]]] = {
    "CHECK_QUERIES": _check_queries,
    "CHECK_EDE": _check_ede,
    "CHECK_LATENCY": lambda words: CheckLatency(*_compared(words)),
    "CHECK_NO_ANSWER": lambda words: CheckNoAnswer(),
    "TIME_PASSES": _time_passes,
    "CLOCK_JUMPS": lambda words: ClockJumps(float(words[0])),
    "TIMEOUT": lambda words: Timeout(),
    "NOTHING": lambda words: Nothing(),
}
