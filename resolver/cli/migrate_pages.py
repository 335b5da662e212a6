# SPDX-License-Identifier: ISC
"""A migration plan for the eye and for programs: the timetable, what to publish, what to type. Reckons nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import click

from resolver.cli.instants import spell_duration, spell_instant
from resolver.cli.output import paint, print_json, table, wants_json
from resolver.cli.published import Published
from resolver.endpoints import spell_listener
from resolver.lab.migration.keeping import Keeping, in_short
from resolver.lab.migration.plan import Facts, Move, Plan, Step, StepKind
from resolver.wire import to_text
from resolver.wire.codes import type_to_text

_WHAT: Final[Mapping[Move, Mapping[StepKind, str]]] = {
    Move.RECORD: {
        StepKind.LOWER: "publish the old value with the lower TTL",
        StepKind.WAIT: "caches still hold it with the old TTL",
        StepKind.CHANGE: "publish the new value; the old server goes on answering",
        StepKind.VERIFY: "caches still hold the old value",
        StepKind.RAISE: "publish the new value with its final TTL",
        StepKind.RETIRE: "no fresh copy of the old value is left: the old server may go",
    },
    Move.CREATION: {
        StepKind.LOWER: "lower the negative TTL: the SOA's MINIMUM; keep people from asking for the name",
        StepKind.WAIT: "caches still hold its absence with the old negative TTL",
        StepKind.CHANGE: "publish the record",
        StepKind.VERIFY: "who asked too early still holds its absence",
        StepKind.RAISE: "raise the SOA's MINIMUM again",
        StepKind.RETIRE: "",
    },
    Move.DELEGATION: {
        StepKind.LOWER: "publish the old NS set with the lower TTL, in the zone",
        StepKind.WAIT: "caches still hold it with the old TTL",
        StepKind.CHANGE: "publish the new NS set, in the zone on old and new servers and at the parent",
        StepKind.VERIFY: "caches still go to the old servers: let these serve the same zone",
        StepKind.RAISE: "publish the NS set with its final TTL",
        StepKind.RETIRE: "the old servers may go",
    },
}


@dataclass(frozen=True, slots=True)
class Held:
    """What the cache of the running resolver holds: TTLs in seconds, instants in UNIX time."""

    values: tuple[str, ...]
    published_ttl: int
    kept_ttl: float
    age: float
    fresh_until: float
    stale_until: float
    rules: tuple[str, ...]

    @classmethod
    def read(cls, entry: Mapping[str, Any], now: float) -> Held:
        """Read an entry as the control API shows it, at the instant `now`."""
        rules = tuple(rule["rule"] for rule in entry["rules"])
        ttl = entry["published_ttl"]
        if not entry["records"]:  # a denial lives by the lesser of two numbers (RFC 2308 section 5)
            ttl = min([ttl, *(round(r["after"]) for r in entry["rules"] if r["rule"] == "soa.minimum")])
        fresh_until, stale_until = now + entry["fresh_for"], now + entry["stale_for"]
        return cls(
            tuple(entry["records"]), ttl, entry["kept_ttl"], entry["age"], fresh_until, stale_until, rules
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan with all that its pages mention. `new` are the values to come; none when they were not given."""

    plan: Plan
    name: bytes
    rtype: int
    new: tuple[str, ...]
    published: Published | None
    held: tuple[Held, ...]
    is_lab: bool
    now: float

    @property
    def old(self) -> tuple[str, ...]:
        """The values now; none where there are none, or nobody told."""
        if self.published is not None:
            return self.published.values
        return next((held.values for held in self.held if held.values), ())

    @property
    def question(self) -> str:
        """`www.example.com. A`."""
        return f"{to_text(self.name)} {type_to_text(self.rtype)}"


def print_plan(proposal: Proposal, style: str) -> None:
    """Print the plan: pages for people, one document as `json`, a line per step as `jsonl`."""
    if style == "jsonl":
        for step in proposal.plan.steps:
            print_json({"schema": 1, **_step_view(proposal, step)}, style)
    elif wants_json(style):
        print_json(_view(proposal), style)
    else:
        click.echo("\n".join(_page(proposal)))


def _page(proposal: Proposal) -> Iterable[str]:
    arrow = " -> ".join(", ".join(v) for v in (proposal.old, proposal.new) if v)
    yield f"{paint(f'Moving {proposal.question}', bold=True)}  {arrow}".rstrip()
    yield from (
        f"  {line}" for line in (*_facts(proposal.plan.facts, proposal.published), *_copies(proposal))
    )
    yield ""
    for number, step in enumerate(proposal.plan.steps, 1):
        yield _headline(number, step, proposal)
        yield from (f"     {line}" for line in publish(proposal, step))
        yield from (f"     $ {line}" for line in commands(proposal, step))
    yield ""
    yield from _outlook(proposal.plan)
    yield ""
    yield from _keepings(proposal.plan)


