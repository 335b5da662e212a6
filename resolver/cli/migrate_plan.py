# SPDX-License-Identifier: ISC
"""`resolver migrate plan`: reads the options and gathers the facts. The reckoning is the lab's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import click

from resolver.cli.authorities import Finder, lab_map, read_servers
from resolver.cli.control_client import client, socket_options
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import read_duration, read_instant, spell_instant
from resolver.cli.migrate_pages import Held, Proposal, print_plan
from resolver.cli.output import format_option
from resolver.cli.polling import read_value
from resolver.cli.published import Published, ask_published
from resolver.cli.target import dns_server, split_address
from resolver.cli.watch import one_question
from resolver.lab.migration.keeping import shipped_caches
from resolver.lab.migration.plan import Facts, Move, TooSoon, Wishes
from resolver.lab.migration.plan import plan as draw_up
from resolver.units import Seconds
from resolver.wire import Rtype, to_text
from resolver.wire.codes import type_to_text

_EXAMPLE = "www.example.com."  # the name in a plan from numbers alone


@click.command()
@click.argument("words", nargs=-1, metavar="[NAME [TYPE]]")
@click.option("--to", "new", multiple=True, metavar="VALUE", help="The new value; several times for several.")
@click.option(
    "--at", "change_at", metavar="TIME", help="When to change: 2026-11-21T06:00Z or +2h; default: soonest."
)
@click.option("--lower-to", default="60s", metavar="DURATION", help="The TTL during the move; default 60s.")
@click.option("--new-ttl", metavar="DURATION", help="The TTL after it; default: the one before.")
@click.option(
    "--old-ttl", metavar="DURATION", help="The TTL now. With it nothing is asked: a plan from numbers."
)
@click.option("--parent-ttl", metavar="DURATION", help="With --old-ttl and TYPE NS: the delegation's TTL.")
@click.option(
    "--creates", is_flag=True, help="With --old-ttl, which is then the negative TTL: nothing is there yet."
)
@click.option("--lag", default="0s", metavar="DURATION", help="How long the last authority takes to follow.")
@click.option(
    "--from-cache", is_flag=True, help="Ask the cache of the running resolver, not the authorities."
)
@click.option("--presets", metavar="A,B…", help="The policies of the caches out there; default: all shipped.")
@click.option("--via", metavar="@ADDR", help="The resolver that finds the authorities.")
@socket_options
@format_option()
def plan(words: tuple[str, ...], style: str, **given: Any) -> None:
    r"""Write the timetable of a move: lower, wait, change, verify, raise, retire, with instants and commands.

    TTLs are asked of the authorities; of the zone's servers, its parent and its SOA too. A name that does not exist
    yet is planned by its negative TTL.

    \b
    resolver migrate plan www.example.com A --to 192.0.2.80 --at 2026-11-21T06:00Z
    resolver migrate plan example.com NS --to ns1.new.example --to ns2.new.example
    resolver migrate plan www.example.com --to 192.0.2.80 --from-cache
    resolver migrate plan --old-ttl 1d --lower-to 300 --new-ttl 1h
    """
    now = time.time()
    question = _question(words, given["old_ttl"], now)
    sources = _sources(question, now, **given)
    read = _Reader(question, sources, given)
    facts = read.facts()
    wishes = read.wishes(facts, now)
    try:
        found = draw_up(
            facts, wishes, shipped_caches(given["presets"].split(",") if given["presets"] else None), now
        )
    except TooSoon as error:
        assert wishes.change_at is not None  # the soonest is never too soon
        raise CommandFailed(
            f"{spell_instant(wishes.change_at)} is too soon: the old TTL is not over before"
            f" {spell_instant(error.earliest_at)} - change then or later; 'resolver migrate simulate'"
            " shows the price of not waiting"
        ) from None
    new = tuple(read_value(text, question.rtype) for text in given["new"])
    print_plan(
        Proposal(
            found, question.name, question.rtype, new, sources.published, sources.held, sources.is_lab, now
        ),
        style,
    )


@dataclass(frozen=True, slots=True)
class _Question:
    name: bytes
    rtype: int


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where the facts come from: the authorities, the cache, or neither, and then from numbers."""

    published: Published | None = None
    held: tuple[Held, ...] = ()
    is_lab: bool = False


