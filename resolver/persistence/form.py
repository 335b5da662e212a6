# SPDX-License-Identifier: ISC
"""One cache entry as a value that JSON can hold, lossless, and back: checked as strictly as a reply from the network.

Times are relative to the instant of writing, so that a file means the same on another machine, or after a restart.
Text of rdata is for people; what counts is the wire form beside it.
"""

from __future__ import annotations

from math import isfinite
from typing import Final

import msgspec

from resolver.cache import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.errors import ResolverError
from resolver.policy import Lifetime, Reason
from resolver.policy.rules import CEILING_S
from resolver.wire import (
    FormatError,
    Message,
    Question,
    Record,
    Rtype,
    compose,
    from_text,
    names,
    parse,
    to_text,
)
from resolver.wire.codes import type_from_text, type_to_text
from resolver.wire.records import soa_fields

DENIES_ALL: Final = "*"  # how the type of an NXDOMAIN is written
_RANKS: Final = {rank.name.lower(): rank for rank in Rank}
_KINDS: Final = {kind.value: kind for kind in Kind}
_TTL_MAX: Final = (1 << 32) - 1
_RDATA_MAX: Final = (1 << 16) - 1
_REASONS_MAX: Final = 16  # more than any policy gives; an entry has room for 31
_TEXT_MAX: Final = 120  # a rule's name, a server's address


class BadForm(ResolverError):
    """A line that is no cache entry; the text says why."""


