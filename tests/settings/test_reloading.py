# SPDX-License-Identifier: ISC
"""A reload applies what it can and says what has to wait for a restart."""

import pytest

from resolver.settings import Configuration, load
from resolver.settings.keys import all_keys
from resolver.settings.reloading import RESTART_KEYS, applicable, changed_keys, needs_restart


@pytest.mark.parametrize("key", RESTART_KEYS)
def test_what_needs_a_restart_exists(key: str) -> None:
    assert any(known == key or known.startswith(f"{key}.") for known in all_keys(Configuration))


@pytest.mark.parametrize(
    ("key", "waits"),
    [
        ("server.listen", True),
        ("server.tcp.connections", True),
        ("cache.size", True),
        ("server.allow", False),
        ("policy.max_ttl", False),
        ("cachet", False),
    ],
)
def test_sockets_and_memory_wait_for_a_restart(key: str, waits: bool) -> None:
    assert needs_restart(key) is waits


def test_changed_keys_are_named_and_all_zones_are_one() -> None:
    zone = 'zone=[{name="a.example", stub=["192.0.2.1"]}]'
    new = load(flags=["cache.size=1GiB", "stale.enabled=false", zone]).configuration
    assert changed_keys(Configuration(), new) == ["cache.size", "stale.enabled", "zone"]
    assert changed_keys(new, new) == []


def test_what_is_applied_keeps_exactly_what_needs_a_restart() -> None:
    """Else `config show` would tell of values that are not in force, or a reload would drop some that are."""
    boot = Configuration()
    flags = [
        "server.listen=127.0.0.1:53",
        "server.drain=2s",
        "cache.size=1GiB",
        "lab.seed=7",
        "limits.sends=9",
    ]
    new = load(flags=[*flags, "upstream.source_addresses=127.0.0.1", "upstream.port=54"]).configuration
    merged = applicable(new, boot)
    assert changed_keys(boot, merged) == [key for key in changed_keys(boot, new) if not needs_restart(key)]
    assert changed_keys(merged, new) == [key for key in changed_keys(boot, new) if needs_restart(key)]