def _question(words: tuple[str, ...], old_ttl: str | None, now: float) -> _Question:
    if not words and old_ttl is None:
        raise CommandFailed(
            "neither a name nor a TTL - write: resolver migrate plan NAME TYPE --to VALUE, or --old-ttl 1h",
            Exit.USAGE,
        )
    said, servers = one_question(words or (_EXAMPLE,))
    if servers:
        raise CommandFailed("servers are not taken here - name the resolver by --via @ADDR", Exit.USAGE)
    return _Question(said.names[0], said.rtypes[0])


def _sources(question: _Question, now: float, **given: Any) -> _Sources:
    if given["from_cache"]:
        held = _held(question, now, given["socket_path"], given["config"])
        return _Sources(held=held, is_lab=bool(lab_map(given["socket_path"], given["config"])))
    if given["old_ttl"] is not None:
        return _Sources()
    via = given["via"]
    reach = {} if via else lab_map(given["socket_path"], given["config"])
    where = split_address(read_servers([via], "--via")[0], 53) if via else dns_server(given["config"])
    finder = Finder(where, reach)
    return _Sources(ask_published(finder, question.name, question.rtype, now), is_lab=bool(reach))


def _held(question: _Question, now: float, socket_path: str | None, config: str | None) -> tuple[Held, ...]:
    from urllib.parse import urlencode

    name, rtype = to_text(question.name), type_to_text(question.rtype)
    reply = client(socket_path, config).get(
        f"/api/v1/cache/entries?{urlencode({'name': name, 'limit': 10_000})}"
    )
    same = [e for e in reply["entries"] if e["name"].lower() == name.lower() and e["type"] in (rtype, "*")]
    if not same:
        raise CommandFailed(
            f"the cache has no {name} {rtype} - ask for it first ('resolver query {name} {rtype}'),"
            " or leave out --from-cache"
        )
    return tuple(Held.read(entry, now) for entry in same)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Facts and wishes from what was asked and what was given; what was given wins."""

    question: _Question
    sources: _Sources
    given: dict[str, Any]

    def facts(self) -> Facts:
        """What is published now. Raises CommandFailed when a number is missing."""
        lag = read_duration(self.given["lag"], "--lag")
        move, ttl, parent_ttl = self._asked()
        ttl = self._seconds("old_ttl", ttl)
        parent_ttl = self._seconds("parent_ttl", parent_ttl)
        if ttl is None:
            raise CommandFailed("nobody tells the TTL - give it: --old-ttl N")
        is_delegation = move is Move.DELEGATION
        return Facts(
            self.question.name, self.question.rtype, move, ttl, parent_ttl if is_delegation else None, lag
        )

    def wishes(self, facts: Facts, now: float) -> Wishes:
        """What is to be. A new record that was given no TTL gets an hour."""
        lower_to = round(read_duration(self.given["lower_to"], "--lower-to"))
        before = 3600 if facts.move is Move.CREATION else facts.ttl
        new_ttl = self._seconds("new_ttl", before)
        assert new_ttl is not None  # it has a default
        at = self.given["change_at"]
        return Wishes(lower_to, new_ttl, None if at is None else read_instant(at, now))

    def _asked(self) -> tuple[Move, int | None, int | None]:
        is_ns = self.question.rtype == Rtype.NS
        published = self.sources.published
        if published is not None:
            if not published.values:
                return Move.CREATION, published.negative_ttl, None
            if is_ns and published.zone == self.question.name.lower():
                return Move.DELEGATION, published.ttl, published.parent_ttl
            return Move.RECORD, published.ttl, None
        held = self.sources.held
        if held and not any(entry.values for entry in held):
            return Move.CREATION, max(entry.published_ttl for entry in held), None
        move = Move.CREATION if self.given["creates"] else Move.DELEGATION if is_ns else Move.RECORD
        return move, max((entry.published_ttl for entry in held if entry.values), default=None), None

    def _seconds(self, option: str, otherwise: int | None) -> int | None:
        text = self.given[option]
        if text is None:
            return otherwise
        return round(Seconds(read_duration(text, "--" + option.replace("_", "-"))))
