# SPDX-License-Identifier: ISC
"""Machine code is kept for one state of its sources: a change to any of them is never answered by what was kept."""

from __future__ import annotations

from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core import config

from resolver.lab.replay.machine import compiled, fingerprint, keep_in, kernel


def test_another_state_has_another_place_and_the_old_one_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "CACHE_DIR", config.CACHE_DIR)
    source, folder = tmp_path / "a.py", tmp_path / "kept"
    source.write_text("one")
    keep_in(folder, (source,))
    first = Path(config.CACHE_DIR)
    first.mkdir(parents=True)
    keep_in(folder, (source,))
    assert Path(config.CACHE_DIR) == first
    assert first.exists()
    source.write_text("two")
    keep_in(folder, (source,))
    assert Path(config.CACHE_DIR).name == f"kernels-{fingerprint((source,))}"
    assert not first.exists()


def test_compiled_is_the_function() -> None:
    @compiled
    def twice(number: int) -> int:
        return 2 * number

    assert twice(21) == 42


def test_a_kernel_that_makes_an_array_is_refused() -> None:
    """It would be one that nobody frees."""

    @kernel
    def makes(length: int) -> float:
        return float(np.zeros(length).sum())

    with pytest.raises(numba.core.errors.NumbaError):
        makes(3)
