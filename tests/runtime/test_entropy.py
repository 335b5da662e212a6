# SPDX-License-Identifier: ISC
"""Random numbers that nobody can foresee (RFC 5452, CVE-2025-40780) and none is likelier than another."""

from __future__ import annotations

import ast
import itertools
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resolver.runtime
from resolver.runtime.entropy import Entropy


def test_f02_100_000_ids_have_fair_bits_and_no_memory() -> None:
    entropy = Entropy()
    ids = [entropy.draw(65536) for _ in range(100_000)]
    for bit in range(16):
        assert abs(sum(number >> bit & 1 for number in ids) - 50_000) < 5 * (25_000**0.5)
    mean = sum(ids) / len(ids)
    variance = sum((number - mean) ** 2 for number in ids) / len(ids)
    for lag in range(1, 9):
        pairs = zip(ids, itertools.islice(ids, lag, None), strict=False)
        covariance = sum((a - mean) * (b - mean) for a, b in pairs) / len(ids)
        assert abs(covariance / variance) < 0.02


@given(st.integers(min_value=1, max_value=1 << 70))
def test_a_draw_stays_below_its_bound(bound: int) -> None:
    assert 0 <= Entropy().draw(bound) < bound


def test_a_bound_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Entropy().draw(0)


def test_the_top_remainder_is_thrown_away() -> None:
    """Of 256 byte values, 255 would make 0 likelier when three numbers are wanted."""
    stream = itertools.cycle([bytes([255]) * 4096, bytes([254]) * 4096])
    entropy = Entropy(read=lambda size: next(stream)[:size])
    assert [entropy.draw(3) for _ in range(4)] == [254 % 3] * 4


def test_no_byte_is_given_twice() -> None:
    counter = itertools.count()
    entropy = Entropy(read=lambda size: b"".join(next(counter).to_bytes(4, "big") for _ in range(size // 4)))
    taken = Counter(entropy.take(4) for _ in range(5000))
    assert max(taken.values()) == 1


def test_a_fork_draws_other_bytes() -> None:
    entropy = Entropy()
    entropy.take(8)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, entropy.take(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 16) != entropy.take(16)
    os.close(reader)
    os.close(writer)


def test_the_random_module_is_nowhere_in_the_network_path() -> None:
    for path in Path(resolver.runtime.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            )
            assert "random" not in [*names, getattr(node, "module", "")], path
