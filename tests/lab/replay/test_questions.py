# SPDX-License-Identifier: ISC
"""From rows to questions: classes, RRsets, owners' TTLs, silent servers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from resolver.lab.replay.questions import Preparation, Questions, World
from resolver.lab.traces.columns import Numbering, blocks_of
from resolver.lab.traces.rows import EMPTY, Columns, Row, Trace
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import AnswerClass, Subject


class Recorded:
    """Rows as a trace."""

    about = "rows"

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._names: Numbering[bytes] = Numbering()
        self._clients: Numbering[str] = Numbering()

    @property
    def names(self) -> Sequence[bytes]:
        return self._names.keys

    def client(self, number: int) -> str:
        return self._clients.keys[number]

    def rows(self) -> Iterator[Row]:
        return iter(self._rows)

    def blocks(self) -> Iterator[Columns]:
        return blocks_of(self.rows(), self._names, self._clients)


def prepared(trace: Trace, world: World = World(), *, by_name: bool = False) -> tuple[Preparation, Questions]:  # noqa: B008 - frozen
    preparation = Preparation(trace, world, by_name=by_name)
    (block,) = preparation.blocks()
    return preparation, block


def row(
    time: float,
    name: bytes,
    rtype: int = 1,
    ttl: int | None = 60,
    rcode: int | None = 0,
    data: int | None = 5,
) -> Row:
    return Row(time, "c", name, rtype, ttl, rcode, data)


def test_the_class_of_each_answer() -> None:
    rows = [
        row(100.0, b"\1a\0"), row(101.0, b"\1a\0", data=EMPTY), row(102.0, b"\1a\0", rcode=3, data=EMPTY),
        row(103.0, b"\1a\0", rcode=2), row(104.0, b"\1a\0", rcode=None, data=None),
    ]  # fmt: skip
    preparation, block = prepared(Recorded(rows))
    classes = [preparation.subjects[number].answer for number in block.subject]
    assert classes == [
        AnswerClass.POSITIVE, AnswerClass.NODATA, AnswerClass.NXDOMAIN, AnswerClass.FAILURE, AnswerClass.POSITIVE,
    ]  # fmt: skip
    assert block.down.tolist() == [False, False, False, True, False]
    assert block.time.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert preparation.started_at == 100.0


def test_nxdomain_is_one_rrset_for_all_types() -> None:
    rows = [row(0, b"\1a\0"), row(1, b"\1a\0", 28), row(2, b"\1b\0", rcode=3), row(3, b"\1b\0", 28, rcode=3)]
    preparation, block = prepared(Recorded(rows))
    a, aaaa, missing, also = block.rrset.tolist()
    assert len({a, aaaa, missing}) == 3
    assert missing == also
    assert preparation.rrsets == 3
    assert preparation.subjects[block.subject[3]] == Subject(b"\0", 0, AnswerClass.NXDOMAIN, 60)


def test_clients_see_ttls_count_down_so_the_largest_is_the_owners() -> None:
    rows = [
        row(0, b"\1a\0", ttl=20),
        row(1, b"\1a\0", ttl=300),
        row(2, b"\1a\0", ttl=None),
        row(3, b"\1b\0", ttl=None),
    ]
    preparation, block = prepared(Recorded(rows), World(missing_ttl="77"))
    assert [preparation.subjects[number].published for number in block.subject] == [300, 300, 300, 77]
    assert preparation.ttl_sources == {"told": 2, "seen": 1, "assumed": 1}


def test_generated_ttls_are_the_owners() -> None:
    spec = read_spec("zipf:n=20,rate=10,duration=60,ttl=mix")
    preparation, block = prepared(Synthetic(spec, 1))
    told = np.concatenate([columns.ttl for columns in Synthetic(spec, 1).blocks()])
    assert [preparation.subjects[number].published for number in block.subject] == told.tolist()


def test_an_assumed_ttl_is_always_the_same_for_a_name() -> None:
    rows = [row(n, b"\1%c\0" % (97 + n % 5), ttl=None) for n in range(50)]
    preparation, block = prepared(Recorded(rows))
    ttls = [preparation.subjects[number].published for number in block.subject]
    assert ttls == ttls[:5] * 10
    assert len(set(ttls)) > 1


def test_silent_servers() -> None:
    _, block = prepared(Recorded([row(50.0 + n, b"\1a\0") for n in range(5)]), World(outages=((1.0, 3.0),)))
    assert block.down.tolist() == [False, True, True, False, False]


def test_changes_that_a_trace_shows_and_that_are_assumed() -> None:
    rows = [row(n, b"\1a\0", data=5 + (n > 2)) for n in range(5)]
    _, block = prepared(Recorded(rows))
    assert block.changes_at.tolist() == [3.0, 3.0, 3.0, np.inf, np.inf]
    _, block = prepared(Recorded(rows), World(change_s=0.0))
    assert np.isinf(block.changes_at).all()
    _, block = prepared(Recorded(rows), World(change_s=1.0))
    assert np.isfinite(block.changes_at).all()


@pytest.mark.parametrize("by_name", [True, False])
def test_subjects_by_name(by_name: bool) -> None:
    rows = [row(0, b"\1a\0"), row(1, b"\1b\0"), row(2, b"\1a\0")]
    preparation, block = prepared(Recorded(rows), by_name=by_name)
    assert [s.owner for s in preparation.subjects] == [b"\0"]
    if by_name:
        owners = [preparation.named_subjects[number].owner for number in block.named_subject]
        assert owners == [b"\1a\0", b"\1b\0", b"\1a\0"]
    else:
        assert len(block.named_subject) == 0


def test_rrsets_can_be_numbered_beforehand() -> None:
    trace = Synthetic(read_spec("zipf:n=20,rate=10,duration=60,ttl=30"), 1)
    preparation = Preparation(trace, World())
    assert preparation.number(np.arange(20, dtype=np.int32), 1).tolist() == list(range(20))
    (block,) = preparation.blocks()
    assert block.rrset.tolist() == np.concatenate([columns.name for columns in trace.blocks()]).tolist()
