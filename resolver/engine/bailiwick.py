# SPDX-License-Identifier: ISC
"""What a server of a zone may speak about: everything else is dropped before anyone reads it.

Pure; `scrub` is idempotent and adds nothing. Ranking among what remains is the cache's business.
"""

from __future__ import annotations

import dataclasses

from resolver.wire import Message, Record, names

_CLASS_IN = 1


def scrub(message: Message, zone: bytes) -> tuple[Message, int]:
    """Return `message` without records outside `zone` (a key) or class IN, and how many were removed.

    RFC 2181 section 5.4.1, RFC 5452 section 6; Kashpureff 1997.
    """
    if not (
        _has_strays(message.answer, zone)
        or _has_strays(message.authority, zone)
        or _has_strays(message.additional, zone)
    ):
        return message, 0
    answer = _within(message.answer, zone)
    authority = _within(message.authority, zone)
    additional = _within(message.additional, zone)
    removed = (
        len(message.answer)
        + len(message.authority)
        + len(message.additional)
        - len(answer)
        - len(authority)
        - len(additional)
    )
    return dataclasses.replace(message, answer=answer, authority=authority, additional=additional), removed


def _has_strays(records: tuple[Record, ...], zone: bytes) -> bool:
    """Whether a section has to be gone through: almost none has. The records of a set share one owner as parsed."""
    last = None
    for owner, _, rclass, _, _ in records:
        if rclass != _CLASS_IN or not (owner is last or names.is_at_or_below(owner.lower(), zone)):
            return True
        last = owner
    return False


def _within(records: tuple[Record, ...], zone: bytes) -> tuple[Record, ...]:
    return tuple(r for r in records if r.rclass == _CLASS_IN and names.is_at_or_below(r.owner.lower(), zone))
