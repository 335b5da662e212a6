# SPDX-License-Identifier: ISC
"""A whole policy as one value, and what it comes to for one subject: `Policy.terms`.

    blocks by class ──┐
                      ├──► Terms(fixed, factor, least, most, jitter, reply_ttl, stale, prefetch)
    ordered rules ────┘    for each setting the first rule that fits and has it, else the block

Nothing is judged here: `judge` applies terms to a TTL. Without rules the terms of a class are made once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, fields
from fnmatch import translate
from typing import Any, Final, NamedTuple

import msgspec

from resolver.policy.rules import (
    DelegationBounds,
    FailureBounds,
    NegativeBounds,
    PositiveBounds,
    PrefetchRules,
    Rule,
    StaleRules,
)
from resolver.policy.subject import AnswerClass, Subject
from resolver.wire.codes import type_from_text
from resolver.wire.names import ancestors, from_text, to_text

# Combinations of fitting rules whose terms are kept made; more are made anew each time.
_KEPT_MOST: Final = 1024
# What can make a life longer: a rule that names no class means positive answers by it, never denials and failures.
_LENGTHENING: Final = ("min", "ttl", "factor")
_STALE: Final = {
    "stale": "enabled",
    "stale_max_age": "max_age",
    "stale_reply_ttl": "reply_ttl",
    "stale_client_timeout": "client_timeout",
}
_PREFETCH: Final = {
    "prefetch": "enabled",
    "prefetch_fraction": "fraction",
    "prefetch_left": "left",
    "prefetch_min_ttl": "min_ttl",
}


class Term(NamedTuple):
    """One setting and who set it: the key of a block, or a rule by number and title."""

    value: float
    rule: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says of one subject. Durations in seconds; `factor` and `jitter` are parts of one."""

    least: Term | None
    most: Term
    stale: StaleRules
    prefetch: PrefetchRules
    fixed: Term | None = None
    factor: Term | None = None
    jitter: Term | None = None
    reply_ttl: Term | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides on lifetimes, in one value; handed to whoever stores, serves or simulates.

    `seed` is the key of the hash that jitter takes from names.
    """

    positive: PositiveBounds = field(default_factory=PositiveBounds)
    nxdomain: NegativeBounds = field(default_factory=NegativeBounds)
    nodata: NegativeBounds = field(default_factory=NegativeBounds)
    failure: FailureBounds = field(default_factory=FailureBounds)
    delegation: DelegationBounds = field(default_factory=DelegationBounds)
    stale: StaleRules = field(default_factory=StaleRules)
    prefetch: PrefetchRules = field(default_factory=PrefetchRules)
    rules: tuple[Rule, ...] = ()
    name: str = "default"
    seed: str = ""
    _made: _Made = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_made", _Made(self))

    def __reduce__(self) -> tuple[type[Policy], tuple[object, ...]]:
        return Policy, tuple(getattr(self, each.name) for each in fields(self) if each.init)

    @property
    def by_name(self) -> bool:
        """Whether any rule looks at the owner's name. If not, lifetimes depend on class, type and TTL alone."""
        return any(rule.suffix or rule.glob or rule.jitter for rule in self.rules)

    def terms(self, subject: Subject) -> Terms:
        """What the policy says of `subject`."""
        made = self._made
        return made.by_class[subject.answer] if not self.rules else made.terms(subject)


