# SPDX-License-Identifier: ISC
"""What a reload may change: every key there is falls on one side, and the restart side keeps its values."""

from __future__ import annotations

from resolver.settings.keys import all_keys
from resolver.settings.load import load
from resolver.settings.model import Configuration
from resolver.settings.reloading import RESTART_KEYS, applicable, changed_keys, needs_restart, reloading


def configuration(*flags):
    return load(flags=flags).configuration


def test_changed_keys_are_named_with_zones_as_one():
    assert changed_keys(Configuration(), Configuration()) == []
    new = configuration("policy.max_ttl=1h", "cache.size=64MiB", "zone=[{name='a', stub=['192.0.2.1']}]")
    assert changed_keys(Configuration(), new) == ["cache.size", "policy.max_ttl", "zone"]


def test_every_restart_key_is_a_key_or_a_table_of_keys():
    keys = set(all_keys(Configuration))
    for fixed in RESTART_KEYS:
        assert any(key == fixed or key.startswith(f"{fixed}.") for key in keys), fixed


def test_applicable_takes_all_that_needs_no_restart_and_nothing_else():
    new = configuration(
        "policy.max_ttl=1h",
        "cache.size=64MiB",
        "server.listen=127.0.0.1:1",
        "server.loop=asyncio",
        "server.batch=false",
        "server.drain=3s",
    )
    in_force = applicable(new, Configuration())
    assert changed_keys(Configuration(), in_force) == ["server.drain", "policy.max_ttl"]
    assert all(needs_restart(key) for key in changed_keys(in_force, new))


def test_a_reload_is_measured_by_what_is_in_force_and_what_waits_by_the_start():
    """A key that waits does so at every reload; one that was applied is not applied again."""
    boot = Configuration()
    fresh = load(flags=["policy.max_ttl=1h", "cache.size=64MiB"])
    first = reloading(fresh, in_force=boot, boot=boot)
    assert first.view() == {"reloaded": True, "applied": ["policy.max_ttl"], "needs_restart": ["cache.size"]}
    second = reloading(fresh, in_force=first.configuration, boot=boot)
    assert (second.applied, second.needs_restart) == ([], ["cache.size"])
    assert first.configuration.cache == boot.cache
    assert first.line() == {"applied": "policy.max_ttl", "restart": "cache.size"}
