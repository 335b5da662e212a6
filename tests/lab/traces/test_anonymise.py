# SPDX-License-Identifier: ISC
"""Anonymising: prefixes kept bit by bit, labels hashed under those above them, one key one map, nobody left."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.traces.anonymise import Anonymised, Anonymiser
from resolver.lab.traces.opening import open_trace
from resolver.lab.traces.rows import EMPTY, Row
from resolver.wire import from_text, names, to_text

SOME = Anonymiser(bytes(32))
V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(IPv6Address)
LABELS = st.lists(st.binary(min_size=1, max_size=12).map(bytes.lower), max_size=8)
LONG = st.lists(st.binary(min_size=1, max_size=1), min_size=100, max_size=127)


def name_of(labels):
    name = names.ROOT
    for label in labels:
        name = names.join(label, name)
    return name


def common_bits(a, b):
    size = a.max_prefixlen
    return size - (int(a) ^ int(b)).bit_length()


@given(st.one_of(st.tuples(V4, V4), st.tuples(V6, V6)), st.integers(0, 128))
def test_addresses_share_as_many_bits_after_as_before(pair, shared):
    """Crypto-PAn's law. `shared` makes near neighbours, which chance alone would not."""
    first, second = pair
    keep = max(0, first.max_prefixlen - shared)
    second = type(first)(int(first) >> keep << keep | int(second) & ((1 << keep) - 1))
    hidden = [ip_address(SOME.client(str(address))) for address in (first, second)]
    assert common_bits(*hidden) == common_bits(first, second)


@given(LABELS | LONG, st.integers(0, 5))
def test_names_keep_their_depth_and_the_labels_that_were_asked_for(labels, keep):
    name = name_of(labels)
    hidden = Anonymiser(bytes(32), keep).name(name)
    assert names.check(hidden) == hidden
    assert names.count_labels(hidden) == len(labels)
    kept = max(0, min(keep, len(labels) - 1))
    assert names.suffix(hidden, kept) == names.suffix(name, kept)
    for label, after in zip(names.labels(name)[: -kept or None], names.labels(hidden), strict=False):
        assert len(label) < 3 or label not in after


def test_siblings_stay_siblings_and_one_label_differs_from_zone_to_zone():
    a, b, other = (
        SOME.name(from_text(text)) for text in ("www.example.org.", "mail.example.org.", "www.example.net.")
    )
    assert names.parent(a) == names.parent(b)
    assert names.labels(a)[0] != names.labels(b)[0]
    assert names.labels(a)[0] != names.labels(other)[0]


def test_one_key_maps_alike_and_another_does_not():
    assert Anonymiser(bytes(32)).name(from_text("a.b.")) == SOME.name(from_text("a.b."))
    assert Anonymiser(b"x" * 32).name(from_text("a.b.")) != SOME.name(from_text("a.b."))
    assert Anonymiser(b"x" * 32).client("192.0.2.1") != SOME.client("192.0.2.1")


def test_data_stay_equal_where_they_were_and_empty_stays_empty():
    rows = [Row(0.0, "", b"\x00", 1, 5, 0, data) for data in (7, 7, 8, EMPTY, None)]
    first, same, other, empty, unknown = (SOME.row(row).rdata_hash for row in rows)
    assert first == same != other
    assert first not in (7, 8)
    assert (empty, unknown) == (EMPTY, None)
    assert 0 < first < 2**63


def test_clients_that_are_no_addresses_are_hashed_and_unknown_ones_stay():
    assert SOME.client("kitchen tablet").isalnum()
    assert SOME.client("") == ""
    assert ip_address(SOME.client("fe80::1%eth0")).version == 6


def test_a_whole_trace_keeps_its_shape_and_loses_its_names():
    trace = open_trace("zipf:n=50,rate=50,duration=60,pairs=0.4", seed=1)
    hidden = Anonymised(trace, Anonymiser(b"k" * 32, keep=1))
    before, after = list(trace.rows()), list(hidden.rows())
    assert [row[0:1] + row[3:6] for row in before] == [row[0:1] + row[3:6] for row in after]
    assert len({row.name for row in before}) == len({row.name for row in after})
    assert len({row.client for row in before}) == len({row.client for row in after})
    assert all(to_text(row.name).endswith(".lab.") and "h" not in to_text(row.name) for row in after)
    assert [number for block in hidden.blocks() for number in block.name.tolist()][:1] == [0]
    assert hidden.names[0] == after[0].name
    assert hidden.client(0) == after[0].client
