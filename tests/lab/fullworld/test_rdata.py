# SPDX-License-Identifier: ISC
"""Versions go into the data of every type and come out again, through a message and its compression."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.fullworld.rdata import rdata_of, version_of
from resolver.wire import ROOT, Message, Question, Record, Rtype, compose, from_text, parse
from resolver.wire.codes import QR
from resolver.wire.rdata import LAYOUTS

PLAIN = st.sampled_from([int(Rtype.A), int(Rtype.AAAA), int(Rtype.TXT), 65, 65280, *LAYOUTS])
NAME = from_text("www.data.lab.")


@given(PLAIN, st.integers(0, 2**32 - 1))
def test_a_version_survives_the_wire(rtype: int, version: int) -> None:
    record = Record(NAME, rtype, 1, 60, rdata_of(rtype, version))
    sent = Message(1, QR, 0, Question(NAME, rtype), (record, record._replace(owner=ROOT)))
    for received in parse(compose(sent)).answer:
        assert version_of(rtype, received.rdata) == version


@given(PLAIN, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_no_two_versions_are_alike(rtype: int, one: int, other: int) -> None:
    assert (rdata_of(rtype, one) == rdata_of(rtype, other)) == (one == other)


def test_strange_data_have_no_version() -> None:
    assert version_of(int(Rtype.NS), from_text("ns.example.")) is None
    assert version_of(int(Rtype.TXT), b"\x05hello") is None
    assert version_of(int(Rtype.AAAA), bytes(16)) is None
    assert version_of(int(Rtype.MX), b"\x00\x0a" + from_text("a.b.")) is None
