# SPDX-License-Identifier: ISC
"""The presets say what their models do: the table of the laboratory, line by line."""

from __future__ import annotations

import pytest

from resolver.policy.presets import load_document, load_policy, preset_names

H, D = 3600, 86400

# name: min, max, longest NXDOMAIN, first and longest failure, stale on, prefetch on
TABLE = {
    "default": (0, D, 3 * H, 1, 300, True, True),
    "rfc": (0, 7 * D, 3 * H, 1, 300, False, False),
    "unbound": (0, D, H, 5, 5, False, False),
    "unbound-1.17": (0, D, H, 5, 5, False, False),
    "bind": (0, 7 * D, 3 * H, 1, 1, False, True),
    "bind-9.18": (0, 7 * D, 3 * H, 1, 1, False, True),
    "knot-resolver": (5, D, D, 5, 5, False, False),
    "knot-resolver-5": (5, D, D, 1, 1, False, False),
    "powerdns": (1, D, H, 60, 60, False, False),
    "powerdns-4.8": (1, D, H, 60, 60, False, False),
    "coredns": (5, H, 1800, 5, 5, False, False),
    "technitium": (10, 7 * D, 7 * D, 10, 10, True, True),
    "dnsmasq": (0, 7 * D, 7 * D, 1, 1, False, False),
    "adguard": (0, 7 * D, 7 * D, 1, 1, True, False),
    "google": (0, 6 * H, 3 * H, 1, 300, False, False),
    "quad9": (0, 12 * H, 3 * H, 1, 300, False, False),
    "opendns": (0, H, 3 * H, 1, 300, False, False),
    "cloudflare": (0, 7 * D, 3 * H, 1, 300, False, False),
    "browser": (60, 60, 60, 1, 1, False, False),
}


def test_every_preset_is_in_the_table() -> None:
    assert set(preset_names()) == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_numbers(name: str) -> None:
    policy = load_policy(name)
    assert TABLE[name] == (
        policy.positive.min,
        policy.positive.max,
        policy.nxdomain.max,
        policy.failure.min,
        policy.failure.max,
        policy.stale.enabled,
        policy.prefetch.enabled,
    )


@pytest.mark.parametrize("name", TABLE)
def test_every_number_has_a_source(name: str) -> None:
    about = load_document(name).policy
    assert about.title
    assert about.version
    assert about.source
    assert all(source.what for source in about.source)
