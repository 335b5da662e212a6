# SPDX-License-Identifier: ISC
"""Names and clients by number: each kind in its range, no name twice, nothing beyond the last."""

from __future__ import annotations

import pytest

from resolver.lab.traces.naming import SyntheticNames, client_of
from resolver.lab.traces.spec import read_spec
from resolver.wire import to_text


def test_each_kind_of_name_has_its_own_numbers():
    names = SyntheticNames(read_spec("zipf:n=20,attack_rate=1,attack_for=4"), seed=1)
    names.asked_once = 3
    ranges = names.ranges
    assert to_text(names[9]) == "h9.z1.lab."
    assert to_text(names[20 + 9]) == "no9.z1.lab."
    assert to_text(names[ranges.attack]).endswith(".victim.lab.")
    assert to_text(names[ranges.once]).endswith(".once.lab.")
    assert len(names) == ranges.once + 3
    assert len(set(names[:])) == len(names)


def test_there_is_no_name_beyond_the_last():
    with pytest.raises(IndexError):
        SyntheticNames(read_spec("zipf:n=5"), seed=1)[10]


def test_clients_are_addresses():
    assert [client_of(n) for n in (0, 254, 255, 65535)] == ["10.0.0.1", "10.0.0.255", "10.0.1.0", "10.1.0.0"]
