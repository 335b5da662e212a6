# SPDX-License-Identifier: ISC
r"""The text that BIND (`rndc dumpdb -cache`) and Unbound (`dump_cache`) write, to entries. One line at a time.

; authanswer | ;rrset 300 1 0 8 3           the rank of what follows
www.example. 300 IN A 192.0.2.1             a record; without an owner it is that of the line before
no.example. 10 \\-ANY ;-$NXDOMAIN            a denial, whose SOA is in the comments after it
msg no.example. IN A 33155 1 10 0 0 1 0     Unbound's: a denial whose SOA was among the RRsets
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from resolver.persistence.form import DENIES_ALL, BadForm, EntryForm, RecordForm

_SOURCE: Final = "dump"  # who said it, where the text does not say
# Such text says what was left of a TTL, not what was published: a bound of its own, which no policy makes more of.
_LEFT: Final = "dump.left"
# BIND's words of trust. Whatever is not here answers nobody, as glue.
_TRUST: Final = {
    "secure": "authoritative_answer",
    "authanswer": "authoritative_answer",
    "answer": "non_authoritative_answer",
}
_WORDS: Final = frozenset(
    {*_TRUST, "glue", "additional", "authauthority", "pending-answer", "pending-additional"}
)
# Unbound's numbers (enum rrset_trust): 5 is an answer without AA, 8 one with it, and above are the validated ones.
_ANSWER_NO_AA, _ANSWER_AA = 5, 8
_PLAIN: Final = "non_authoritative_answer"  # of zone text that says nothing of rank
_FROM: Final = re.compile(r"\(from (\S+) of (\S+)\)")
_STALE: Final = re.compile(r"retained for (\d+) more seconds")
_NXDOMAIN: Final = 3
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\])*"|\\.')


class ZoneText:
    """Feed it lines; it gives entries when it has seen all of their records."""

    def __init__(self) -> None:
        self._rank = _PLAIN
        self._server, self._zone, self._stale = _SOURCE, ".", 0
        self._owner = ""
        self._here: dict[str, EntryForm] = {}  # of the owner at hand, by type
        self._denial: EntryForm | None = None
        self._soas: dict[str, RecordForm] = {}
        self._open = ""  # a record whose parentheses are not closed yet

    def feed(self, line: str, number: int) -> Iterator[EntryForm]:
        """Take one line; yield what is complete by it. Raises BadForm for a line that says nothing readable."""
        if self._open or (_opens(line) and not line.lstrip().startswith(";")):
            self._open += " " + _uncommented(line) if self._open else _uncommented(line)
            if ")" not in _bare(self._open):
                return
            line, self._open = self._open.replace("(", " ").replace(")", " "), ""
        text = line.strip()
        if text.startswith(";"):
            yield from self._comment(text, number)
        elif text.startswith("msg "):
            yield from self._message(text.split(), number)
        elif text and not text.startswith(("START_", "END_", "EOF", "$")) and not _is_reference(text):
            yield from self._record(line, number)

    def end(self) -> Iterator[EntryForm]:
        """Yield what is left."""
        yield from self._here.values()
        self._here = {}

    def _comment(self, text: str, number: int) -> Iterator[EntryForm]:
        if text.startswith(";rrset"):
            numbers = [int(word) for word in text.split() if word.isdigit()]
            trust = numbers[3] if len(numbers) > 3 else 0
            self._rank = "glue"
            if trust == _ANSWER_NO_AA:
                self._rank = _PLAIN
            elif trust >= _ANSWER_AA:
                self._rank = "authoritative_answer"
            return
        words = text.lstrip("; ").split()
        if not words:
            return
        if words[0] in _WORDS:
            self._rank, self._stale = _TRUST.get(words[0], "glue"), 0
            origin = _FROM.search(text)
            self._server, self._zone = origin.groups() if origin else (_SOURCE, ".")
        elif words[0] == "stale":
            found = _STALE.search(text)
            self._stale = int(found[1]) if found else 0
        elif self._denial is not None and len(words) > 8 and words[1] == "SOA":
            soa = RecordForm(_rdata("SOA", " ".join(words[2:])), words[0], "SOA")
            denial, self._denial = self._denial, None
            yield replace(denial, soa=soa)

    def _record(self, line: str, number: int) -> Iterator[EntryForm]:
        owner, rest = (self._owner, line) if line[0].isspace() else _first(line)
        ttl, rest = _first(rest)
        rtype, rest = _first(rest)
        if rtype == "IN":
            rtype, rest = _first(rest)
        if not owner or not ttl.isdigit() or not rtype:
            raise BadForm("neither a record nor a comment: an owner, a TTL, a type and rdata are wanted")
        if owner != self._owner:
            yield from self.end()
            self._owner = owner
        if rtype.startswith("\\-"):
            is_nxdomain = rest.startswith(";-$NXDOMAIN")
            self._denial = self._denied(owner, rtype[2:], int(ttl), nxdomain=is_nxdomain, line=number)
        else:
            self._add(owner, rtype, int(ttl), _uncommented(rest).strip(), number)

    def _add(self, owner: str, rtype: str, ttl: int, text: str, number: int) -> None:
        if rtype == "RRSIG":
            signed = self._here.get(text.split(" ", 1)[0])
            if signed is not None:
                own = RecordForm(_rdata(rtype, text), type=rtype)
                self._here[signed.type] = replace(signed, signatures=(*signed.signatures, own))
            return
        record = RecordForm(_rdata(rtype, text))
        known = self._here.get(rtype)
        if known is None:
            known = self._form(owner, rtype, "positive", ttl, number)
        self._here[rtype] = replace(known, records=(*known.records, record))
        if rtype == "SOA":
            self._soas[owner.lower()] = replace(record, name=owner, type=rtype)

    def _message(self, words: list[str], number: int) -> Iterator[EntryForm]:
        """A message of Unbound's: of these only denials hold what the RRsets do not."""
        yield from self.end()
        numbers = [int(word) for word in words[4:] if word.isdigit()]
        if len(words) < 11 or len(numbers) < 7:
            raise BadForm("a message of Unbound's has a name, a class, a type and seven numbers")
        flags, _, ttl, _, answers = numbers[:5]
        if answers:
            return
        above = words[1].lower()
        while above and above not in self._soas:
            above = above.partition(".")[2]
        soa = self._soas.get(above or ".")
        if soa is not None:
            self._rank = _PLAIN if not flags & 0x0400 else "authoritative_answer"
            is_nxdomain = flags & 0xF == _NXDOMAIN
            yield replace(self._denied(words[1], words[3], ttl, nxdomain=is_nxdomain, line=number), soa=soa)

    def _denied(self, owner: str, rtype: str, ttl: int, *, nxdomain: bool, line: int) -> EntryForm:
        if nxdomain:
            return self._form(owner, DENIES_ALL, "nxdomain", ttl, line)
        return self._form(owner, rtype, "nodata", ttl, line)

    def _form(self, owner: str, rtype: str, kind: str, ttl: int, line: int) -> EntryForm:
        age, stale_for = 0.0, float(ttl)
        if not ttl and self._stale:  # stale data had a TTL once: of a second at least
            ttl, age, stale_for = 1, 1.0, float(self._stale)
        return EntryForm(
            owner,
            rtype,
            kind,
            self._rank,
            self._zone,
            self._server,
            ttl,
            age,
            ttl - age,
            stale_for,
            ((_LEFT, ttl, ttl),),
            line=line,
        )