def _headline(number: int, step: Step, proposal: Proposal) -> str:
    when = spell_instant(step.at)
    if step.until > step.at:
        when = f"until {spell_instant(step.until)} ({spell_duration(step.until - step.at)})"
    return f"{number}. {paint(f'{step.kind.value:7}', bold=True)}  {when}  {_WHAT[proposal.plan.facts.move][step.kind]}"


def _facts(facts: Facts, published: Published | None) -> Iterable[str]:
    what = "negative TTL" if facts.move is Move.CREATION else "TTL"
    yield f"{what} {spell_duration(facts.ttl)}" + (
        f", at the parent {spell_duration(facts.parent_ttl)}" if facts.parent_ttl is not None else ""
    )
    if published is None:
        return
    silent = len(published.authorities) - published.answering
    yield (
        f"{published.agreeing} of {published.answering} authorities of {to_text(published.zone)} say so"
        + (f"; {silent} more do not answer" if silent else "")
        + ("" if published.agreeing == published.answering else "; others say otherwise: mend that first")
    )
    numbers = {
        "NS TTL": published.ns_ttl,
        "NS TTL at the parent": published.parent_ttl,
        "negative TTL": published.negative_ttl,
        "SOA refresh": published.refresh,
    }
    yield ", ".join(
        f"{name} {spell_duration(number)}" for name, number in numbers.items() if number is not None
    )
    if published.refresh and not facts.lag:
        yield (
            "instants hold when all authorities follow at once; without NOTIFY they may take"
            f" {spell_duration(published.refresh)}: --lag {spell_duration(published.refresh)}"
        )


def _copies(proposal: Proposal) -> Iterable[str]:
    for held in proposal.held:
        rules = f" ({', '.join(held.rules)})" if held.rules else ""
        stale = (
            f", as stale data until {spell_instant(held.stale_until)}"
            if held.stale_until > held.fresh_until
            else ""
        )
        yield (
            f"in this cache: {', '.join(held.values) or 'its absence'}, {held.age:.0f} s old, TTL"
            f" {held.published_ttl} -> {held.kept_ttl:g}{rules}: until {spell_instant(held.fresh_until)}{stale}"
        )


def _outlook(plan: Plan) -> Iterable[str]:
    change = plan.step(StepKind.CHANGE)
    assert change is not None  # every plan has one
    what = "Its absence" if plan.facts.move is Move.CREATION else "The old value"
    after = spell_duration(plan.over_at - change.at)
    yield f"{what} is over {after} after the change, by {spell_instant(plan.over_at)}."
    if plan.step(StepKind.LOWER) is not None:
        yield f"Changed without lowering first, it would live on for {spell_duration(plan.unprepared_for)}."
    if plan.once_until > plan.over_at:
        names = in_short(keeping.preset for keeping in plan.lowered if keeping.stale_first)
        yield (
            "Caches that answer with stale data first and ask afterwards may give it to one more client, until"
            f" {spell_instant(plan.once_until)}: {names}."
        )
    if plan.stale_until > plan.over_at:
        yield (
            f"Caches that serve stale data and cannot reach the authorities: until {spell_instant(plan.stale_until)}"
            " at the latest."
        )


def _keepings(plan: Plan) -> Iterable[str]:
    """A table of what presets make of both TTLs; presets that do the same share a row."""
    pairs = sorted(zip(plan.held, plan.lowered, strict=True), key=lambda pair: (_deed(pair), pair[0].preset))
    rows = []
    for deed, same in groupby(pairs, key=_deed):
        names = in_short(held.preset for held, _ in same)
        held, lowered, stale = deed
        rows.append(
            (spell_duration(held), spell_duration(lowered), spell_duration(stale) if stale else "-", names)
        )
    lower = plan.lowered[0].published if plan.lowered else 0
    yield from table([(f"TTL {plan.facts.ttl}", f"TTL {lower}", "+ STALE", "KEPT SO BY"), *rows]).splitlines()
    front = plan.over_at - max((step.at for step in plan.steps if step.kind is StepKind.CHANGE), default=0.0)
    front -= plan.facts.lag + max((keeping.fresh for keeping in plan.lowered), default=0.0)
    if front > 0:
        yield f"A browser in front of them may add {spell_duration(front)}, whatever the TTL."


