# SPDX-License-Identifier: ISC
"""The sample: a name is in it or out of it for good, and how many are in does not depend on which."""

from __future__ import annotations

from collections import Counter

from resolver.service.shadows.tallies import GROUPS, Judged, Sample, Tally

NAMES = [b"\x04name%d\x00" % number for number in range(20_000)]


def test_a_name_is_in_or_out_for_good() -> None:
    sample, again = Sample(0.25, b"key"), Sample(0.25, b"key")
    assert [sample.group(name) for name in NAMES] == [again.group(name) for name in NAMES]


def test_the_sample_has_its_part_of_all_names_in_groups_of_equal_size() -> None:
    groups = Counter(Sample(0.25, b"key").group(name) for name in NAMES)
    inside = len(NAMES) - groups.pop(None)
    assert abs(inside / len(NAMES) - 0.25) < 0.01
    assert len(groups) == GROUPS
    assert max(groups.values()) < 1.4 * min(groups.values())


def test_a_larger_sample_has_all_of_the_smaller() -> None:
    small, large = Sample(0.1, b"key"), Sample(0.4, b"key")
    assert all(large.group(name) is not None for name in NAMES if small.group(name) is not None)


def test_all_names_are_in_a_whole_sample_and_the_key_chooses_those_of_a_part() -> None:
    assert None not in {Sample(1.0, b"key").group(name) for name in NAMES}
    one, other = (
        {name for name in NAMES if Sample(0.1, key).group(name) is not None} for key in (b"1", b"2")
    )
    assert len(one & other) < len(one) / 2


def test_totals_are_over_all_groups() -> None:
    judged = Judged("bind", "shadow", 1.0, tuple(Tally() for _ in range(GROUPS)))
    judged.tallies[0].fresh += 2
    judged.tallies[15].fresh += 3
    assert judged.total("fresh") == 5
