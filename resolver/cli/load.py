# SPDX-License-Identifier: ISC
"""`resolver load`: drives a DNS server with questions and prints what came of it. How is `lab.load`'s business."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import Duration
from resolver.cli.output import duration, format_option, paint, print_json, table, wants_json
from resolver.cli.target import dns_server, split_address
from resolver.cli.words import read_name, read_type

if TYPE_CHECKING:
    from resolver.lab.load.asking import Chance, Name, Shape
    from resolver.lab.load.outcome import Outcome
    from resolver.lab.load.pace import Pace
    from resolver.lab.load.tcp import TcpStreams
    from resolver.lab.load.udp import UdpPorts

_DEFAULT_S: Final = 10.0
_NAMES_MAX: Final = 10_000_000  # of a file that is gone through again and again, and so kept


def _rate_of(text: str) -> float:
    """Read `250`, `20k` or `1.5M`: questions a second. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kM]?)", text)
    if not found:
        raise ValueError("write it like 250, 20k or 1.5M")
    return float(found[1]) * {"": 1, "k": 1e3, "M": 1e6}[found[2]]


def _ramp_of(text: str) -> tuple[float, float]:
    """Read `0..100k`: the first and the last rate. Raises ValueError."""
    first, dots, last = text.partition("..")
    if not dots:
        raise ValueError("write it like 0..100k")
    return _rate_of(first), _rate_of(last)


