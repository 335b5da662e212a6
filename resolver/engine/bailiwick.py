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
    if not removed:
        return message, 0
    return dataclasses.replace(message, answer=answer, authority=authority, additional=additional), removed


def _within(records: tuple[Record, ...], zone: bytes) -> tuple[Record, ...]:
    if zone == names.ROOT:
        return tuple(r for r in records if r.rclass == _CLASS_IN)
    return tuple(r for r in records if r.rclass == _CLASS_IN and names.is_at_or_below(r.owner.lower(), zone))