class _Made:
    """What is made of a policy once, and the terms made of its rules so far."""

    __slots__ = ("_applying", "_by_suffix", "_fits", "_folded", "_policy", "_types", "by_class")

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.by_class = {answer: _base(policy, answer) for answer in AnswerClass}
        self._fits = tuple(_Fit(rule) for rule in policy.rules)
        self._by_suffix: dict[bytes, list[int]] = {}
        for number, rule in enumerate(policy.rules):
            for text in rule.suffix:
                self._by_suffix.setdefault(from_text(text).lower(), []).append(number)
        self._types = frozenset(rtype for fit in self._fits for rtype in fit.types)
        self._applying: dict[tuple[AnswerClass, int], tuple[int, ...]] = {}
        self._folded: dict[tuple[AnswerClass, tuple[int, ...]], Terms] = {}

    def terms(self, subject: Subject) -> Terms:
        """The terms of a subject under a policy that has rules."""
        answer = subject.answer
        group = (answer, subject.rtype if subject.rtype in self._types else -1)  # types no rule names are one
        applying = self._applying.get(group)
        if applying is None:
            applying = tuple(n for n, fit in enumerate(self._fits) if fit.applies(answer, subject.rtype))
            self._applying[group] = applying
        below = self._below(subject.owner)
        fitting = tuple([n for n in applying if self._fits[n].takes(subject, below=n in below)])
        known = self._folded.get((answer, fitting))
        if known is None:
            known = self._fold(answer, fitting)
            if len(self._folded) < _KEPT_MOST:
                self._folded[answer, fitting] = known
        return known

    def _below(self, owner: bytes) -> Set[int]:
        """The rules for a suffix that the name is at or below: found by its ancestors, however many rules there are."""
        if not self._by_suffix:
            return frozenset()
        return {number for name in ancestors(owner) for number in self._by_suffix.get(name, ())}

    def _fold(self, answer: AnswerClass, fitting: Iterable[int]) -> Terms:
        """For each setting the first of the rules numbered `fitting` that has it, else the block's."""
        base = self.by_class[answer]
        found: dict[str, Term] = {}
        for number in fitting:
            rule = self._policy.rules[number]
            for key, value in _set_by(rule, answer):
                found.setdefault(key, Term(value, _named(number, rule, key)))
        return Terms(
            least=None if answer is AnswerClass.DELEGATION else found.get("min", base.least),
            most=found.get("max", base.most),
            stale=msgspec.structs.replace(base.stale, **_renamed(found, _STALE)),
            prefetch=msgspec.structs.replace(base.prefetch, **_renamed(found, _PREFETCH)),
            fixed=found.get("ttl"),
            factor=found.get("factor"),
            jitter=found.get("jitter"),
            reply_ttl=found.get("reply_ttl"),
        )


class _Fit:
    """To what a rule applies, read once."""

    __slots__ = ("_classes", "_globs", "_is_for_all", "_most", "_rule", "types")

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._classes = frozenset(rule.classes or AnswerClass)
        self.types = frozenset(map(type_from_text, rule.types))
        self._is_for_all = not (rule.suffix or rule.glob)
        self._globs = tuple(re.compile(translate(text.lower().rstrip("."))) for text in rule.glob)
        self._most = float("inf") if rule.ttl_to is None else rule.ttl_to

    def applies(self, answer: AnswerClass, rtype: int) -> bool:
        """Whether class and type are the rule's."""
        return answer in self._classes and (not self.types or rtype in self.types)

    def takes(self, subject: Subject, *, below: bool) -> bool:
        """Whether the TTL and the name are the rule's, too; `below`: the name is at or below one of its suffixes."""
        if not self._rule.ttl_from <= subject.published <= self._most:
            return False
        if below or self._is_for_all:
            return True
        if not self._globs:
            return False
        text = to_text(subject.owner).rstrip(".")
        return any(glob.match(text) for glob in self._globs)


def _base(policy: Policy, answer: AnswerClass) -> Terms:
    """What the blocks say of a class. Keys of positive answers bear no class, as in the configuration."""
    bounds = getattr(policy, answer.value)
    prefix = "policy." if answer is AnswerClass.POSITIVE else f"policy.{answer.value}_"
    least = None if bounds.min <= 0 else Term(float(bounds.min), f"{prefix}min_ttl")
    return Terms(least, Term(float(bounds.max), f"{prefix}max_ttl"), policy.stale, policy.prefetch)


def _set_by(rule: Rule, answer: AnswerClass) -> Iterable[tuple[str, Any]]:
    """The settings that a rule makes for a class of answer."""
    spared = _LENGTHENING if not rule.classes and answer is not AnswerClass.POSITIVE else ()
    settings = (
        ("min", rule.min),
        ("max", rule.max),
        ("factor", rule.factor),
        ("ttl", rule.ttl),
        ("jitter", rule.jitter),
        ("reply_ttl", rule.reply_ttl),
        ("stale", rule.stale),
        ("stale_max_age", rule.stale_max_age),
        ("stale_reply_ttl", rule.stale_reply_ttl),
        ("stale_client_timeout", rule.stale_client_timeout),
        ("prefetch", rule.prefetch),
        ("prefetch_fraction", rule.prefetch_fraction),
        ("prefetch_left", rule.prefetch_left),
        ("prefetch_min_ttl", rule.prefetch_min_ttl),
    )
    return [(key, value) for key, value in settings if value is not None and key not in spared]


def _renamed(found: Mapping[str, Term], fields: Mapping[str, str]) -> dict[str, Any]:
    return {name: found[key].value for key, name in fields.items() if key in found}


def _named(number: int, rule: Rule, key: str) -> str:
    title = f' "{rule.title}"' if rule.title else ""
    return f"rule {number + 1}{title} {key}"
