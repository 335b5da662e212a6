# SPDX-License-Identifier: ISC
"""The names and clients of a generated trace, by number; they are made when asked for, so they cost no memory.

Numbers of names: [0, n) exist, by Zipf rank; [n, 2n) do not; then those of an attack; then the ones asked once.
Nothing about time or answers lives here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, overload

import numpy as np

from resolver.lab.traces.chance import mix
from resolver.wire import from_text

if TYPE_CHECKING:
    from resolver.lab.traces.spec import Spec

ZONE_NAMES: Final = 8  # names to a zone: what falls silent together in an outage
_SUFFIX: Final = "lab"
_LABEL: Final = 71  # trait, see chance


class Ranges:
    """Where each kind of name begins in the numbering."""

    def __init__(self, spec: Spec) -> None:
        mean = spec.attack_rate * spec.attack_for
        self.missing = spec.n
        self.attack = 2 * spec.n
        # Ten standard deviations of a Poisson number, and a few: beyond it, labels of the attack come again.
        self.attack_size = int(mean + 10 * mean**0.5 + 10) if mean else 0
        self.once = self.attack + self.attack_size


class SyntheticNames(Sequence[bytes]):
    """The wire names of a generated trace. `asked_once` grows with the blocks that were generated."""

    def __init__(self, spec: Spec, seed: int) -> None:
        self.ranges = Ranges(spec)
        self.asked_once = 0
        self._seed = seed
        self._wire = lru_cache(1 << 16)(self._make)

    def __len__(self) -> int:
        return self.ranges.once + self.asked_once

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> list[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | list[bytes]:
        """Return one name or several. Raises IndexError beyond the last."""
        if isinstance(number, slice):
            return [self._wire(each) for each in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._wire(number)

    def _make(self, number: int) -> bytes:
        ranges = self.ranges
        if number < ranges.attack:
            kind, rank = ("h", number) if number < ranges.missing else ("no", number - ranges.missing)
            return from_text(f"{kind}{rank}.z{rank // ZONE_NAMES}.{_SUFFIX}.")
        label = int(mix(np.array([number]), self._seed, _LABEL)[0])
        zone = "victim" if number < ranges.once else "once"
        return from_text(f"{label:016x}.{zone}.{_SUFFIX}.")


def client_of(number: int) -> str:
    """Return the address of a generated client: 10.0.0.1 for the first."""
    host = number + 1
    return f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}"
