# SPDX-License-Identifier: ISC
"""How long caches keep a value, by the policy each of them follows. Only `policy.judge` decides; nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from resolver.policy.judge import judge, stale_rules
from resolver.policy.presets import load_policy, preset_names
from resolver.policy.subject import AnswerClass, Subject
from resolver.policy.terms import Policy

BROWSER: Final = "browser"  # the preset that stands in front of the others, and never beside them
_VERSION: Final = re.compile(r"-[\d.]+$")


@dataclass(frozen=True, slots=True)
class Keeping:
    """What one policy makes of a TTL: seconds kept fresh, seconds servable stale after them, and the rules at work.

    With `stale_first` the next question after the fresh life is still answered with it, and fetched anew behind it:
    RFC 8767's timer at 0, which some call optimistic. Without, stale data only serves when the authorities do not.
    """

    preset: str
    published: int
    fresh: float
    stale: float
    stale_first: bool
    rules: tuple[str, ...]

    @property
    def answered(self) -> float:
        """Seconds for which the value may be given to a client while the authorities answer."""
        return self.fresh + (self.stale if self.stale_first else 0.0)


def kept_by(preset: str, policy: Policy, subject: Subject) -> Keeping:
    """What `policy` makes of `subject`. A delegation is granted for the TTL it came with and no longer."""
    lifetime = judge(subject, 0.0, policy)
    return Keeping(
        preset,
        subject.published,
        lifetime.fresh_until,
        lifetime.stale_until - lifetime.fresh_until,
        serves_stale_first(subject, policy),
        tuple(reason.rule for reason in lifetime.reasons),
    )


def serves_stale_first(subject: Subject, policy: Policy) -> bool:
    """Whether stale data is given out at once, with the authorities asked afterwards."""
    rules = stale_rules(subject, policy)
    return rules.enabled and rules.client_timeout <= 0


@dataclass(frozen=True, slots=True)
class Caches:
    """The caches between a zone and its users: resolvers by preset, and perhaps a browser's cache in front of each."""

    resolvers: Mapping[str, Policy]
    browser: Policy | None = None

    def keepings(self, owner: bytes, rtype: int, answer: AnswerClass, ttl: int) -> tuple[Keeping, ...]:
        """What each resolver makes of the TTL, in the order of the presets."""
        subject = Subject(owner, rtype, answer, ttl)
        return tuple(kept_by(name, policy, subject) for name, policy in self.resolvers.items())

    def front(self, owner: bytes, rtype: int, ttl: int) -> float:
        """Seconds that a browser adds: it may have copied the value in the last moment of its resolver's copy."""
        if self.browser is None:
            return 0.0
        return kept_by("browser", self.browser, Subject(owner, rtype, AnswerClass.POSITIVE, ttl)).fresh


def shipped_caches(names: Iterable[str] | None = None, *, browsers: bool = True) -> Caches:
    """Caches by the names or paths of their policies, by default all presets, with browsers in front or without.

    Raises PolicyError on a policy that cannot be used.
    """
    chosen = [name for name in preset_names() if name != BROWSER] if names is None else names
    front = load_policy(BROWSER) if browsers else None
    return Caches({name: load_policy(name) for name in chosen}, front)


def in_short(presets: Iterable[str]) -> str:
    """Presets that do the same, in a line: a version is not named beside its own name (`bind-9.18` beside `bind`)."""
    names = sorted(presets)
    bases = {name: _VERSION.sub("", name) for name in names}
    return ", ".join(name for name, base in bases.items() if base == name or base not in names)


def longest(keepings: Iterable[Keeping]) -> float:
    """The longest fresh life among them, in seconds; 0 of none."""
    return max((keeping.fresh for keeping in keepings), default=0.0)


def longest_answered(keepings: Iterable[Keeping]) -> float:
    """The longest time for which a client may be given the value while the authorities answer; 0 of none."""
    return max((keeping.answered for keeping in keepings), default=0.0)


def longest_stale(keepings: Iterable[Keeping]) -> float:
    """The longest life with its stale window, in seconds; 0 of none."""
    return max((keeping.fresh + keeping.stale for keeping in keepings), default=0.0)
