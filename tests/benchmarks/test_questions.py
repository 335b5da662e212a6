# SPDX-License-Identifier: ISC
"""The lists of questions: reproducible, as many as said, and each answerable by the authorities."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path
from random import Random

import dns.flags
import dns.message
import pytest

from benchmarks.peers import questions, steps
from benchmarks.peers.internet import EMPTY, WILDCARD, zone_of
from benchmarks.peers.questions import TINY, Questions

ALL = sorted({step.questions for scenario in steps.SCENARIOS for step in scenario.steps})


def names(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    assert all(line.endswith(" A") for line in lines)
    return [line.removesuffix(" A") for line in lines]


@pytest.mark.parametrize("name", ALL)
def test_every_list_of_every_step_can_be_written_and_again_the_same(name: str, tmp_path: Path) -> None:
    one = Questions(tmp_path / "one", TINY, 7).file(name).read_bytes()
    two = Questions(tmp_path / "two", TINY, 7).file(name).read_bytes()
    assert one
    assert one == two


def test_another_seed_gives_another_order(tmp_path: Path) -> None:
    one = Questions(tmp_path / "one", TINY, 7).file("hot").read_text()
    assert one != Questions(tmp_path / "two", TINY, 8).file("hot").read_text()


@pytest.mark.parametrize(
    ("name", "count"), [("hot", 50), ("miss-short", 100), ("miss-long", 200), ("fill-10k", 25)]
)
def test_what_fills_the_cache_has_no_name_twice(name: str, count: int, tmp_path: Path) -> None:
    found = names(Questions(tmp_path, TINY, 7).file(name))
    assert len(found) == len(set(found)) == count


@pytest.mark.parametrize("name", [name for name in ALL if not name.startswith("cookies")])
def test_every_name_lies_in_a_zone_that_is_served(name: str, tmp_path: Path) -> None:
    zones = {zone_of(number) for number in range(TINY.leaves)} | {WILDCARD, EMPTY}
    assert {found.partition(".")[2] for found in names(Questions(tmp_path, TINY, 7).file(name))} <= zones


@pytest.mark.parametrize("size", ["10k", "100k", "1m"])
def test_hits_among_entries_are_of_filled_names(size: str, tmp_path: Path) -> None:
    lists = Questions(tmp_path, TINY, 7)
    filled = set(names(lists.file(f"fill-{size}")))
    assert set(names(lists.file(f"among-{size}"))) <= filled
    assert set(names(lists.file(f"uniform-{size}"))) <= filled


def test_full_size_fills_are_what_they_are_called() -> None:
    sizes = questions.Sizes()
    assert [questions.entries(sizes, size) for size in ("10k", "100k", "1m")] == [10_000, 100_000, 1_000_000]


def test_two_lists_of_random_labels_have_nothing_in_common(tmp_path: Path) -> None:
    lists = Questions(tmp_path, TINY, 7)
    assert not set(names(lists.file("nxdomain-a"))) & set(names(lists.file("nxdomain-b")))


def test_a_cookie_query_is_what_dig_sends() -> None:
    message = dns.message.from_wire(questions.cookie_query("h1.z2.t3", b"12345678"))
    assert message.flags == dns.flags.RD | dns.flags.AD
    assert str(message.question[0]) == "h1.z2.t3. IN A"
    assert message.edns == 0
    assert message.ednsflags & dns.flags.DO
    assert message.payload == 1232
    assert [(int(option.otype), option.to_wire()) for option in message.options] == [(10, b"12345678")]


def test_every_message_of_the_file_has_a_cookie_of_its_own(tmp_path: Path) -> None:
    data = Questions(tmp_path, TINY, 7).file("cookies").read_bytes()
    cookies = []
    while data:
        (length,) = struct.unpack("!H", data[:2])
        cookies.append(data[2 : 2 + length][-8:])
        data = data[2 + length :]
    assert len(cookies) == len(set(cookies)) == TINY.draws


def test_ranks_fall_by_the_exponent() -> None:
    counts = Counter(questions.zipf_ranks(Random(1), 1000, 200_000))
    for rank in (1, 3, 9):
        assert counts[0] / counts[rank] == pytest.approx((rank + 1) ** questions.ZIPF_EXPONENT, rel=0.1)
    assert max(counts) < 1000
