# SPDX-License-Identifier: ISC
"""Scrubbing: a server of a zone speaks about that zone and nothing else (Kashpureff 1997, CVE-2025-40778)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.engine.bailiwick import scrub
from resolver.wire import Message, Record, from_text, names
from tests.engine.scripted import rr, rrs

ZONE = from_text("leaf.shop0.")


def test_records_of_other_zones_are_dropped_from_every_section() -> None:
    message = Message(
        answer=rrs("www.leaf.shop0. 60 A 192.0.2.9", "www.bank.shop0. 60 A 203.0.113.66"),
        authority=rrs("shop0. 60 NS ns.evil.net0.", "leaf.shop0. 60 NS ns.leaf.shop0."),
        additional=rrs("ns.evil.net0. 60 A 203.0.113.66", "ns.leaf.shop0. 60 A 192.0.2.3"),
    )
    clean, removed = scrub(message, ZONE)
    assert removed == 3
    assert clean.answer == message.answer[:1]
    assert clean.authority == message.authority[1:]
    assert clean.additional == message.additional[1:]


def test_a_name_that_only_ends_in_the_same_letters_is_outside() -> None:
    message = Message(answer=rrs("notleaf.shop0. 60 A 203.0.113.66"))
    assert scrub(message, ZONE) == (Message(), 1)


def test_letter_case_does_not_matter() -> None:
    message = Message(answer=rrs("WWW.LeaF.shop0. 60 A 192.0.2.9"))
    assert scrub(message, ZONE) == (message, 0)


def test_other_classes_are_dropped() -> None:
    chaos = rr("www.leaf.shop0. 60 A 192.0.2.9")._replace(rclass=3)
    assert scrub(Message(answer=(chaos,)), names.ROOT)[1] == 1


owners = st.sampled_from(
    ["leaf.shop0.", "a.leaf.shop0.", "shop0.", ".", "aleaf.shop0.", "b.a.leaf.shop0.", "net0."]
)


@given(st.lists(owners, max_size=6), st.sampled_from(["leaf.shop0.", "shop0.", "."]))
def test_scrubbing_is_idempotent_and_adds_nothing(given_owners: list[str], zone: str) -> None:
    records = tuple(Record(from_text(owner), 1, 1, 60, bytes(4)) for owner in given_owners)
    key = from_text(zone)
    once, removed = scrub(Message(answer=records, additional=records), key)
    assert scrub(once, key) == (once, 0)
    assert set(once.answer) <= set(records)
    assert removed == 2 * (len(records) - len(once.answer))
    assert all(names.is_at_or_below(record.owner, key) for record in once.answer)
