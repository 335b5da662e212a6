# SPDX-License-Identifier: ISC
"""The rows: what is learnt of a fetch, what policies take of it, and what makes room."""

from __future__ import annotations

import gc
import tracemalloc

from resolver.policy import Policy, PositiveBounds
from resolver.service.shadows.judges import Judge
from resolver.service.shadows.rows import SUPERSEDED
from resolver.service.shadows.table import Fetch, Table
from resolver.units import Seconds
from resolver.wire import from_text
from tests.service.fakes import cname, negative, positive

WWW, TARGET = from_text("www.example.com").lower(), from_text("t.example.com").lower()
QUESTION = (WWW, 1)
LONG = Policy(positive=PositiveBounds(min=Seconds(1000)))


def table(max_bytes: int = 1 << 20) -> Table:
    return Table([Judge("a", "enforce", Policy(), 1.0, ()), Judge("b", "shadow", LONG, 1.0, ())], max_bytes)


def test_an_answer_over_an_alias_is_a_chain_of_rows() -> None:
    made = table()
    entries = (
        cname("www.example.com", "t.example.com", at=100.0, ttl=300),
        positive("t.example.com", at=100.0),
    )
    row = made.adopt(QUESTION, entries)
    assert row is not None
    assert row.chains == [((WWW, 5), (TARGET, 1))] * 2
    ends = [
        [link.held[n].fresh_until for link in made.links(row, n) if link and link.held[n]] for n in (0, 1)
    ]
    assert ends == [[400.0, 400.0], [1100.0, 1100.0]]


def test_a_policy_that_does_not_fetch_keeps_what_it_holds_and_hears_the_truth() -> None:
    made = table()
    row = made.adopt(QUESTION, [positive("www.example.com", at=100.0, ttl=60)])
    assert row is not None
    held = row.held[1]
    made.observe(QUESTION, [positive("www.example.com", 1, b"\x01\x02\x03\x04", at=200.0, ttl=60)], [True])
    assert row.held[1] is held is not None
    assert row.seen is not None
    assert (row.seen.changed_at, held.tag != row.seen.tag) == (200.0, True)
    made.take(1, row, Fetch(150.0, 200.0, is_prefetch=False))
    assert row.held[1] is not None
    assert (row.held[1].stored_at, row.held[1].tag) == (200.0, row.seen.tag)


def test_where_a_denial_is_now_the_address_is_true_no_more() -> None:
    made = table()
    row = made.adopt(QUESTION, [positive("www.example.com", at=100.0)])
    made.observe(QUESTION, [negative("www.example.com", at=500.0)], [True])
    assert row is not None
    assert row.seen is not None
    assert (row.seen.tag, row.seen.changed_at) == (SUPERSEDED, 500.0)
    assert (row.chains[0], row.chains[1]) == (((WWW, 0),), ())


def test_all_answer_alike_until_one_of_them_does_not() -> None:
    made = table()
    row = made.adopt(QUESTION, [positive("www.example.com", at=100.0, ttl=300)])
    assert row is not None
    made.compare(row)
    assert made.is_alike(row, 300.0)
    assert not made.is_alike(row, 390.0)  # the first would prefetch
    made.observe(QUESTION, [positive("www.example.com", at=200.0, ttl=300)], [True])
    assert not made.is_alike(row, 300.0)


def test_a_flush_leaves_nothing_held() -> None:
    made = table()
    row = made.adopt(QUESTION, [positive("www.example.com", at=100.0)])
    assert row is not None
    made.forget(row)
    assert row.held == [None, None]


def test_what_weighs_more_than_all_that_fits_is_not_remembered() -> None:
    assert table(max_bytes=100).adopt(QUESTION, [positive("www.example.com", at=100.0)]) is None


def test_bytes_are_bounded_and_the_least_recently_asked_goes_first() -> None:
    made = table(max_bytes=10_000)
    for number in range(50):
        made.adopt((b"\x02%02d\x00" % number, 1), [positive(f"{number:02d}", at=100.0)])
        made.get((b"\x0200\x00", 1))
    assert 0 < made.size_bytes <= made.budget_bytes == 10_000
    assert made.get((b"\x0200\x00", 1)) is not None
    assert made.get((b"\x0201\x00", 1)) is None


def test_rows_weigh_what_they_take() -> None:
    """Within a quarter, entries and their octets aside: those are not kept."""
    made = Table([Judge(f"{n}", "shadow", LONG, 1.0, ()) for n in range(4)], 1 << 30)
    entries = [positive(f"a-name-of-usual-length-{n}.example.com", at=float(n)) for n in range(3000)]
    gc.collect()  # it empties the lists of freed objects too: what comes from there is not counted
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for entry in entries:
        row = made.adopt((entry.key, entry.rtype), [entry])
        assert row is not None
        made.compare(row)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0.75 <= grown / made.size_bytes <= 1.1