def _reads(read: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Return the callback of an option whose text `read` reads."""

    def callback(ctx: click.Context, option: click.Parameter, text: str | None) -> Any:
        try:
            return None if text is None else read(text)
        except ValueError as error:
            raise click.BadParameter(f"{text!r}: {error}", ctx, option) from None

    return callback


@click.command()
@click.argument("server", required=False, metavar="[@SERVER[:PORT]]")
@click.option(
    "--names", metavar="FILE", help="Questions of a trace: a file in any format, zipf:… or scenario:NAME."
)
@click.option("--zipf", metavar="N,ALPHA", help="N names by Zipf's law, below --under.")
@click.option(
    "--under", metavar="ZONE", default="any.many.net0", show_default=True, help="A wildcard, for --zipf."
)
@click.option(
    "--type", "rtype", metavar="TYPE", default="A", show_default=True, help="Type of --zipf questions."
)
@click.option(
    "--qps", callback=_reads(_rate_of), metavar="N", help="Questions a second; without it, as many as go."
)
@click.option(
    "--ramp", callback=_reads(_ramp_of), metavar="A..B", help="Questions a second, rising over the duration."
)
@click.option("--as-recorded", is_flag=True, help="At the times of the trace that --names is.")
@click.option("--speed", type=float, default=1.0, metavar="X", help="With --as-recorded: X times as fast.")
@click.option(
    "--duration",
    type=Duration(),
    metavar="DURATION",
    help="How long; default 10s, or to the end of the trace.",
)
@click.option("--count", type=click.IntRange(1), metavar="N", help="Most questions.")
@click.option("--tcp", is_flag=True, help="Over TCP, pipelined.")
@click.option(
    "--ports",
    type=click.IntRange(1, 4096),
    metavar="N",
    default=32,
    show_default=True,
    help="Ports, or connections.",
)
@click.option(
    "--window",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    help="Most questions in flight.",
)
@click.option(
    "--timeout",
    type=Duration(),
    default=5.0,
    metavar="DURATION",
    help="Patience with each; default 5s.",
)
@click.option("--no-edns", is_flag=True, help="Questions without EDNS.")
@click.option("--do", "dnssec_ok", is_flag=True, help="With the DO bit.")
@click.option("--cookies", is_flag=True, help="With a random DNS cookie in each, as dig sends them.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Of all that is drawn.")
@format_option()
def load(server: str | None, style: str, **how: Any) -> None:
    r"""Drive a DNS server with questions: at a rate, up a ramp, as recorded, or flat out.

    \b
    resolver load @127.0.0.1:5300 --zipf 100000,0.9 --duration 10
    resolver load @127.0.0.1:5300 --names queries.txt --qps 20k
    resolver load @127.0.0.1:5300 --zipf 1000,1 --ramp 0..100k --duration 30 --format json
    resolver load @192.0.2.1 --names day.pcap.gz --as-recorded --speed 60
    """
    from resolver.lab.load.asking import chance
    from resolver.lab.load.driver import Bounds, Clocks, drive

    random = chance(how["seed"])
    address = split_address(server.removeprefix("@"), 53) if server else dns_server(None)
    questions, times = _questions(how, random)
    pace, seconds = _pace(how, times)
    ports = _ports(address, how, random)
    bounds = Bounds(seconds, how["count"], how["window"], how["timeout"])
    meter = _Meter(seconds) if not wants_json(style) else lambda outcome, elapsed_s: None
    clocks = Clocks(time.perf_counter, time.process_time)
    transport = "tcp" if how["tcp"] else "udp"
    try:
        outcome = drive(ports, questions, pace, bounds, clocks, transport=transport, tell=meter)
    except OSError as error:
        raise CommandFailed(
            f"{server}: {error.strerror or error} - is a server running there?", Exit.NO_REPLY
        ) from None
    finally:
        ports.close()
    if wants_json(style):
        print_json(
            {"schema": 1, "server": f"{address[0]}#{address[1]}", "seed": how["seed"], **outcome.view()},
            style,
        )
    else:
        click.echo(_report(outcome))
    if not outcome.answered:
        raise CommandFailed(
            f"no answer from {address[0]}#{address[1]} - is a server running there?", Exit.NO_REPLY
        )


def _questions(how: dict[str, Any], random: Chance) -> tuple[Iterator[bytes], tuple[float, ...]]:
    """The questions, and the times that a trace gives them."""
    from resolver.lab.load.asking import Shape, in_turn, zipf

    shape = Shape(not how["no_edns"], how["dnssec_ok"], how["cookies"])
    if (how["names"] is None) == (how["zipf"] is None):
        raise CommandFailed("say what to ask - give --names FILE or --zipf N,ALPHA", Exit.USAGE)
    if how["zipf"] is not None:
        count, alpha = _law(how["zipf"])
        return zipf(count, alpha, read_name(how["under"]), read_type(how["rtype"]), shape, random), ()
    names, times = _named(how["names"], how["seed"], min(_NAMES_MAX, how["count"] or _NAMES_MAX))
    if not how["as_recorded"]:
        return in_turn(names, shape, random), ()
    return _recorded(names, shape, random), tuple(times)


def _recorded(names: list[Name], shape: Shape, random: Chance) -> Iterator[bytes]:
    from resolver.lab.load.asking import once

    return once(names, shape, random)


def _law(text: str) -> tuple[int, float]:
    number, _, alpha = text.partition(",")
    try:
        count, exponent = int(number), float(alpha or 1)
    except ValueError:
        count, exponent = 0, 0.0
    if not 0 < count <= _NAMES_MAX or not 0 <= exponent < 10:
        raise CommandFailed(f"--zipf {text}: write it like 100000,0.9 (names, exponent)", Exit.USAGE)
    return count, exponent


def _named(trace: str, seed: int, most: int) -> tuple[list[Name], list[float]]:
    """Names, types and times of a trace, at most so many."""
    from resolver.lab.traces.opening import open_trace

    names: list[Name] = []
    times: list[float] = []
    for row in islice(open_trace(trace, seed=seed).rows(), most):
        names.append((row.name, row.rtype))
        times.append(row.time)
    if not names:
        raise CommandFailed(f"{trace}: no question in it - see 'resolver traces info {trace}'")
    return names, times


def _pace(how: dict[str, Any], times: tuple[float, ...]) -> tuple[Pace, float]:
    """The pace, and for how many seconds."""
    from resolver.lab.load.pace import FlatOut, Ramp, Recorded, Steady

    chosen = [flag for flag in ("qps", "ramp", "as_recorded") if how[flag]]
    if len(chosen) > 1:
        flags = " and ".join(f"--{flag.replace('_', '-')}" for flag in chosen)
        raise CommandFailed(f"{flags} contradict each other - give one of them", Exit.USAGE)
    if how["as_recorded"]:
        if not times or how["speed"] <= 0:
            raise CommandFailed("--as-recorded needs --names with a trace, and a --speed above 0", Exit.USAGE)
        pace = Recorded(times, how["speed"])
        return pace, how["duration"] or pace.due_at(len(times) - 1) + 1.0
    seconds = how["duration"] or _DEFAULT_S
    if how["ramp"]:
        first, last = how["ramp"]
        return Ramp(first, last, seconds), seconds
    return (Steady(how["qps"]) if how["qps"] else FlatOut()), seconds


def _ports(server: tuple[str, int], how: dict[str, Any], random: Chance) -> UdpPorts | TcpStreams:
    from resolver.lab.load.tcp import TcpStreams
    from resolver.lab.load.udp import UdpPorts

    try:
        if how["tcp"]:
            return TcpStreams(server, how["ports"], random)
        return UdpPorts(server, how["ports"], random)
    except OSError as error:
        raise _unreachable(server, error) from None


def _unreachable(server: tuple[str, int], error: OSError) -> CommandFailed:
    why = (error.strerror or str(error)).lower()
    return CommandFailed(f"@{server[0]}:{server[1]}: {why} - is a server running there?", Exit.NO_REPLY)


class _Meter:
    """A line on a terminal that is written over; elsewhere a line every ten seconds."""

    def __init__(self, seconds: float) -> None:
        import sys

        self._seconds = seconds
        self._terminal = sys.stderr.isatty()
        self._every = 0.5 if self._terminal else 10.0
        self._next = self._every
        self._before = (0.0, 0)

    def __call__(self, outcome: Outcome, elapsed_s: float) -> None:
        """Say how far it is."""
        if elapsed_s < self._next:
            return
        self._next = elapsed_s + self._every
        then, answered = self._before
        rate = (outcome.answered - answered) / (elapsed_s - then)
        self._before = (elapsed_s, outcome.answered)
        left = max(0.0, self._seconds - elapsed_s)
        line = f"{outcome.answered:,} answers, {rate:,.0f}/s, {outcome.lost:,} lost, {left:.0f} s left"
        click.echo(f"\r\x1b[K{line}" if self._terminal else line, err=True, nl=not self._terminal)
        if self._terminal and left <= self._every:
            click.echo("\r\x1b[K", err=True, nl=False)


def _report(outcome: Outcome) -> str:
    """What a person reads: first what was done, then how long it took, then what is to be doubted."""
    view = outcome.view()
    rcodes = ", ".join(f"{name} {count:,}" for name, count in view["rcodes"].items())
    rows = [
        ("questions", f"{outcome.sent:,} sent over {outcome.transport}, {outcome.answered:,} answered"),
        ("lost", f"{outcome.lost:,} ({view['lost_share']:.2%})"),
        ("rate", f"{outcome.rate:,.0f} answers/s for {outcome.seconds:.2f} s"),
    ]
    if outcome.answered:  # nothing answered has neither size nor latency
        octets = f"{view['answer_octets']:.0f} bytes on average, {outcome.truncated:,} truncated"
        rows += [
            ("answers", f"{rcodes}; {octets}"),
            ("latency", "  ".join(f"{name} {_short(seconds)}" for name, seconds in view["latency"].items())),
            ("modes", _modes(view["modes"])),
        ]
    if outcome.paced:
        rows.append(("kept up to", f"{outcome.kept_up_to:,.0f} questions/s"))
    lines = [table(rows)]
    lines += [paint(f"held back by {text}", fg="yellow") for text in view["held_back_by"]]
    return "\n".join(lines)


def _short(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us" if seconds < 0.001 else duration(seconds)


def _modes(modes: dict[str, float] | None) -> str:
    if modes is None:
        return "one: all answers came in the same way"
    return (
        f"{modes['fast_share']:.1%} around {_short(modes['fast_median'])} (as from a cache), "
        f"{1 - modes['fast_share']:.1%} around {_short(modes['slow_median'])}; "
        f"parted at {_short(modes['threshold'])}"
    )
