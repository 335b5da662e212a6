# SPDX-License-Identifier: ISC
"""World files: strict, found by name or path, families unfolded."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.lab.world_file import Behaviour, WorldFileError, available, find, load, read
from resolver.units import DecodeError

FAMILY = {
    "name": "{tree}{n:3}.shop0.",
    "count": 3,
    "servers": [["a.", "b."], ["c."]],
    "pick": {"tree": ["oak", "elm"]},
}


def test_a_family_unfolds_round_and_round() -> None:
    zones = list(read({"zone_family": [{**FAMILY, "text": "@ A 198.18.0.{low} ; {n}"}]}).zones())
    assert [zone.name for zone in zones] == ["oak001.shop0.", "elm002.shop0.", "oak003.shop0."]
    assert [zone.servers for zone in zones] == [("a.", "b."), ("c.",), ("a.", "b.")]
    assert zones[2].text == "@ A 198.18.0.4 ; 3"


def test_a_pattern_without_its_list_is_refused() -> None:
    with pytest.raises(WorldFileError, match=r"\{tree\} - give a list pick.tree"):
        list(read({"zone_family": [{**FAMILY, "pick": {}}]}).zones())


@pytest.mark.parametrize(
    ("server", "path"),
    [
        ({"latency": "fast"}, "server[0].latency"),
        ({"latency": "61s"}, "server[0].latency"),
        ({"loss": 101}, "server[0].loss"),
        ({"behaviours": ["sleepy"]}, "server[0].behaviours[0]"),
        ({"lattency": "1ms"}, "server[0].lattency"),
        ({"udp_size": "big"}, "server[0].udp_size"),
    ],
)
def test_a_bad_value_is_refused_with_its_place(server: dict[str, object], path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read({"server": [{"name": "ns.a0.", "addresses": ["192.0.2.1"], **server}]})
    assert caught.value.path == path


def test_units_and_words_are_read() -> None:
    (server,) = read(
        {"server": [{"name": "a", "addresses": ["192.0.2.1"], "latency": "20ms", "behaviours": ["no-edns"]}]}
    ).server
    assert server.latency == 0.02
    assert server.behaviours == (Behaviour.NO_EDNS,)


def test_the_shipped_worlds_are_found_by_name() -> None:
    assert {"default", "tiny"} <= set(available())
    assert find("tiny").name == "tiny.toml"
    assert load("tiny").zone


def test_a_path_is_taken_as_one(tmp_path: Path) -> None:
    place = tmp_path / "mine.toml"
    place.write_text('about = "mine"')
    assert load(str(place)).about == "mine"


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(WorldFileError, match=r"no lab internet is called 'tinny' - there are: .*tiny"):
        find("tinny")


def test_a_missing_path_is_one_line() -> None:
    with pytest.raises(WorldFileError, match=r"no lab internet at \./none\.toml"):
        find("./none.toml")


@pytest.mark.parametrize("text", ["about = ", "abaut = 'x'", "about = 3"])
def test_a_bad_file_is_named(tmp_path: Path, text: str) -> None:
    place = tmp_path / "bad.toml"
    place.write_text(text)
    with pytest.raises(WorldFileError, match=r"bad\.toml: "):
        load(str(place))
