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


@pytest.mark.parametrize(
    ("flush", "covered"),
    [
        (Flush(glob="a*.example."), True),
        (Flush(glob="A?.EXAMPLE"), True),
        (Flush(glob="*.other."), False),
        (Flush(k("example."), subtree=True, glob="b*"), False),
        (Flush(server="192.0.2.1"), True),
        (Flush(server="192.0.2.2"), False),
        (Flush(stored_before=101.0), True),
        (Flush(stored_before=100.0), False),
        (Flush(server="192.0.2.1", stored_before=50.0), False),
    ],
)
def test_covers_patterns_servers_and_ages(flush: Flush, covered: bool) -> None:
    assert flush.covers(k("ab.example."), A, False, "192.0.2.1", 100.0) is covered


def test_a_flush_of_stale_data_fences_nothing() -> None:
    log = FlushLog()
    log.note(Flush(stale=True))
    assert log.epoch == 0


def test_a_flush_by_server_fences_what_that_server_is_about_to_say() -> None:
    log = FlushLog()
    log.note(Flush(server="192.0.2.1"))
    assert log.fenced(0, k("a."), A, negative=False, server="192.0.2.1")
    assert not log.fenced(0, k("a."), A, negative=False, server="192.0.2.2")
    assert not log.fenced(0, k("a."), A, negative=False)
