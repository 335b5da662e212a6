# SPDX-License-Identifier: ISC
"""RFC 9156 section 2.3: what each query reveals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.engine.budget import Work
from resolver.engine.limits import Limits
from resolver.engine.minimise import Minimiser
from resolver.wire import Rtype, from_text, names, to_text


def steps(name: str, mode: str = "relaxed", revealed: int = 0, rtype: int = Rtype.TXT) -> list[str]:
    """All names asked when every answer is 'exists, no cut'."""
    walk = Minimiser(from_text(name), rtype, mode, Work(Limits(), 8.0))  # type: ignore[arg-type]  # a literal in tests
    asked = []
    while True:
        query, kind = walk.next_query(revealed)
        asked.append(f"{to_text(query)} {'A' if kind == Rtype.A else 'own'}")
        if len(query) == len(from_text(name)):
            return asked
        revealed = names.count_labels(query)


def test_one_label_at_a_time_with_type_a() -> None:
    assert steps("www.leaf.shop0.") == ["shop0. A", "leaf.shop0. A", "www.leaf.shop0. own"]


def test_below_a_known_cut_only_the_rest() -> None:
    assert steps("www.leaf.shop0.", revealed=1) == ["leaf.shop0. A", "www.leaf.shop0. own"]


def test_off_reveals_all_at_once() -> None:
    assert steps("www.leaf.shop0.", "off") == ["www.leaf.shop0. own"]


def test_underscore_labels_are_never_asked_alone() -> None:
    assert steps("_sip._tcp.leaf.shop0.", revealed=1) == ["leaf.shop0. A", "_sip._tcp.leaf.shop0. own"]


@given(st.integers(min_value=2, max_value=120), st.integers(min_value=0, max_value=3))
def test_a_name_of_many_labels_takes_at_most_eleven_queries(labels: int, revealed: int) -> None:
    """MAX_MINIMISE_COUNT 10 and the whole name: the label bomb of security.md C10."""
    asked = steps(".".join("a" * labels) + ".", revealed=min(revealed, labels - 1))
    assert len(asked) <= 11
    assert asked[-1].endswith("own")


def test_the_first_four_reveal_one_label_each() -> None:
    asked = steps(".".join("a" * 60) + ".")
    assert [text.split()[0].count(".") for text in asked[:4]] == [1, 2, 3, 4]


def test_relaxing_is_for_good() -> None:
    walk = Minimiser(from_text("a.b.c."), Rtype.A, "relaxed", Work(Limits(), 8.0))
    walk.next_query(0)
    walk.relax()
    assert walk.next_query(0)[0] == from_text("a.b.c.")