def _deed(pair: tuple[Keeping, Keeping]) -> tuple[float, float, float]:
    held, lowered = pair
    return held.fresh, lowered.fresh, lowered.stale


def publish(proposal: Proposal, step: Step) -> list[str]:
    """The records to publish at a step, as lines of a zone file."""
    match step.kind:
        case StepKind.LOWER if proposal.plan.facts.move is not Move.CREATION:
            values: Iterable[str] = proposal.old or ("(the old value)",)
        case StepKind.CHANGE:
            values = proposal.new or ("(the new value)",)
        case StepKind.RAISE if proposal.plan.facts.move is not Move.CREATION:
            values = proposal.new or ("(the new value)",)
        case _:
            return []
    name, rtype = to_text(proposal.name), type_to_text(proposal.rtype)
    return [f"{name}  {step.ttl}  IN  {rtype}  {value}" for value in values]


def commands(proposal: Proposal, step: Step) -> list[str]:
    """What to type at a step."""
    name, question = to_text(proposal.name), proposal.question
    until = " ".join(f"--until {_quoted(value)}" for value in proposal.new)
    typed: list[str] = []
    if proposal.is_lab and publish(proposal, step) and "(" not in publish(proposal, step)[0]:
        values = proposal.old if step.kind is StepKind.LOWER else proposal.new
        typed.append(f"resolver lab set {question} {step.ttl} {' '.join(map(_quoted, values))}")
    match step.kind:
        case StepKind.LOWER if proposal.plan.facts.move is not Move.CREATION:
            condition = f"--fail 'ttl>{step.ttl}'"
            where = _authorities(proposal) or ["@AUTHORITY"]
            typed += [f"resolver query {question} {server} +norec {condition}" for server in where]
        case StepKind.CHANGE:
            typed.append(f"resolver cache flush {name} --exact")
        case StepKind.VERIFY if until:
            servers = "" if proposal.is_lab else " --servers @public"
            timeout = spell_duration(step.until - step.at + 60)
            typed.append(f"resolver watch {question}{servers} {until} --timeout {timeout}")
        case _:
            pass
    return typed


def _authorities(proposal: Proposal) -> list[str]:
    """Each name server once, by its first address."""
    if proposal.published is None:
        return []
    first = {server.name: server.endpoint for server in reversed(proposal.published.authorities)}
    return [f"@{spell_listener(endpoint)}" for _, endpoint in sorted(first.items())]


def _quoted(value: str) -> str:
    return f"'{value}'" if " " in value or '"' in value else value


def _view(proposal: Proposal) -> dict[str, Any]:
    plan, published = proposal.plan, proposal.published
    return {
        "schema": 1,
        "name": to_text(proposal.name),
        "type": type_to_text(proposal.rtype),
        "move": plan.facts.move.value,
        "from": list(proposal.old),
        "to": list(proposal.new),
        "ttl": plan.facts.ttl,
        "parent_ttl": plan.facts.parent_ttl,
        "zone": None
        if published is None
        else {
            "name": to_text(published.zone),
            "ns_ttl": published.ns_ttl,
            "parent_ttl": published.parent_ttl,
            "negative_ttl": published.negative_ttl,
            "soa_refresh": published.refresh,
            "authorities": [server.label for server in published.authorities],
        },
        "cached": [
            {
                "values": list(held.values),
                "published_ttl": held.published_ttl,
                "kept_ttl": held.kept_ttl,
                "age": held.age,
                "fresh_until": round(held.fresh_until, 3),
                "stale_until": round(held.stale_until, 3),
            }
            for held in proposal.held
        ],
        "steps": [_step_view(proposal, step) for step in plan.steps],
        "over_at": round(plan.over_at, 3),
        "once_until": round(plan.once_until, 3),
        "stale_until": round(plan.stale_until, 3),
        "unprepared_for": plan.unprepared_for,
        "caches": [
            {"preset": held.preset, "old": held.fresh, "lowered": lowered.fresh, "stale": lowered.stale}
            for held, lowered in zip(plan.held, plan.lowered, strict=True)
        ],
    }


def _step_view(proposal: Proposal, step: Step) -> dict[str, Any]:
    return {
        "step": step.kind.value,
        "at": round(step.at, 3),
        "until": round(step.until, 3),
        "when": spell_instant(step.at),
        "ttl": step.ttl,
        "publish": publish(proposal, step),
        "commands": commands(proposal, step),
    }
