# SPDX-License-Identifier: ISC
"""What the caches hold, in numbers."""

from __future__ import annotations

import asyncio

from resolver.control.commands import CacheStatistics
from tests.control.commands.inside import some_entries


def test_entries_by_kind_and_bytes_of_each_cache():
    view = asyncio.run(CacheStatistics().run(some_entries()))
    assert view["records"]["entries"] == 6
    assert (view["records"]["positive"], view["records"]["nxdomain"]) == (5, 1)
    assert view["records"]["bytes"] > 500
    assert set(view) == {"records", "delegations", "failures", "servers", "images"}