class RecordForm(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record; what is left out is as in its entry. `rdata` is in wire form, in JSON as base64."""

    rdata: bytes = b""
    name: str = ""
    type: str = ""
    ttl: int = -1
    rclass: int = 1
    text: str = ""


class EntryForm(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry. `type` is `*` for an NXDOMAIN; `ttl` is the one published; `age`, `fresh_for` and `stale_for` are
    seconds at the instant of writing, negative for what is past. `worker` held it, `line` is where it was read.
    """

    name: str
    type: str
    kind: str
    rank: str
    zone: str
    server: str
    ttl: int
    age: float
    fresh_for: float
    stale_for: float
    rules: tuple[tuple[str, float, float], ...] = ()
    records: tuple[RecordForm, ...] = ()
    signatures: tuple[RecordForm, ...] = ()
    soa: RecordForm | None = None
    proofs: tuple[RecordForm, ...] = ()
    wildcard: bool = False
    synthesized: bool = False
    worker: int = 0
    line: int = 0


def form_of(entry: Entry, now: float) -> EntryForm:
    """The form of an entry at the instant `now`."""
    lifetime = entry.lifetime
    rtype = DENIES_ALL if entry.rtype == NXDOMAIN_TYPE else type_to_text(entry.rtype)

    def record_form(record: Record) -> RecordForm:
        return RecordForm(
            record.rdata,
            "" if record.owner == entry.owner else to_text(record.owner),
            "" if record.rtype == entry.rtype else type_to_text(record.rtype),
            -1 if record.ttl == lifetime.published_ttl else record.ttl,
            record.rclass,
        )

    return EntryForm(
        to_text(entry.owner),
        rtype,
        entry.kind.value,
        entry.rank.name.lower(),
        to_text(entry.zone),
        entry.server,
        lifetime.published_ttl,
        now - lifetime.stored_at,
        lifetime.fresh_until - now,
        lifetime.stale_until - now,
        tuple((reason.rule, reason.before, reason.after) for reason in lifetime.reasons),
        tuple(map(record_form, entry.records)),
        tuple(map(record_form, entry.signatures)),
        None if entry.soa is None else record_form(entry.soa),
        tuple(map(record_form, entry.proofs)),
        entry.wildcard,
        entry.synthesized,
    )


def shifted(form: EntryForm, seconds: float) -> EntryForm:
    """The same entry as it was written `seconds` earlier."""
    return msgspec.structs.replace(
        form,
        age=form.age - seconds,
        fresh_for=form.fresh_for + seconds,
        stale_for=form.stale_for + seconds,
    )


def entry_of(form: EntryForm, now: float, elapsed: float) -> Entry:
    """The entry that was written `elapsed` seconds ago, at the instant `now`. Raises BadForm.

    No life becomes longer than RFC 8767 lets any be, whatever the line says; what elapses is never negative.
    """
    try:
        owner, zone = from_text(form.name), from_text(form.zone).lower()
        rtype = NXDOMAIN_TYPE if form.type == DENIES_ALL else type_from_text(form.type)
    except FormatError as error:
        raise BadForm(f"name, zone or type: {error}") from None
    kind, rank = _KINDS.get(form.kind), _RANKS.get(form.rank)
    if kind is None or rank is None:
        raise BadForm(f"no such kind or rank: {form.kind}, {form.rank}")
    if (kind is Kind.NXDOMAIN) is not (rtype == NXDOMAIN_TYPE):
        raise BadForm("an NXDOMAIN has the type *, and nothing else has")
    if not names.is_at_or_below(owner.lower(), zone):
        raise BadForm(f"{form.name} is not in the zone {form.zone} that is said to have told of it")
    entry = Entry(
        kind,
        owner,
        rtype,
        _records(form.records, form, owner, rtype),
        _records(form.signatures, form, owner, rtype),
        None if form.soa is None else _records((form.soa,), form, owner, rtype)[0],
        _records(form.proofs, form, owner, rtype),
        rank,
        _lifetime(form, now, max(0.0, elapsed)),
        zone,
        _short(form.server),
        form.wildcard,
        form.synthesized,
    )
    _check(entry)
    return entry


def _lifetime(form: EntryForm, now: float, elapsed: float) -> Lifetime:
    times = (form.age, form.fresh_for, form.stale_for)
    if not all(map(isfinite, times)) or form.age < 0:
        raise BadForm("age, fresh_for and stale_for must be numbers of seconds, and age not negative")
    if not 0 <= form.ttl <= _TTL_MAX:
        raise BadForm(f"no message has the TTL {form.ttl}")
    if len(form.rules) > _REASONS_MAX or not all(isfinite(b) and isfinite(a) for _, b, a in form.rules):
        raise BadForm("too many rules, or seconds that are no numbers")
    stored_at = now - form.age - elapsed
    fresh_until = min(now + form.fresh_for - elapsed, stored_at + CEILING_S)
    stale_until = min(now + form.stale_for - elapsed, fresh_until + CEILING_S)
    reasons = tuple(Reason(_short(rule), before, after) for rule, before, after in form.rules)
    return Lifetime(stored_at, fresh_until, stale_until, form.ttl, reasons)


def _records(forms: tuple[RecordForm, ...], entry: EntryForm, owner: bytes, rtype: int) -> tuple[Record, ...]:
    """Records, each with what it has of its own."""
    found = []
    for form in forms:
        try:
            name = from_text(form.name) if form.name else owner
            number = type_from_text(form.type) if form.type else rtype
        except FormatError as error:
            raise BadForm(f"name or type of a record: {error}") from None
        ttl = entry.ttl if form.ttl == -1 else form.ttl
        if len(form.rdata) > _RDATA_MAX:
            raise BadForm(f"a record of {len(form.rdata)} octets, which no message can hold")
        if not 0 <= ttl <= _TTL_MAX or form.rclass != 1:
            raise BadForm("a record has a TTL or a class that is never cached")
        found.append(Record(name, number, 1, ttl, form.rdata))
    return tuple(found)


def _check(entry: Entry) -> None:
    """What it holds must be what a message can hold, and what its kind is made of."""
    if entry.kind is Kind.POSITIVE:
        if not entry.records or entry.soa is not None:
            raise BadForm("a positive entry has records, and no soa")
        if any(r.rtype != entry.rtype or r.owner.lower() != entry.key for r in entry.records):
            raise BadForm("records of another name or type")
        if entry.rtype in (Rtype.CNAME, Rtype.DNAME) and len(entry.records) != 1:
            raise BadForm("an alias is one record")
    elif entry.records or entry.soa is None or entry.soa.rtype != Rtype.SOA:
        raise BadForm("a denial has an soa, and no records")
    soas = () if entry.soa is None else (entry.soa,)
    held = (*entry.records, *entry.signatures, *entry.proofs, *soas)
    try:
        message = compose(Message(0, 0x8180, 0, Question(entry.owner, 1, 1), held, (), (), None))
        read = parse(message).answer
        if entry.soa is not None:
            soa_fields(entry.soa.rdata)
    except ResolverError as error:
        raise BadForm(f"rdata: {error}") from None
    if [record.rdata for record in read] != [record.rdata for record in held]:
        raise BadForm("rdata that no message says in this form")


def _short(text: str) -> str:
    if len(text.encode()) > _TEXT_MAX or not text.isprintable():
        raise BadForm("a server or a rule of more than 120 octets, or not printable")
    return text