def _first(text: str) -> tuple[str, str]:
    """The first word, and the rest as it stands."""
    words = text.split(None, 1)
    return (words[0] if words else "", words[1] if len(words) > 1 else "")


def _bare(text: str) -> str:
    """The text without what is quoted or escaped."""
    return _QUOTED.sub("", text)


def _opens(line: str) -> bool:
    return "(" in _bare(_uncommented(line))


def _uncommented(line: str) -> str:
    """The line without the comment at its end."""
    at = 0
    for part in _QUOTED.finditer(line):
        comment = line.find(";", at, part.start())
        if comment >= 0:
            return line[:comment]
        at = part.end()
    comment = line.find(";", at)
    return line if comment < 0 else line[:comment]


def _is_reference(text: str) -> bool:
    """Unbound's list of what a message is made of: name, class, type and flags, without a TTL."""
    words = text.split()
    return len(words) == 4 and words[1] == "IN" and words[3].isdigit()


def _rdata(rtype: str, text: str) -> bytes:
    """Rdata in wire form. Raises BadForm."""
    import dns.exception
    import dns.rdata
    import dns.rdatatype

    try:
        value = dns.rdata.from_text("IN", dns.rdatatype.from_text(rtype), text, relativize=False)
        return value.to_wire() or b""
    except (dns.exception.DNSException, ValueError) as error:
        raise BadForm(f"{rtype} {text[:60]}: {error}") from None
