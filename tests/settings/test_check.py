# SPDX-License-Identifier: ISC
"""How values must go together."""

import ast
from pathlib import Path

import pytest

from resolver import settings
from resolver.settings.check import _ORDERED, _SPELLED, NOT_YET
from resolver.settings.keys import all_keys, sections
from resolver.settings.model import Configuration
from tests.architecture.tree import PACKAGE, syntax


def faults(*flags: str) -> list[tuple[str, str]]:
    return [(error.key, error.remedy) for error in settings.faults(flags=flags)]


@pytest.mark.parametrize("listener", ["0.0.0.0:53", "[::]:53", "192.0.2.1:53"])
@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3"])
def test_a_public_bind_with_an_open_access_list_is_refused(listener: str, network: str) -> None:
    """RFC 5358: an open resolver is a weapon in somebody else's hand."""
    ((key, remedy),) = faults(f"server.listen={listener}", f"server.allow={network}")
    assert key == "server.allow"
    assert listener in remedy
    assert "or listen on 127.0.0.1" in remedy


@pytest.mark.parametrize(
    "flags",
    [
        ("server.listen=0.0.0.0:53", "server.allow=10.0.0.0/8,192.168.0.0/16,fc00::/7"),
        ("server.listen=0.0.0.0:53", "server.allow=198.18.0.0/15"),
        ("server.listen=127.0.0.1:53", "server.allow=0.0.0.0/0"),
        ("server.listen=0.0.0.0:53",),
    ],
)
def test_a_public_bind_for_ones_own_networks_is_good(flags: tuple[str, ...]) -> None:
    assert faults(*flags) == []


def test_a_zone_has_exactly_one_kind_of_servers() -> None:
    both = 'zone=[{name="a", forward=["192.0.2.1"], stub=["192.0.2.2"]}]'
    assert faults(both) == [
        ("zone[0].name", "the zone has both forward and stub; give it exactly one of them")
    ]
    neither = 'zone=[{name="a"}]'
    assert faults(neither) == [
        ("zone[0].name", "the zone has neither forward nor stub; give it exactly one of them")
    ]


def test_zone_names_and_servers_must_read_as_such() -> None:
    flag = 'zone=[{name="a..b", stub=["192.0.2.1"]}, {name="b", stub=["ns.b"]}]'
    assert [key for key, _ in faults(flag)] == ["zone[0].name", "zone[1].stub"]


def test_a_zone_is_given_once_whatever_its_case() -> None:
    flag = 'zone=[{name="A.example", stub=["192.0.2.1"]}, {name="a.example.", stub=["192.0.2.1"]}]'
    assert faults(flag) == [("zone[1].name", "the zone is given twice; merge the two")]


def test_the_world_must_be_reachable_over_some_family() -> None:
    assert [key for key, _ in faults("upstream.ipv4=false", "upstream.ipv6=false")] == ["upstream.ipv6"]


def test_a_bound_above_its_partner_is_told_with_both() -> None:
    assert (
        faults("upstream.resolution_limit=1s")
        == [
            (
                "upstream.deadline",
                "must not be above upstream.resolution_limit, which is 1s; lower the one or raise the other",
            ),
            (
                "stale.client_timeout",
                "must not be above upstream.deadline, which is 4500ms; lower the one or raise the other",
            ),
        ][:1]
    )


def test_unreadable_hints_are_told_at_start(tmp_path: Path) -> None:
    ((key, remedy),) = faults(f"upstream.root_hints={tmp_path / 'none'}")
    assert key == "upstream.root_hints"
    assert remedy.startswith("cannot be read: No such file")


def test_lab_map_leads_from_addresses_to_endpoints() -> None:
    assert faults('lab.map={"192.0.2.1" = "127.0.0.1#5353"}') == []
    assert [key for key, _ in faults('lab.map={"192.0.2.1" = "127.0.0.1"}')] == ["lab.map.192.0.2.1"]
    assert [key for key, _ in faults('lab.map={"ns.lab" = "127.0.0.1#53"}')] == ["lab.map"]


@pytest.mark.parametrize("clock", ["sundial", "file", ""])
def test_an_unknown_clock_is_refused(clock: str) -> None:
    assert faults(f"cache.clock={clock}") == [
        ("cache.clock", "clock must be boottime, realtime or file:PATH")
    ]


def test_the_cache_is_kept_in_a_file_of_a_directory_that_is_there(tmp_path: Path) -> None:
    assert faults(f"cache.persist={tmp_path}/cache") == []
    assert faults("cache.persist=/no/where/cache")[0][0] == "cache.persist"
    assert "directory" in faults(f"cache.persist={tmp_path}")[0][1]


def test_a_scripted_clock_is_good() -> None:
    assert faults("cache.clock=file:/run/clock") == []


def test_what_cannot_be_done_yet_is_refused_rather_than_ignored() -> None:
    ((key, remedy),) = faults("server.minimal_responses=false")
    assert key == "server.minimal_responses"
    assert remedy.startswith("this version cannot do that yet")


