# SPDX-License-Identifier: ISC
"""The head of a scenario file, as Deckard, as Unbound and as we write it."""

from __future__ import annotations

import pytest

from resolver.lab.rpl_config import read_config
from resolver.lab.rpl_parse import read_scenario
from resolver.lab.rpl_values import Config, GivenZone, ScenarioError


def config_of(text: str) -> Config:
    return read_scenario(f"; about\n{text}\nCONFIG_END\nSCENARIO_BEGIN x\nSCENARIO_END").config


def test_config_as_deckard_writes_it() -> None:
    config = config_of(
        '; config options\n\ttarget-fetch-policy: "0 0 0 0 0"\n\tquery-minimization: off\n'
        '\tname: "."\n\tstub-addr: 193.0.14.129 \t# K.ROOT-SERVERS.NET.\n\tstub-addr: 2001:db8::1'
    )
    assert config.hints == ("193.0.14.129", "2001:db8::1")
    assert config.settings == {"upstream.qname_minimisation": "off"}


def test_config_as_unbound_writes_it() -> None:
    config = config_of(
        'server:\n\tmodule-config: "iterator"\n\tqname-minimisation: "no"\n\tserve-expired: yes\n'
        "\tserve-expired-client-timeout: 1800\n\tserve-expired-reply-ttl: 123\n\tcache-max-ttl: 60\n"
        'stub-zone:\n\tname: "example.com"\n\tstub-addr: 1.2.3.4\nforward-zone:\n\tname: "."\n\tforward-addr: 1.2.3.5'
    )
    assert config.hints == ()
    assert config.zones == (
        GivenZone("example.com.", stub=("1.2.3.4",)),
        GivenZone(".", forward=("1.2.3.5",)),
    )
    assert config.settings == {
        "upstream.qname_minimisation": "off",
        "stale.enabled": "true",
        "stale.client_timeout": "1800ms",
        "stale.reply_ttl": "123",
        "policy.max_ttl": "60",
    }


def test_config_in_our_own_keys() -> None:
    config = config_of("stale.enabled: false\nlimits.sends: 20 ; packets\nlab.seed: 7")
    assert config.settings == {"stale.enabled": "false", "limits.sends": "20"}
    assert config.seed == 7


@pytest.mark.parametrize("key", ["qname-minimisation", "query-minimization"])
def test_minimisation_switches(key: str) -> None:
    assert config_of(f"{key}: yes").settings == {"upstream.qname_minimisation": "relaxed"}
    assert config_of(f"{key}: no").settings == {"upstream.qname_minimisation": "off"}
    both = config_of(f"qname-minimisation-strict: yes\n{key}: yes")
    assert both.settings == {"upstream.qname_minimisation": "strict"}


def test_localhost_may_be_asked() -> None:
    assert config_of("do-not-query-localhost: off").settings == {"upstream.dont_query": "[]"}
    assert config_of("do-not-query-localhost: on").settings == {}


@pytest.mark.parametrize(
    "line", ["lab.seed: many", "serve-expired-client-timeout: soon", "do-ip6: maybe", "x: y"]
)
def test_a_bad_value_names_its_line(line: str) -> None:
    with pytest.raises(ScenarioError, match=r"head\.rpl:7: "):
        read_config([(7, line)], "head.rpl")
