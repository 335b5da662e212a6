# SPDX-License-Identifier: ISC
"""A budget below the limit on open files (security.md D7, O09)."""

from __future__ import annotations

import resource

from hypothesis import given
from hypothesis import strategies as st

from resolver.runtime.descriptors import RESERVE, raise_limit, share


def test_everybody_gets_what_is_asked_for_when_there_is_plenty() -> None:
    assert share(1 << 20, listeners=4, connections=10_000, upstream=8192) == (8192, 10_000)


def test_o09_64_files_are_divided() -> None:
    upstream, clients = share(64, listeners=4, connections=10_000, upstream=8192)
    assert (upstream, clients) == (12, 12)


def test_what_upstream_does_not_want_the_clients_may_have() -> None:
    assert share(1032, listeners=0, connections=10_000, upstream=100) == (100, 900)


@given(
    limit=st.integers(96, 1 << 20),
    listeners=st.integers(1, 16),
    connections=st.integers(1, 1 << 17),
    upstream=st.integers(1, 1 << 17),
)
def test_the_sum_stays_below_the_limit(limit: int, listeners: int, connections: int, upstream: int) -> None:
    budget = share(limit, listeners=listeners, connections=connections, upstream=upstream)
    assert 1 <= budget.upstream <= upstream
    assert 1 <= budget.tcp_clients <= connections
    assert budget.upstream + budget.tcp_clients + 2 * listeners + RESERVE <= max(
        limit, RESERVE + 2 * listeners + 2
    )


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        assert raise_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert raise_limit() > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
