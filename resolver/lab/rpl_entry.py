# SPDX-License-Identifier: ISC
"""Reads one ENTRY of a scenario: MATCH, ADJUST, REPLY, sections, raw packets. Text to values, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from resolver.lab.rpl_values import Entry, Packet, ScenarioError
from resolver.lab.zone_text import read_rdatas
from resolver.lab.zones import ZoneError
from resolver.wire import ROOT, FormatError, Opcode, Question, Rcode, Record, codes, from_text

__all__ = ["Lines", "read_entry"]

Lines = Iterator[tuple[int, str]]

_SECTIONS: Final = ("QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL")
_MATCHES: Final = frozenset(
    {
        "DO",
        "TCP",
        "UDP",
        "additional",
        "all",
        "answer",
        "authority",
        "cookie",
        "edns",
        "flags",
        "noedns",
        "opcode",
        "qcase",
        "qname",
        "qtype",
        "question",
        "rcode",
        "server_cookie",
        "subdomain",
        "ttl",
    }
)
_ADJUSTS: Final = frozenset(
    {
        "bad_cookie",
        "copy_id",
        "copy_query",
        "do_not_answer",
        "keep_case",
        "no_edns",
        "oversize",
        "raw_id",
        "refuse",
        "server_cookie",
        "wrong_id",
    }
)
_FLAGS: Final = {
    "QR": codes.QR,
    "AA": codes.AA,
    "TC": codes.TC,
    "RD": codes.RD,
    "RA": codes.RA,
    "AD": codes.AD,
    "CD": codes.CD,
}
_RCODE_ALIASES: Final = {"NOTIMPL": Rcode.NOTIMP}
_DEFAULT_TTL: Final = 3600
_CLASSES: Final = {"IN": 1, "CH": 3, "HS": 4, "ANY": 255}
_TTL: Final = re.compile(r"(?:\d+[smhdwSMHDW]?)+")
_TTL_PARTS: Final = re.compile(r"(\d+)([smhdw]?)")
_TTL_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(slots=True)
class _Draft:
    """A packet in the making."""

    flags: int = 0
    rcode: int = 0
    do: bool = False
    edns: bool = False
    edns_version: int = 0
    udp_size: int = 1232
    edns_options: bytes = b""
    question: Question | None = None
    sections: dict[str, list[Record]] = field(default_factory=dict)
    raw: bytes | None = None
    delay_s: float = 0.0

    def packet(self) -> Packet:
        """The finished value."""
        return Packet(
            self.flags,
            self.rcode,
            self.do,
            self.edns or self.do or bool(self.edns_options) or self.edns_version > 0 or self.rcode > 15,
            self.edns_version,
            self.udp_size,
            self.edns_options,
            self.question,
            {name: tuple(records) for name, records in self.sections.items()},
            self.raw,
            self.delay_s,
        )


def read_entry(lines: Lines, path: str, begun_at: int) -> Entry:
    """Return the entry whose ENTRY_BEGIN stood at line `begun_at`; `lines` are consumed to ENTRY_END."""
    reading = _EntryReading(path, begun_at)
    for number, line in lines:
        if line == "ENTRY_END":
            return reading.entry()
        try:
            reading.take(line, lines)
        except (ValueError, FormatError, ZoneError) as error:
            raise ScenarioError(f"{path}:{number}", str(error)) from None
    raise ScenarioError(f"{path}:{begun_at}", "ENTRY_BEGIN without ENTRY_END")


class _EntryReading:
    def __init__(self, path: str, begun_at: int) -> None:
        self.path = path
        self.begun_at = begun_at
        self.match: set[str] = set()
        self.adjust: set[str] = set()
        self.ede: int | None = None
        self.packets = [_Draft()]
        self.section = ""

    def entry(self) -> Entry:
        return Entry(
            self.begun_at,
            frozenset(self.match),
            frozenset(self.adjust),
            tuple(draft.packet() for draft in self.packets),
            self.ede,
        )

    def take(self, line: str, lines: Lines) -> None:
        words = line.split()
        draft = self.packets[-1]
        match words[0]:
            case "MATCH":
                self._take_match(words[1:])
            case "ADJUST":
                self._take_adjust(words[1:])
            case "REPLY":
                for word in words[1:]:
                    _take_reply(draft, word)
            case "SECTION":
                self._begin_section(draft, words[1:])
            case "EXTRA_PACKET":
                self.packets.append(_Draft(question=self.packets[0].question))
                self.section = ""
            case "RAW":
                draft.raw = bytes.fromhex("".join(words[1:]) or next(lines)[1])
            case "HEX_ANSWER_BEGIN":
                draft.raw = _read_hex(lines, "HEX_ANSWER_END")
            case "HEX_EDNSDATA_BEGIN":
                draft.edns_options = _read_hex(lines, "HEX_EDNSDATA_END")
            case _:
                self._take_record(draft, line)

    def _take_match(self, words: list[str]) -> None:
        for word in words:
            if word.startswith("ede="):
                self.ede = -1 if word == "ede=any" else int(word[4:])
            elif word in _MATCHES:
                self.match.add(word)
            else:
                raise ValueError(f"unknown MATCH element {word!r}; known: {' '.join(sorted(_MATCHES))} ede=N")

    def _take_adjust(self, words: list[str]) -> None:
        draft = self.packets[-1]
        for word in words:
            name, equals, value = word.partition("=")
            if name in ("sleep", "packet_sleep") and equals:
                draft.delay_s = float(value)
            elif name == "udp_size" and equals:
                draft.udp_size, draft.edns = int(value), True
            elif name == "edns_version" and equals:
                draft.edns_version, draft.edns = int(value), True
            elif word in _ADJUSTS:
                self.adjust.add(word)
            else:
                known = " ".join(sorted(_ADJUSTS))
                raise ValueError(
                    f"unknown ADJUST element {word!r}; known: {known} sleep=S packet_sleep=S udp_size=N edns_version=N"
                )

    def _begin_section(self, draft: _Draft, words: list[str]) -> None:
        name = words[0] if words else ""
        if name not in _SECTIONS:
            raise ValueError(f"unknown section {name!r}; known: {' '.join(_SECTIONS)}")
        self.section = name
        if name == "QUESTION":
            draft.question = None
        else:
            draft.sections.setdefault(name, [])

    def _take_record(self, draft: _Draft, line: str) -> None:
        if not self.section:
            raise ValueError(f"expected MATCH, ADJUST, REPLY, SECTION or ENTRY_END, not {line!r}")
        if self.section == "QUESTION":
            draft.question = _question(line)
        else:
            draft.sections[self.section].append(_record(line))


def _take_reply(draft: _Draft, word: str) -> None:
    """One word of REPLY: flag, opcode, rcode, DO or EDNS."""
    if word in _FLAGS:
        draft.flags |= _FLAGS[word]
    elif word == "DO":
        draft.do = True
    elif word == "EDNS":
        draft.edns = True
    elif word in _RCODE_ALIASES:
        draft.rcode = _RCODE_ALIASES[word]
    elif word in Rcode.__members__:
        draft.rcode = Rcode[word]
    elif word in Opcode.__members__:
        draft.flags = draft.flags & ~0x7800 | Opcode[word] << 11
    else:
        raise ValueError(f"unknown REPLY word {word!r}: not a flag, an opcode or an rcode")


def _read_hex(lines: Lines, end: str) -> bytes:
    digits: list[str] = []
    for _, line in lines:
        if line == end:
            return bytes.fromhex("".join(digits))
        digits.append(line)
    raise ValueError(f"no {end}")


def _question(line: str) -> Question:
    words = line.split()
    rclass = _CLASSES[words.pop(1)] if len(words) == 3 and words[1] in _CLASSES else 1
    if len(words) != 2:
        raise ValueError(f"expected 'name [class] type', not {line!r}")
    return Question(from_text(words[0]), codes.type_from_text(words[1]), rclass)


@lru_cache(maxsize=4096)  # scenario files repeat the same few SOAs and delegations
def _record(line: str) -> Record:
    """The record that a line of `owner [ttl] [class] type rdata` spells, TTLs up to 32 bits as they are."""
    owner, _, rest = line.replace("\t", " ").partition(" ")
    ttl, rclass = _DEFAULT_TTL, 1
    while True:
        word, _, after = rest.lstrip().partition(" ")
        if word in _CLASSES:
            rclass = _CLASSES[word]
        elif _TTL.fullmatch(word):
            ttl = sum(int(count) * _TTL_UNITS[unit] for count, unit in _TTL_PARTS.findall(word.lower()))
        else:
            break
        rest = after
    if not word or not 0 <= ttl < 1 << 32:
        raise ValueError(f"expected 'owner [ttl] [class] type rdata', not {line!r}")
    rtype, (rdata,) = read_rdatas(word, (after.strip(),), ROOT)
    return Record(from_text(owner), rtype, rclass, ttl, rdata)
