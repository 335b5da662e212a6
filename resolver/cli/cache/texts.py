# SPDX-License-Identifier: ISC
"""Cache entries as text: rdata for people in JSON lines, and the zone-file text of `rndc dumpdb -cache`.

The zone text says what is left of each TTL and of the rank a word; what it cannot say, only JSON lines keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from resolver.control.presentation import rdata_text
from resolver.persistence.form import DENIES_ALL, EntryForm, RecordForm
from resolver.wire.codes import type_from_text

# The words of BIND's dumps. An alias target has no word of its own: it comes back as what is trusted less.
WORDS: Final = {
    "authoritative_answer": "authanswer",
    "alias_target": "answer",
    "non_authoritative_answer": "answer",
    "glue": "glue",
}


def with_texts(form: EntryForm) -> EntryForm:
    """The form with the text of all rdata beside it."""

    def told(records: tuple[RecordForm, ...]) -> tuple[RecordForm, ...]:
        return tuple(msgspec.structs.replace(record, text=_text(record, form)) for record in records)

    return msgspec.structs.replace(
        form,
        records=told(form.records),
        signatures=told(form.signatures),
        proofs=told(form.proofs),
        soa=None if form.soa is None else told((form.soa,))[0],
    )


def zone_head(wall: float) -> bytes:
    """The first lines; `$DATE` is what the age of all that follows counts from."""
    date = datetime.fromtimestamp(wall, UTC).strftime("%Y%m%d%H%M%S")
    return f"; cache dump; TTLs are what is left of them\n$DATE {date}\n".encode()


def zone_lines(form: EntryForm) -> bytes:
    """One entry: a comment with its rank, then its records with what is left of their TTL."""
    return "".join(f"{line}\n" for line in _lines(form)).encode()


def zone_end(entries: int) -> bytes:
    """The last line."""
    return f"; Dump complete: {entries} entries\n".encode()


def _lines(form: EntryForm) -> Iterator[str]:
    origin = f"from {form.server} of {form.zone}"
    yield f"; {WORDS[form.rank]} ({origin})"
    if form.fresh_for <= 0:
        yield f"; stale (will be retained for {int(form.stale_for)} more seconds)"
    left = max(0, int(form.fresh_for))
    if form.soa is not None:
        what = "ANY ;-$NXDOMAIN" if form.type == DENIES_ALL else f"{form.type} ;-$NXRRSET"
        yield f"{form.name}\t{left}\tIN\t\\-{what}"
        for record in (form.soa, *form.proofs):
            yield f"; {record.name or form.name} {record.type or form.type} {_text(record, form)}"
        return
    for record in (*form.records, *form.signatures):
        yield f"{record.name or form.name}\t{left}\tIN\t{record.type or form.type}\t{_text(record, form)}"


def _text(record: RecordForm, form: EntryForm) -> str:
    return rdata_text(type_from_text(record.type or form.type), record.rdata)
