# SPDX-License-Identifier: ISC
"""One policy's answer, as a table: what it holds, what becomes of the fetch; what is counted, and what it wants."""

from __future__ import annotations

import pytest

from resolver.policy import Policy, StaleRules
from resolver.service.shadows.answers import Outlook, Want, answer
from resolver.service.shadows.judges import Judge
from resolver.service.shadows.rows import Held, Row, seen_of
from resolver.service.shadows.tallies import Tally
from resolver.units import Seconds
from tests.service.fakes import negative, positive

PATIENT, AT_ONCE = Policy(), Policy(stale=StaleRules(client_timeout=Seconds(0)))
FRESH, STALE, DEAD, DUE = 110.0, 250.0, 500.0, 195.0


def row(*, denies: bool = False, tag: int | None = None) -> Row:
    """Held from 100 to 200 and stale to 300, due from 190 on, of an owner's TTL of 60 s."""
    entry = negative("a.example", at=100.0) if denies else positive("a.example", at=100.0)
    made = Row((entry.key, entry.rtype), 1)
    made.seen = seen_of(entry, None, held=True)
    made.held[0] = Held(100.0, 200.0, 300.0, 190.0, 160.0, made.seen.tag if tag is None else tag)
    return made


def ask(
    now: float, outlook: Outlook, *links: Row | None, policy: Policy = PATIENT, took: float = 0.0
) -> tuple[Tally, Want]:
    tally = Tally()
    judge = Judge("x", "shadow", policy, 1.0, ())
    return tally, answer(judge, 0, links or (row(),), tally, now, 1, outlook, took)


@pytest.mark.parametrize(
    ("now", "outlook", "took", "counted", "wants"),
    [
        (FRESH, Outlook.AS_LAST_SEEN, 0.0, "fresh", Want.NOTHING),
        (FRESH, Outlook.NOT_TRIED, 0.0, "fresh", Want.NOTHING),
        (DUE, Outlook.AS_LAST_SEEN, 0.0, "fresh", Want.PREFETCH),
        (DUE, Outlook.NOT_TRIED, 0.0, "fresh", Want.NOTHING),
        (STALE, Outlook.AS_LAST_SEEN, 0.0, None, Want.FETCH),
        (STALE, Outlook.DONE, 0.1, None, Want.FETCH),
        (STALE, Outlook.DONE, 1.9, "stale", Want.FETCH),  # past stale.client_timeout
        (STALE, Outlook.FAILED, 0.1, "stale", Want.FETCH),
        (STALE, Outlook.NOT_TRIED, 0.0, "stale", Want.NOTHING),
        (DEAD, Outlook.DONE, 9.0, None, Want.FETCH),
        (DEAD, Outlook.FAILED, 0.1, None, Want.FETCH),
        (DEAD, Outlook.NOT_TRIED, 0.0, "failure", Want.NOTHING),
    ],
)
def test_every_age_meets_every_outlook(
    now: float, outlook: Outlook, took: float, counted: str | None, wants: Want
) -> None:
    tally, want = ask(now, outlook, took=took)
    assert want is wants
    assert tally.requests == 1
    assert {field for field in ("fresh", "negative", "stale", "failure") if getattr(tally, field)} == (
        {counted} if counted else set()
    )


def test_rfc8767_section_5_without_patience_stale_data_comes_at_once_and_is_fetched_anew() -> None:
    tally, want = ask(STALE, Outlook.AS_LAST_SEEN, policy=AT_ONCE)
    assert (tally.stale, want) == (1, Want.FETCH)


def test_a_denial_is_a_hit_of_its_own() -> None:
    tally, _ = ask(FRESH, Outlook.AS_LAST_SEEN, row(denies=True))
    assert (tally.fresh, tally.negative) == (0, 1)


def test_an_answer_is_as_old_as_its_worst_link_and_missing_with_any() -> None:
    short = row()
    held = short.held[0]
    assert held is not None
    short.held[0] = held._replace(fresh_until=105.0)
    assert ask(FRESH, Outlook.NOT_TRIED, row(), short)[0].stale == 1
    assert ask(FRESH, Outlook.NOT_TRIED, row(), None)[0].failure == 1


def test_what_is_past_the_owners_ttl_or_not_true_any_more_is_said() -> None:
    tally, _ = ask(180.0, Outlook.AS_LAST_SEEN, row(tag=7))
    assert (tally.fresh, tally.beyond_ttl, tally.outdated, tally.outdated_seconds) == (1, 1, 1, 80.0)
    tally, _ = ask(FRESH, Outlook.AS_LAST_SEEN)
    assert (tally.beyond_ttl, tally.outdated) == (0, 0)


def test_what_came_for_others_while_it_waited_was_not_there_when_it_was_asked() -> None:
    assert ask(99.0, Outlook.DONE)[1] is Want.FETCH
