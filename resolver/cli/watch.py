# SPDX-License-Identifier: ISC
"""`resolver watch`: who already serves the new record, who when. Asking is `polling`, judging `lab.watching`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Final

import click

from resolver.cli.authorities import Authority, Finder, lab_map, read_servers
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import read_duration, spell_clock
from resolver.cli.output import format_option
from resolver.cli.polling import Poll, Target, read_value
from resolver.cli.target import dns_server, split_address
from resolver.cli.watch_screens import Screen, WatchPlan, screen_for
from resolver.cli.words import Words, read_words, require_one
from resolver.endpoints import spell_listener
from resolver.lab.watching import Role, Watch, Watched
from resolver.wire import to_text

# The resolvers most people are behind, by the names people know; `@public` means all of them.
PUBLIC: Final = {
    "google": "8.8.8.8",
    "cloudflare": "1.1.1.1",
    "quad9": "9.9.9.9",
    "opendns": "208.67.222.222",
}


@click.command()
@click.argument("words", nargs=-1, metavar="NAME [TYPE] [@SERVER…]")
@click.option(
    "--servers", multiple=True, metavar="@A @B…", help="Resolvers to ask; @public means the large ones."
)
@click.option(
    "--until", "awaited", multiple=True, metavar="VALUE", help="End when all have it; or NXDOMAIN, NODATA."
)
@click.option(
    "--authorities", multiple=True, metavar="@A,@B", help="Ask these in place of those found; 'none': none."
)
@click.option("--via", metavar="@ADDR", help="The resolver that finds the authorities.")
@click.option("--interval", default="5s", metavar="DURATION", help="Between two rounds; default 5s.")
@click.option("--timeout", metavar="DURATION", help="Give up after this long; default: never.")
@click.option("--once", is_flag=True, help="One round, then end.")
@click.option("--snoop", is_flag=True, help="Ask resolvers with RD=0: what is not cached is not fetched.")
@click.option("-4", "ipv4", is_flag=True, help="Leave out authorities' IPv6 addresses.")
@click.option(
    "--socket", "socket_path", metavar="PATH", help="Control socket of the resolver, for a lab's addresses."
)
@click.option("--config", metavar="FILE", help="Whose server.listen is asked.")
@format_option()
def watch(words: tuple[str, ...], style: str, **given: Any) -> int:
    r"""Watch a change spread: which authority and which resolver serves which value, and when the last must switch.

    \b
    resolver watch www.example.com A --until 192.0.2.80
    resolver watch www.example.com --servers @public @192.168.1.1 --until 192.0.2.80 --timeout 1h
    resolver watch new.example.com AAAA --once --format json

    Exit code: 0 when all have the value; at --timeout or after --once, 4 when some have not, 9 when those did not
    answer. Without --until it shows every change and ends with 0.
    """
    plan = _read(words, **given)
    poll = Poll(plan.rtype, time.time, timeout=min(2.0, max(plan.interval, 0.5)), snoop=given["snoop"])
    screen = screen_for(plan, style)
    watching = Watch((target.watched for target in plan.targets), plan.awaited)
    _run(plan, poll, watching, screen)
    screen.end(watching)
    return _verdict(plan, watching)


def _run(plan: WatchPlan, poll: Poll, watching: Watch, screen: Screen) -> None:
    ends_at = None if plan.timeout is None else time.monotonic() + plan.timeout
    while True:
        began_at = time.monotonic()
        changes = [watching.observe(server, reading) for server, reading in poll.round(plan.targets).items()]
        screen.show(watching, [change for change in changes if change is not None])
        next_at = began_at + plan.interval
        if plan.once or (plan.awaited and watching.all_have) or (ends_at is not None and next_at > ends_at):
            return
        time.sleep(max(0.0, next_at - time.monotonic()))


def _verdict(plan: WatchPlan, watching: Watch) -> int:
    if not plan.awaited or watching.all_have:
        return Exit.OK
    lacking = watching.lacking
    silent = all(not standing.reading.values for standing in lacking)
    names = ", ".join(standing.server.label for standing in lacking[:3]) + (" …" if len(lacking) > 3 else "")
    if silent:
        only_ipv6 = all(s.server.role is Role.AUTHORITY and ":" in s.server.label for s in lacking)
        remedy = "-4 leaves out their IPv6 addresses" if only_ipv6 else "are they reachable from here?"
        raise CommandFailed(f"no answer from {names} - {remedy}", Exit.NO_REPLY)
    until = watching.last_must_switch_at
    remedy = (
        f"ask again after {spell_clock(until)}"
        if until and not watching.still_published
        else "see who has to change it; --timeout waits longer"
    )
    raise CommandFailed(
        f"{len(lacking)} of {len(plan.targets)} have not got {', '.join(plan.awaited)}: {names} - {remedy}",
        Exit.CONDITION_MET,
    )


def _read(
    words: tuple[str, ...],
    *,
    servers: tuple[str, ...],
    awaited: tuple[str, ...],
    authorities: tuple[str, ...],
    via: str | None,
    interval: str,
    timeout: str | None,
    once: bool,
    ipv4: bool,
    socket_path: str | None,
    config: str | None,
    **_: object,
) -> WatchPlan:
    said, at = one_question(words)
    rtype = said.rtypes[0]
    values = tuple(dict.fromkeys(read_value(text, rtype) for text in awaited))
    seconds = read_duration(interval, "--interval")
    if seconds < 0.1:
        raise CommandFailed("--interval is below 0.1 s - servers limit who asks too often", Exit.USAGE)
    limit = None if timeout is None else read_duration(timeout, "--timeout")
    finder = Finder(
        split_address(read_servers([via], "--via")[0], 53) if via else dns_server(config),
        {} if via else lab_map(socket_path, config),
    )
    published = list(_published(finder, said.names[0], rtype, authorities, ipv4=ipv4))
    asked = read_servers([*servers, *at], "--servers")
    targets = (*published, *_resolvers(asked or [spell_listener(finder.via)], said.names[0]))
    return WatchPlan(said.names[0], rtype, values, tuple(dict.fromkeys(targets)), seconds, limit, once)


def one_question(words: Iterable[str]) -> tuple[Words, list[str]]:
    """Read NAME and TYPE, and the @servers among the words. Raises CommandFailed with exit code 2."""
    words = list(words)
    said = read_words([word for word in words if not word.startswith("@")])
    require_one(said)
    return said, [word for word in words if word.startswith("@")]


def _published(
    finder: Finder, name: bytes, rtype: int, given: tuple[str, ...], *, ipv4: bool
) -> Iterable[Target]:
    if given == ("none",):
        return
    if given:
        end, servers = (
            name,
            tuple(finder.authority(address) for address in read_servers(given, "--authorities")),
        )
    else:
        end = finder.end_of_alias(name, rtype)
        servers = finder.find(end).servers
    if end != name:
        click.echo(
            f"note: {to_text(name)} is an alias; its authorities are asked for {to_text(end)}"
            f" (to watch the alias itself: resolver watch {to_text(name)} CNAME)",
            err=True,
        )
    for server in servers:
        if not (ipv4 and ":" in server.address):
            yield _authority(server, end)


def _authority(server: Authority, name: bytes) -> Target:
    return Target(Watched(server.label, Role.AUTHORITY), server.endpoint, name)


def _resolvers(servers: Iterable[str], name: bytes) -> Iterable[Target]:
    for server in servers:
        group = PUBLIC if server == "public" else {server: PUBLIC[server]} if server in PUBLIC else {}
        for label, address in (group or {server: server}).items():
            yield Target(Watched(f"@{label}", Role.RESOLVER), split_address(address, 53), name)
