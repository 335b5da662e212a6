# SPDX-License-Identifier: ISC
"""The table of keys, read off settings classes."""

from typing import Annotated

import msgspec
import pytest

from resolver.settings.keys import all_keys, sections, value_at
from resolver.units import Bounded, Doc, Seconds, Settings


class Inner(Settings, frozen=True):
    depth: Annotated[int, Doc("how deep"), Bounded(1, 9)] = 3


class Item(Settings, frozen=True):
    name: Annotated[str, Doc("its name")]


class Room(Settings, frozen=True):
    inner: Inner = Inner()
    item: tuple[Item, ...] = ()
    idle: Annotated[Seconds, Doc("how long")] = Seconds(10)


class House(Settings, frozen=True):
    room: Room = Room()


def test_sections_come_in_order_own_keys_before_inner_tables() -> None:
    found = [
        (section.path, section.repeated, [key.name for key in section.keys]) for section in sections(House)
    ]
    assert found == [
        ("", False, []),
        ("room", False, ["idle"]),
        ("room.inner", False, ["depth"]),
        ("room.item", True, ["name"]),
    ]


def test_a_key_knows_its_documentation_bounds_and_default() -> None:
    depth = all_keys(House)["room.inner.depth"]
    assert (depth.kind, depth.doc, depth.bounds, depth.default) == (int, "how deep", Bounded(1, 9), 3)


def test_keys_of_repeated_tables_are_no_plain_keys() -> None:
    assert set(all_keys(House)) == {"room.idle", "room.inner.depth"}


def test_a_required_key_has_no_default() -> None:
    item = next(section for section in sections(House) if section.repeated)
    assert item.keys[0].default is msgspec.NODEFAULT


def test_value_at_follows_the_path() -> None:
    assert value_at(House(), "room.inner.depth") == 3
    with pytest.raises(AttributeError):
        value_at(House(), "room.inner.dept")
