# SPDX-License-Identifier: ISC
"""What a flush covers, and which answers come too late."""

import pytest

from resolver.cache import NXDOMAIN_TYPE
from resolver.cache.flushes import Flush, FlushLog
from resolver.wire import Rtype
from tests.cache.making import k

A, TXT = Rtype.A, Rtype.TXT


@pytest.mark.parametrize(
    ("flush", "name", "rtype", "negative", "covered"),
    [
        (Flush(), "a.example.", A, False, True),
        (Flush(negative=True), "a.example.", A, False, False),
        (Flush(negative=True), "a.example.", A, True, True),
        (Flush(rtype=A), "a.example.", TXT, False, False),
        (Flush(rtype=A), "a.example.", NXDOMAIN_TYPE, True, True),
        (Flush(k("example.")), "a.example.", A, False, False),
        (Flush(k("example."), subtree=True), "a.example.", A, False, True),
        (Flush(k("ample."), subtree=True), "a.example.", A, False, False),
        (Flush(k("example."), TXT, subtree=True), "a.example.", A, False, False),
        (Flush(k("a.b.example.")), "b.example.", NXDOMAIN_TYPE, True, True),
        (Flush(k("a.b.example.")), "b.example.", A, True, False),
        (Flush(k("a.b.example."), A, negative=True), "example.", NXDOMAIN_TYPE, True, True),
    ],
)
def test_covers(flush: Flush, name: str, rtype: int, negative: bool, covered: bool) -> None:
    assert flush.covers(k(name), rtype, negative) is covered


def test_the_present_is_never_fenced() -> None:
    log = FlushLog()
    log.note(Flush())
    assert not log.fenced(None, k("a."), A, negative=False)
    assert not log.fenced(log.epoch, k("a."), A, negative=False)
    assert log.fenced(log.epoch - 1, k("a."), A, negative=False)


def test_each_flush_counts_on_its_own() -> None:
    log = FlushLog()
    epochs = []
    for label in "abc":
        epochs.append(log.epoch)
        log.note(Flush(k(f"{label}.")))
    fenced = [[log.fenced(epoch, k(f"{label}."), A, negative=False) for label in "abc"] for epoch in epochs]
    assert fenced == [[True, True, True], [False, True, True], [False, False, True]]
