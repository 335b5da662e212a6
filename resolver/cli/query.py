# SPDX-License-Identifier: ISC
"""`resolver query`: asks a DNS server and prints what it said. The asking is `stub`, the layouts are `replies`."""

from __future__ import annotations

import time

import click

from resolver.cli.conditions import Condition, read_condition
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import Duration
from resolver.cli.output import format_option, print_json, wants_json
from resolver.cli.replies import as_dig, short, tabular, view
from resolver.cli.stub import Answered, Asked, ask
from resolver.cli.target import dns_server, split_address
from resolver.cli.words import Words, read_words, reverse_name
from resolver.wire import Edns, Rcode, Rtype


@click.command()
@click.argument("words", nargs=-1, metavar="NAME [TYPE…] [@SERVER[:PORT]] [+FLAG…]")
@click.option("-x", "--reverse", metavar="ADDRESS", help="Ask for the name of an address (PTR).")
@click.option("--repeat", type=click.IntRange(1), default=1, metavar="N", help="Ask N times.")
@click.option(
    "--interval", type=Duration(), default=1.0, metavar="DURATION", help="Between two repeats; default 1s."
)
@click.option(
    "--fail", "conditions", multiple=True, metavar="COND", help="Exit 4 when met: rcode!=NOERROR, ttl<60 …"
)
@click.option("--config", metavar="FILE", help="Whose server.listen is asked when no @SERVER is given.")
@format_option("dig")
def query(
    words: tuple[str, ...],
    reverse: str | None,
    repeat: int,
    interval: float,
    conditions: tuple[str, ...],
    config: str | None,
    style: str,
) -> int:
    r"""Ask a DNS server, as dig does; words may come in any order.

    \b
    Flags: +short +dnssec +tcp +cd +norec +noedns +bufsize=N +timeout=N +tries=N
    A type's mnemonic is a type; write 'mx.' for the name mx.

    \b
    resolver query MX example.com @127.0.0.1:5300 +short
    resolver query www.example.com A AAAA --format json
    resolver query example.com --repeat 5 --interval 1 --fail 'rcode!=NOERROR' --fail 'time>100ms'

    Exit code: 0 for NOERROR and NXDOMAIN, 1 for other rcodes, 4 for a --fail condition, 9 without a reply.
    """
    judges = [read_condition(text) for text in conditions]
    said = read_words([*words, "PTR"] if reverse else words)
    names = (reverse_name(reverse),) if reverse else said.names
    server = split_address(said.server, 53) if said.server is not None else dns_server(config)
    questions = [_asked(said, name, rtype) for name in names for rtype in said.rtypes]
    answers: list[Answered] = []
    for turn in range(repeat):
        if turn:
            time.sleep(interval)
        for question in questions:
            answered = ask(question, server)
            answers.append(answered)
            if style != "json":
                _show(answered, "short" if said.short else style)
    if style == "json":
        _show_all(answers)
    return _judge(answers, judges)


def _asked(said: Words, name: bytes, rtype: int) -> Asked:
    wants_edns = said.edns or said.dnssec
    return Asked(
        name,
        rtype,
        rclass=said.rclass,
        rd=said.rec,
        cd=said.cd,
        tcp=said.tcp or rtype in (Rtype.AXFR, Rtype.IXFR),
        edns=Edns(udp_size=said.bufsize, do=said.dnssec) if wants_edns else None,
        timeout=float(said.timeout),
        tries=said.tries,
    )


def _show(answered: Answered, style: str) -> None:
    if style == "short":
        text = short(answered.message)
        if text:
            click.echo(text)
    elif wants_json(style):
        print_json(view(answered), style)
    else:
        click.echo(as_dig(answered) + "\n" if style == "dig" else tabular(answered))


def _show_all(answers: list[Answered]) -> None:
    views = [view(answered) for answered in answers]
    print_json(views[0] if len(views) == 1 else {"schema": 1, "replies": views}, "json")


def _judge(answers: list[Answered], judges: list[Condition]) -> int:
    for judge in judges:
        if any(judge.is_met(answered) for answered in answers):
            raise CommandFailed(
                f"--fail {judge.text} was met - that is what you asked to be told", Exit.CONDITION_MET
            )
    good = all(answered.message.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN) for answered in answers)
    return Exit.OK if good or judges else Exit.FAILED