def test_secrets_of_cookies_are_in_one_place_are_secrets_and_not_shown(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("ab" * 16, "ascii")
    good.chmod(0o600)
    bad.write_text("abab", "ascii")
    bad.chmod(0o600)
    inline = f'server.cookie_secrets=["{"cd" * 16}"]'
    assert faults(inline) == []
    assert faults(f"server.cookie_secret_file={good}") == []
    for flags, key in (
        ((f"server.cookie_secret_file={bad}",), "server.cookie_secret_file"),
        (("server.cookie_secret_file=/nonexistent",), "server.cookie_secret_file"),
        ((inline, f"server.cookie_secret_file={good}"), "server.cookie_secret_file"),
        (('server.cookie_secrets=["cdcd"]',), "server.cookie_secrets"),
    ):
        ((told, remedy),) = faults(*flags)
        assert told == key
        assert "cdcd" not in remedy
        assert "abab" not in remedy


def test_shadows_are_policies_that_can_be_read() -> None:
    assert faults('policy.shadow=["bind", "rfc"]') == []
    assert faults('policy.shadow=["bnid"]') == [("policy.shadow", "no such preset; did you mean 'bind'?")]


@pytest.mark.parametrize(("workers", "means"), [("1", 1), ("256", 256), ("auto", "auto")])
def test_workers_are_a_number_or_auto(workers: str, means: object) -> None:
    assert settings.load(None, {}, [f"server.workers={workers}"]).configuration.server.workers == means


@pytest.mark.parametrize(
    ("workers", "remedy"),
    [
        ("0", "must be at least 1"),
        ("257", "must be at most 256"),
        ("many", "must be a number or 'auto'"),
        ("1.5", "must be a whole number or text in quotes"),
    ],
)
def test_no_other_word_and_no_other_number_of_workers(workers: str, remedy: str) -> None:
    assert faults(f"server.workers={workers}") == [("server.workers", remedy)]


def test_every_key_is_read_somewhere_or_refused() -> None:
    """A key that nothing reads is a promise that nothing keeps. Names that stand in two sections count for both."""
    read = {
        node.attr
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Attribute)
    }
    keys = [key for section in sections(Configuration) for key in section.keys]
    assert [key.path for key in keys if key.name not in read and key.path not in NOT_YET] == []


@pytest.mark.parametrize("key", [*NOT_YET, *_SPELLED, *(key for pair in _ORDERED for key in pair)])
def test_every_key_that_is_checked_exists(key: str) -> None:
    assert key in all_keys(Configuration)


@pytest.mark.parametrize("pair", _ORDERED)
def test_ordered_keys_are_numbers(pair: tuple[str, str]) -> None:
    assert all(issubclass(all_keys(Configuration)[key].kind, (int, float)) for key in pair)


def test_keys_of_notify_can_be_read_each_once_and_no_secret_is_shown(tmp_path: Path) -> None:
    flag = 'notify.key=[{name="a..b", secret="!!"}, {name="K", secret_file="/nonexistent"}, {name="k", secret="AA=="}]'
    found = [(error.key, error.value) for error in settings.faults(flags=[flag])]
    assert found == [
        ("notify.key[0].name", "a..b"),
        ("notify.key[0].secret", "(hidden)"),
        ("notify.key[1].secret_file", "/nonexistent"),
        ("notify.key[2].name", "k"),
    ]


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_notify_from_everywhere_needs_a_key(network: str) -> None:
    assert [key for key, _ in faults(f"notify.allow={network}")] == ["notify.allow"]
    assert faults(f"notify.allow={network}", 'notify.key=[{name="k", secret="AA=="}]') == []
    assert faults("notify.allow=192.0.2.53/32,10.0.0.0/8") == []


def test_zones_of_notify_and_revalidation_must_read_as_such() -> None:
    assert [key for key, _ in faults("notify.zones=a..b", "revalidation.zones=a..b")] == [
        "notify.zones",
        "revalidation.zones",
    ]


def test_networks_and_names_of_rebinding_must_read_as_such() -> None:
    flags = 'rebinding.networks=["10.0.0.1/8"]', "rebinding.allow=a..b"
    assert [key for key, _ in faults(*flags)] == ["rebinding.networks", "rebinding.allow"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("*.corp.example", "names below are meant anyway; write 'corp.example'"),
        (
            "10.0.0.0/8",
            "a network, where names belong; to tell its addresses, leave it out of rebinding.networks",
        ),
    ],
)
def test_what_rebinding_allows_is_neither_a_pattern_nor_a_network(name: str, remedy: str) -> None:
    assert faults(f"rebinding.allow={name}") == [("rebinding.allow", remedy)]


def test_pressure_is_not_above_its_most() -> None:
    assert [key for key, _ in faults("admission.lag=600ms")] == ["admission.lag"]
    assert faults("admission.lag=500ms") == []


def test_a_filter_without_networks_is_no_comfort() -> None:
    ((key, remedy),) = faults("rebinding.filter=true", "rebinding.networks=[]")
    assert key == "rebinding.networks"
    assert "nothing to filter" in remedy
    assert faults("rebinding.networks=[]") == []
