# SPDX-License-Identifier: ISC
"""`resolver traces …`: look at traces of questions, convert, generate, anonymise. Only asks the lab and prints."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.files import appearing
from resolver.cli.groups import OrderedGroup
from resolver.cli.output import duration, format_option, print_json, print_views, table, wants_json
from resolver.cli.progress import progress

if TYPE_CHECKING:
    from resolver.lab.traces.rows import Trace
    from resolver.lab.traces.summary import Summary

F = TypeVar("F", bound=Callable[..., Any])


def _source_options(command: F) -> F:
    command = click.option(
        "--rate", type=click.FloatRange(min=0, min_open=True), default=100.0, show_default=True, metavar="QPS",
        help="Questions a second, for formats that tell no time.",
    )(command)  # fmt: skip
    return click.option("--from", "source", metavar="FORMAT", help="The format, if it is not recognised.")(
        command
    )


@click.group(cls=OrderedGroup)
def traces() -> None:
    r"""Traces of questions: look at them, convert, generate and anonymise them.

    \b
    resolver traces info capture.pcap.gz
    resolver traces synth --scenario home --seed 1 -o home.parquet
    resolver traces convert queries.log day.jsonl.gz
    """


@traces.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@_source_options
@format_option()
def info(files: tuple[str, ...], source: str | None, rate: float, style: str) -> None:
    r"""Show what is in traces: rate, clients, names, types, TTLs, and what could not be read.

    FILE may also be a spec (zipf:…) or scenario:NAME. Formats: see `resolver traces formats`.

    \b
    resolver traces info querylog.json
    resolver traces info zipf:n=100000,alpha=0.9,rate=100,duration=1h,ttl=mix
    """
    from resolver.lab.traces.summary import summarise

    trace = _open(files, source, rate)
    with progress("read", what="rows") as told:
        summary = summarise(trace, told)
    readings = getattr(trace, "readings", [])
    if wants_json(style):
        losses = [
            {"file": r.file, "bad": r.bad, "places": r.places, "passed_over": dict(r.passed)}
            for r in readings
        ]
        print_json({"schema": 1, "trace": trace.about} | asdict(summary) | {"files": losses}, style)
        return
    click.echo(_info(trace, summary))
    if late := getattr(trace, "disordered", 0):
        click.echo(f"{late:,} rows are earlier than one before them; they are taken at its time", err=True)
    for reading in readings:
        _losses(reading)


@traces.command()
@click.argument("source_file", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--to", "form", metavar="FORMAT", help="jsonl, csv, parquet or dnsperf, if the name of OUT does not tell."
)
@click.option("--force", is_flag=True, help="Replace OUT if it is there.")
@_source_options
def convert(
    source_file: str, target: str, form: str | None, force: bool, source: str | None, rate: float
) -> None:
    r"""Convert IN to OUT; the ends of OUT's name tell format and compression. `-` is stdin or stdout.

    \b
    resolver traces convert capture.pcap day.parquet
    resolver traces convert dns.log.gz - --to dnsperf | dnsperf -d /dev/stdin
    """
    _save(_open((source_file,), source, rate), target, form, force)


@traces.command()
@click.argument("spec", required=False)
@click.option(
    "--scenario",
    metavar="NAME",
    help="A named scenario instead of SPEC; `resolver traces scenarios` lists them.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="The same seed, the same trace.",
)
@click.option("--duration", "length", metavar="DURATION", help="Another length than the spec's, like 1h.")
@click.option("--rate", type=float, metavar="QPS", help="Another rate than the spec's.")
@click.option(
    "-o", "--output", "target", default="-", metavar="OUT", help="Where to write; default: stdout, as JSONL."
)
@click.option("--to", "form", metavar="FORMAT", help="jsonl, csv, parquet or dnsperf.")
@click.option("--force", is_flag=True, help="Replace OUT if it is there.")
def synth(
    spec: str | None, scenario: str | None, seed: int, length: str | None, rate: float | None,
    target: str, form: str | None, force: bool,
) -> None:  # fmt: skip
    r"""Generate a trace from SPEC or a scenario.

    \b
    resolver traces synth zipf:n=100000,alpha=0.9,rate=100,duration=1d,ttl=300 -o day.parquet
    resolver traces synth --scenario random-subdomain --seed 7 --duration 3h -o attack.jsonl.gz
    """
    if (spec is None) == (scenario is None):
        raise CommandFailed("give either SPEC or --scenario - see 'resolver traces synth --help'", Exit.USAGE)
    changes: dict[str, object] = {
        key: value for key, value in (("duration", length), ("rate", rate)) if value is not None
    }
    from resolver.lab.traces.opening import open_trace

    what = spec if spec is not None else f"scenario:{scenario}"
    if not what.startswith(("zipf:", "scenario:")):
        raise CommandFailed(
            f"{what!r} is no spec - write zipf:n=100000,alpha=0.9,rate=100,duration=1d,ttl=300",
            Exit.USAGE,
        )
    _save(open_trace(what, seed=seed, changes=changes), target, form, force)


@traces.command()
@click.argument("source_file", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--key-file",
    metavar="FILE",
    help="32 octets, to map several traces alike; default: a new key, forgotten.",
)
@click.option(
    "--keep",
    type=click.IntRange(0, 127),
    default=0,
    show_default=True,
    metavar="N",
    help="Labels at the top to keep: 1 the TLD.",
)
@click.option("--to", "form", metavar="FORMAT", help="jsonl, csv, parquet or dnsperf.")
@click.option("--force", is_flag=True, help="Replace OUT if it is there.")
@_source_options
def anonymise(
    source_file: str, target: str, key_file: str | None, keep: int, form: str | None, force: bool,
    source: str | None, rate: float,
) -> None:  # fmt: skip
    r"""Take the persons out: addresses keep their common prefixes, labels become keyed hashes.

    \b
    resolver traces anonymise capture.pcap shared.jsonl.gz --keep 1
    """
    from resolver.lab.traces.anonymise import KEY_OCTETS, Anonymised, Anonymiser

    key = _key(key_file, KEY_OCTETS) if key_file else secrets.token_bytes(KEY_OCTETS)
    trace = _open((source_file,), source, rate)
    _save(Anonymised(trace, Anonymiser(key, keep)), target, form, force, read=trace)


@traces.command()
@format_option()
def scenarios(style: str) -> None:
    r"""List the named scenarios.

    \b
    resolver traces scenarios
    """
    from resolver.lab.traces.spec import load_scenario, scenario_names

    found = [load_scenario(name) for name in scenario_names()]
    if wants_json(style):
        shown = [{"name": s.name, "about": s.about, "spec": s.spec.about()} for s in found]
        print_views({"schema": 1, "scenarios": shown}, "scenarios", style)
    else:
        click.echo(table((s.name, s.about) for s in found))


@traces.command()
def formats() -> None:
    r"""List the formats that can be read.

    \b
    resolver traces formats
    """
    from resolver.lab.traces.formats import FORMATS
    from resolver.lab.traces.writing import WRITTEN

    click.echo(table((f.name, f.about + (", written too" if f.name in WRITTEN else "")) for f in FORMATS))
    click.echo("\nAll of them also under gzip, xz, bzip2 and zstd.")


def _open(files: tuple[str, ...], source: str | None, rate: float) -> Trace:
    from resolver.lab.traces.opening import FileTrace, open_trace

    if len(files) == 1:
        return open_trace(files[0], format_name=source, rate=rate)
    return FileTrace(files, format_name=source, rate=rate)


def _key(path: str, octets: int) -> bytes:
    try:
        key = Path(path).read_bytes()
    except OSError as error:
        raise CommandFailed(
            f"{path}: {error.strerror} - make one with: head -c {octets} /dev/urandom > {path}"
        ) from None
    if len(key) != octets:
        raise CommandFailed(f"{path}: {len(key)} octets - a key is {octets} random octets")
    return key


def _save(trace: Trace, target: str, form: str | None, force: bool, read: Trace | None = None) -> None:
    from resolver.lab.traces.writing import WRITTEN, format_of, write

    if form is not None and form not in WRITTEN:
        raise CommandFailed(f"--to {form!r}: cannot be written - there are {', '.join(WRITTEN)}", Exit.USAGE)
    written = format_of(target, form)
    began_at = time.monotonic()
    place = nullcontext("-") if target == "-" else appearing(target, force=force)
    with place as path, progress("written", what="rows") as told:
        rows = write(trace, str(path), written, told)
    took = time.monotonic() - began_at
    if target != "-":
        click.echo(f"{target}: {rows:,} rows in {duration(took)}, {trace.about}")
    for reading in getattr(read or trace, "readings", []):
        _losses(reading)


def _losses(reading: Any) -> None:
    """Tell on stderr what of a file was not read, with its first places."""
    if reading.bad:
        click.echo(f"{reading.file}: {reading.bad:,} bad rows", err=True)
        for place in reading.places:
            click.echo(f"  {place}", err=True)
        if reading.bad > len(reading.places):
            click.echo(f"  … and {reading.bad - len(reading.places):,} more", err=True)
    for why, count in reading.passed.most_common():
        click.echo(f"{reading.file}: {count:,} {why}, passed over", err=True)
    if reading.timeless:
        click.echo(f"{reading.file}: tells no time; rows are {reading.rate:g} a second (--rate)", err=True)


def _info(trace: Trace, summary: Summary) -> str:
    s = summary
    formats = ", ".join(dict.fromkeys(getattr(trace, "formats", [])))
    peak = f", {s.peak_rate:,.1f}/s in the busiest minute" if s.peak_rate is not None else ""
    alpha = f"Zipf exponent about {s.alpha:.2f}" if s.alpha is not None else "too few for a Zipf exponent"
    ttls = "  ".join(f"{label} {value}" for label, value in s.ttls.items())
    rows = [
        ("trace", trace.about + (f" ({formats})" if formats else "")),
        ("rows", f"{s.rows:,}"),
        ("span", f"{duration(s.span)}{_when(s)}"),
        ("rate", f"{s.rate:,.1f}/s{peak}"),
        ("clients", f"{s.clients:,}"),
        ("names", f"{s.names:,}; {s.names_asked_once:.1%} of them asked once; {alpha}"),
        ("types", _percent(s.types)),
        ("rcodes", (_percent(s.rcodes) + (f"; NODATA {s.nodata:.1%}" if s.nodata else "")) or "not told"),
        ("with TTL", f"{s.with_ttl:.1%}" + (f"; seconds {ttls}" if ttls else "")),
        ("with data", f"{s.with_data:.1%}"),
        ("top level", _percent(s.top_level)),
        ("most asked", _percent(dict(list(s.most_asked.items())[:5]))),
    ]
    return table(rows)


def _when(summary: Summary) -> str:
    if summary.begins_at < 1e8:  # seconds since the start of the trace, not since 1970
        return ""
    begins, ends = (
        datetime.fromtimestamp(at, UTC).strftime("%F %T") for at in (summary.begins_at, summary.ends_at)
    )
    return f", {begins} to {ends} UTC"


def _percent(shares: dict[str, float]) -> str:
    shown = [f"{name} {share:.1%}" for name, share in list(shares.items())[:8]]
    return ", ".join(shown) + (f", {len(shares) - 8} more" if len(shares) > 8 else "")
