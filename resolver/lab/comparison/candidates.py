# SPDX-License-Identifier: ISC
"""Policies to be compared, by preset, by file, or swept: `min=0,30,60,300`, `bind:stale=0,1d`, `min=0,60+max=1h,1d`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, TypeVar

import msgspec

from resolver.errors import ResolverError
from resolver.policy import Policy
from resolver.policy.presets import load_policy, preset_names
from resolver.units import Seconds

ALL: Final = "all"
_BASE: Final = "default"
Bounds = TypeVar("Bounds", bound=msgspec.Struct)


class CandidateError(ResolverError):
    """A candidate that cannot be read; its text is `what - what to do`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy and what it is called in tables."""

    label: str
    policy: Policy


def read_candidates(words: Sequence[str]) -> list[Candidate]:
    """Read presets (`all`: every one), files and sweeps, in order. Raises CandidateError, and PolicyError for files."""
    found: list[Candidate] = []
    for word in words:
        if word == ALL:
            found += [Candidate(name, load_policy(name)) for name in preset_names()]
        elif "=" in word:
            found += _sweep(word)
        else:
            found.append(Candidate(word, load_policy(word)))
    return found


def _sweep(word: str) -> Iterator[Candidate]:
    base, colon, rest = word.rpartition(":")
    base = base if colon else _BASE
    policy = load_policy(base)
    axes: list[list[tuple[str, str]]] = []
    for axis in rest.split("+"):
        key, _, values = axis.partition("=")
        if key not in SETTINGS:
            raise CandidateError(f"{word!r}: no such setting {key!r} - sweep {', '.join(SETTINGS)}")
        axes.append([(key, value) for value in values.split(",")])
    for point in product(*axes):
        swept = policy
        for key, value in point:
            try:
                swept = SETTINGS[key](swept, value)
            except ValueError as error:
                raise CandidateError(f"{word!r}: {key}={value!r}: {error} - write {key}=0,30,1h") from None
        label = " ".join(f"{key}={value}" for key, value in point)
        yield Candidate(label if base == _BASE else f"{base} {label}", swept)


def _positive(key: str) -> Callable[[Policy, str], Policy]:
    def changed(policy: Policy, value: str) -> Policy:
        return replace(policy, positive=_with(policy.positive, key, Seconds.read(value)))

    return changed


def _negative(key: str) -> Callable[[Policy, str], Policy]:
    def changed(policy: Policy, value: str) -> Policy:
        seconds = Seconds.read(value)
        return replace(
            policy, nxdomain=_with(policy.nxdomain, key, seconds), nodata=_with(policy.nodata, key, seconds)
        )

    return changed


def _failure(policy: Policy, value: str) -> Policy:
    return replace(policy, failure=_with(policy.failure, "max", Seconds.read(value)))


def _stale(policy: Policy, value: str) -> Policy:
    window = Seconds.read(value)
    return replace(policy, stale=msgspec.structs.replace(policy.stale, enabled=window > 0, max_age=window))


def _stale_wait(policy: Policy, value: str) -> Policy:
    return replace(policy, stale=msgspec.structs.replace(policy.stale, client_timeout=Seconds.read(value)))


def _prefetch(policy: Policy, value: str) -> Policy:
    fraction = float(value)
    if not 0 <= fraction <= 0.5:
        raise ValueError("a part of the life, 0 to 0.5")
    return replace(
        policy, prefetch=msgspec.structs.replace(policy.prefetch, enabled=fraction > 0, fraction=fraction)
    )


def _with(bounds: Bounds, key: str, value: Seconds) -> Bounds:
    return msgspec.structs.replace(bounds, **{key: value})


SETTINGS: Final[Mapping[str, Callable[[Policy, str], Policy]]] = {
    "min": _positive("min"),
    "max": _positive("max"),
    "negative_min": _negative("min"),
    "negative_max": _negative("max"),
    "failure_max": _failure,
    "stale": _stale,
    "stale_wait": _stale_wait,
    "prefetch": _prefetch,
}
