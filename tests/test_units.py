# SPDX-License-Identifier: ISC
"""Quantities with units, and strict decoding into frozen settings."""

from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.units import (
    Bounded,
    Bytes,
    DecodeError,
    Doc,
    Seconds,
    Settings,
    bare_type,
    decode,
    kind_at,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1d", 86400),
        ("1800ms", 1.8),
        ("1h30m", 5400),
        ("0s", 0),
        ("90", 90),
        (1.5, 1.5),
        (0, 0),
        ("2w", 1209600),
        ("1.5h", 5400),
    ],
)
def test_seconds_read(text: object, seconds: float) -> None:
    assert Seconds.read(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "1y", "s", "-1s", "1 d 2", "1d2", "one day", -1, True, None, float("nan"), float("inf")]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|quantity|unit|zero or more"):
        Seconds.read(text)


@pytest.mark.parametrize(
    ("text", "size"), [("128MiB", 1 << 27), ("4kB", 4000), ("1GiB", 1 << 30), ("17", 17), (17, 17)]
)
def test_bytes_read(text: object, size: int) -> None:
    assert Bytes.read(text) == size


@pytest.mark.parametrize("text", ["", "1 mile", "MiB", "-1B", -1, False, 1.5, None])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"size|quantity|unit|zero or more"):
        Bytes.read(text)


@given(st.integers(0, 10**12))
def test_milliseconds_spell_and_read_back(milliseconds: int) -> None:
    duration = Seconds(milliseconds / 1000)
    assert Seconds.read(duration.spell()) == pytest.approx(duration)


@given(st.integers(0, 1 << 60))
def test_bytes_spell_and_read_back(size: int) -> None:
    assert Bytes.read(Bytes(size).spell()) == size


@pytest.mark.parametrize(
    ("duration", "text"),
    [(86400, "1d"), (90, "90s"), (1.8, "1800ms"), (0, "0s"), (5400, "90m"), (0.0001, "0.0001s")],
)
def test_seconds_spell_shortest(duration: float, text: str) -> None:
    assert Seconds(duration).spell() == text


class Tcp(Settings, frozen=True):
    idle: Annotated[Seconds, Doc("idle"), Bounded(1, 60)] = Seconds(10)


class Zone(Settings, frozen=True):
    name: Annotated[str, Doc("name")]
    count: Annotated[int, Doc("count"), Bounded(0, 3)] = 0


class Server(Settings, frozen=True):
    size: Annotated[Bytes, Doc("size"), Bounded(1024, None)] = Bytes(4096)
    tcp: Tcp = Tcp()
    zone: tuple[Zone, ...] = ()


def test_decode_reads_quantities_in_nested_tables() -> None:
    server = decode(Server, {"size": "2KiB", "tcp": {"idle": "30s"}, "zone": [{"name": "a"}]})
    assert server == Server(size=Bytes(2048), tcp=Tcp(idle=Seconds(30)), zone=(Zone(name="a"),))
    assert type(server.tcp.idle) is Seconds


@pytest.mark.parametrize(
    ("values", "path", "value"),
    [
        ({"size": "1B"}, "server.size", "1B"),
        ({"tcp": {"idle": "2m"}}, "server.tcp.idle", "2m"),
        ({"zone": [{"name": "a"}, {"name": "b", "count": 4}]}, "server.zone[1].count", 4),
        ({"tcp": {"idel": 3}}, "server.tcp.idel", 3),
        ({"size": []}, "server.size", []),
        ({"zone": [{"name": 3}]}, "server.zone[0].name", 3),
    ],
)
def test_decode_names_path_and_value_of_what_does_not_fit(
    values: dict[str, object], path: str, value: object
) -> None:
    with pytest.raises(DecodeError) as error:
        decode(Server, values, "server")
    assert (error.value.path, error.value.value) == (path, value)


class Crew(Settings, frozen=True):
    size: Annotated[int | Literal["auto"], Doc("size"), Bounded(1, 9)] = "auto"


def test_a_word_in_the_place_of_a_number_has_no_bounds_and_the_number_keeps_its_own() -> None:
    assert decode(Crew, {}).size == decode(Crew, {"size": "auto"}).size == "auto"
    assert decode(Crew, {"size": 9}).size == 9
    for wrong in (0, 10, "all"):
        with pytest.raises(DecodeError):
            decode(Crew, {"size": wrong})


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Server().size = Bytes(1)  # type: ignore[misc]  # the point of the test


def test_kind_at_finds_tables_by_path() -> None:
    assert kind_at(Server, "tcp") is Tcp
    assert kind_at(Server, "zone[3]") is Zone
    assert kind_at(Server, "nothing") is None


def test_bare_type_takes_the_annotation_off() -> None:
    assert bare_type(Annotated[int, Doc("x")]) is int
    assert bare_type(int) is int


def test_the_words_of_a_kind_stand_alone_or_in_the_place_of_a_number() -> None:
    assert words_of(Literal["a", "b"]) == ("a", "b")
    assert words_of(int | Literal["auto"]) == ("auto",)
    assert words_of(int) == words_of(Seconds) == ()
