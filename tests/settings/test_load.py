# SPDX-License-Identifier: ISC
"""Loading: who beats whom, where each value came from, and what an operator is told about a bad one."""

from pathlib import Path

import pytest

from resolver.settings import Configuration, SettingsError, faults, load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "resolver.toml"
    path.write_text('[upstream]\nport = 1053\nipv6 = false\n[cache]\nsize = "64MiB"\n')
    return path


def test_nothing_given_is_the_default() -> None:
    assert load().configuration == Configuration()


def test_file_beats_default_environment_beats_file_and_flag_beats_all(file: Path) -> None:
    environment = {"RESOLVER_UPSTREAM__PORT": "2053", "RESOLVER_CACHE__SIZE": "32MiB"}
    loaded = load(file, environment, ["upstream.port=3053"])
    assert loaded.configuration.upstream.port == 3053
    assert loaded.configuration.cache.size == 32 << 20
    assert loaded.configuration.upstream.ipv6 is False
    assert loaded.configuration.upstream.ipv4 is True


def test_each_value_knows_who_set_it(file: Path) -> None:
    loaded = load(file, {"RESOLVER_CACHE__SIZE": "32MiB"}, ["upstream.port=3053"])
    assert loaded.origin("upstream.ipv6") == str(file)
    assert loaded.origin("cache.size") == "$RESOLVER_CACHE__SIZE"
    assert loaded.origin("upstream.port") == "--set upstream.port"
    assert loaded.origin("upstream.ipv4") == "default"


def test_a_list_of_tables_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "zones.toml"
    path.write_text('[[zone]]\nname = "a.example"\nstub = ["192.0.2.1"]\n')
    loaded = load(path, flags=['zone=[{name="b.example", forward=["192.0.2.2#5353"]}]'])
    assert [zone.name for zone in loaded.configuration.zone] == ["b.example"]
    assert loaded.origin("zone[0].name") == "--set zone"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("upstream.prt=1", "--set upstream.prt: upstream.prt = 1 - no such key; did you mean 'port'?"),
        (
            "upsteam.port=1",
            "--set upsteam.port: upsteam = {'port': 1} - no such key; did you mean 'upstream'?",
        ),
        (
            "cache.max_ttl=1",
            "--set cache.max_ttl: cache.max_ttl = 1 - no such key; did you mean 'policy.max_ttl'?",
        ),
        ("prefetch.zz=1", "no such key; keys at [prefetch] are enabled, fraction, left, min_ttl"),
        ("limits.sends=0", "--set limits.sends: limits.sends = 0 - must be at least 1"),
        ("limits.sends=9999", "limits.sends = 9999 - must be at most 1000"),
        ("limits.sends=many", "limits.sends = 'many' - must be a whole number"),
        ("stale.enabled=1", "stale.enabled = 1 - must be true or false"),
        ("cache=3", "cache = 3 - must be a table"),
        ("zone=3", "zone = 3 - must be a list"),
        ("zone=[{}]", "zone[0] = {} - the key 'name' is missing; add it"),
        ("cache.size=big", "cache.size = 'big' - not a quantity; write it like 512KiB, 128MiB or 1GiB"),
        (
            "stale.max_age=1y",
            "stale.max_age = '1y' - unknown unit 'y'; write it like 30s, 1800ms, 1h30m or 1d",
        ),
        ("log.level=loud", "log.level = 'loud' - must be one of 'debug', 'info', 'warning', 'error'"),
        ("policy.min_ttl=2d", "policy.min_ttl = '2d' - min_ttl (2d) must not be above max_ttl (1d)"),
    ],
)
def test_a_bad_value_is_told_in_one_line_with_its_remedy(flag: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(flags=[flag])
    assert str(error.value).endswith(message)
    assert "\n" not in str(error.value)


def test_the_file_is_named(file: Path) -> None:
    file.write_text("[upstream]\nport = 70000\n")
    with pytest.raises(SettingsError) as error:
        load(file)
    assert str(error.value) == f"{file}: upstream.port = 70000 - must be at most 65535"


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"[upstream\n", "not TOML: Expected ']' at the end of a table declaration (at line 1"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes, remedy: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    (error,) = faults(path)
    assert str(error).startswith(f"{path} - {remedy}")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (error,) = faults(tmp_path / "none.toml")
    assert "cannot be read: No such file or directory" in str(error)


def test_faults_tells_every_fault_between_keys() -> None:
    flags = ["upstream.ipv4=false", "upstream.ipv6=false", "upstream.dont_query=x", "stale.client_timeout=6s"]
    assert [error.key for error in faults(flags=flags)] == [
        "upstream.dont_query",
        "upstream.ipv6",
        "stale.client_timeout",
    ]


def test_a_good_configuration_has_no_fault(file: Path) -> None:
    assert faults(file) == []


def test_every_value_that_cannot_be_read_is_a_fault_of_its_own(tmp_path):
    file = tmp_path / "resolver.toml"
    file.write_text(
        "[server]\nbogus = 1\nworkers = 0\n[cache]\nsize = 'x'\n"
        "[[zone]]\nname = 1\n[nowhere]\na = 1\n[stale]\nenabled = 1\n"
    )
    found = {fault.key for fault in faults(file)}
    assert found == {
        "server.bogus",
        "server.workers",
        "cache.size",
        "zone[0].name",
        "nowhere",
        "stale.enabled",
    }
