# SPDX-License-Identifier: ISC
"""`resolver cache dump` and `load`: the cache of the running resolver into a file, and a file into the cache."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import click
import msgspec

from resolver.cli.cache.reading import Bad, Reading
from resolver.cli.cache.texts import with_texts, zone_end, zone_head, zone_lines
from resolver.cli.control_client import ControlClient, client, socket_options
from resolver.cli.exits import CommandFailed
from resolver.cli.files import appearing
from resolver.cli.output import paint
from resolver.persistence.form import EntryForm, shifted
from resolver.persistence.lines import ending_line, entry_line, header_line

_PAGE_ENTRIES: Final = 500
_PAGE_OCTETS: Final = 400 << 10  # of the 1 MiB that the control socket takes
_TELL_EVERY_S: Final = 10.0
_BAD_SHOWN: Final = 20


@click.command()
@click.argument("file", required=False, default="-")
@click.option(
    "--format", "style", type=click.Choice(["jsonl", "zone"]), default="jsonl",
    help="jsonl: lossless; zone: the text of 'rndc dumpdb'.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@socket_options
def dump(file: str, style: str, force: bool, socket_path: str | None, config: str | None) -> None:
    r"""Write all entries to FILE, or to stdout: as JSON lines, or as the text of a zone file.

    \b
    resolver cache dump cache.jsonl
    resolver cache dump --format zone | less
    """
    control = client(socket_path, config)
    with _opened(file, force=force) as stream:
        count, said_at = 0, time.monotonic()
        wall = None
        for page in _pages(control):
            if wall is None:
                wall = page["wall"]
                stream.write(zone_head(wall) if style == "zone" else header_line(wall))
            for value in page["entries"]:
                form = shifted(msgspec.convert(value, EntryForm), page["wall"] - wall)
                lines = zone_lines(form) if style == "zone" else entry_line(with_texts(form))
                stream.write(lines)
                count += 1
            said_at = _progress(said_at, f"{count} entries so far")
        stream.write(zone_end(count) if style == "zone" else ending_line(count))
    click.echo(f"{count} entries written to {'standard output' if file == '-' else file}", err=True)


def _pages(control: ControlClient) -> Iterator[dict[str, Any]]:
    start: int | None = 0
    while start is not None:
        page = control.get(f"/api/v1/cache/dump?start={start}")
        yield page
        start = page["next"]


@contextmanager
def _opened(file: str, *, force: bool) -> Iterator[BinaryIO]:
    """Yield what to write to; a file appears whole, once all of it is written. Raises CommandFailed."""
    if file == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with appearing(file, force=force) as path:
        # For its owner alone, from the first octet on: what people have asked for is in it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            yield stream


@click.command()
@click.argument("file")
@socket_options
def load(file: str, socket_path: str | None, config: str | None) -> None:
    r"""Take entries from FILE (- for stdin) into the cache, as old as they are by now; nothing newer is replaced.

    FILE is what `dump` wrote in either format, or what `rndc dumpdb -cache` or `unbound-control dump_cache` did.

    \b
    resolver cache load cache.jsonl
    unbound-control dump_cache | resolver cache load -
    """
    control = client(socket_path, config)
    counts = {"loaded": 0, "died": 0, "older": 0, "no_room": 0}
    bad: list[Bad] = []
    workers, said_at = 1, time.monotonic()
    with _source(file) as stream:
        read = Reading(stream, time.time())
        for page in _batches(read.entries(), bad):
            reply = control.post("/api/v1/cache/load", wall=read.wall, entries=page)
            workers = reply.get("workers", 1)
            for key in counts:
                counts[key] += reply[key]
            bad += [Bad(line, why) for line, why in reply["bad"]]
            said_at = _progress(said_at, f"{counts['loaded']} entries loaded so far")
    for fault in sorted(bad)[:_BAD_SHOWN]:
        click.echo(f"{file}: line {fault.line}: {fault.why}", err=True)
    if len(bad) > _BAD_SHOWN:
        click.echo(paint(f"{file}: and {len(bad) - _BAD_SHOWN} more bad lines", dim=True), err=True)
    click.echo(_summary(counts, len(bad), workers))
    if bad and not any(counts.values()):
        raise CommandFailed(f"{file}: nothing in it could be read - is it a dump of a cache?")


def _summary(counts: dict[str, int], bad: int, workers: int) -> str:
    where = f" into {workers} workers" if workers > 1 else ""
    parts = [f"{counts['loaded']} entries loaded{where}"]
    for key, text in (
        ("died", "dead by now"),
        ("older", "older than what is cached"),
        ("no_room", "without room"),
    ):
        if counts[key]:
            parts.append(f"{counts[key]} {text}")
    if bad:
        parts.append(f"{bad} bad line{'' if bad == 1 else 's'}")
    return ", ".join(parts)


@contextmanager
def _source(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with open(file, "rb") as stream:
            yield stream
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror or error} - give a file that can be read") from None


def _batches(read: Iterable[EntryForm | Bad], bad: list[Bad]) -> Iterator[list[Any]]:
    """Pages of entries, JSON-ready; what could not be read goes to `bad`."""
    page: list[Any] = []
    octets = 0
    for each in read:
        if isinstance(each, Bad):
            bad.append(each)
            continue
        value = msgspec.to_builtins(each)
        size = len(msgspec.json.encode(value))
        if size > _PAGE_OCTETS:
            bad.append(Bad(each.line, "an entry too large for any message"))
            continue
        if page and (len(page) >= _PAGE_ENTRIES or octets + size > _PAGE_OCTETS):
            yield page
            page, octets = [], 0
        page.append(value)
        octets += size
    if page:
        yield page


def _progress(said_at: float, text: str) -> float:
    """Say how far it is every ten seconds; when that was said last."""
    if time.monotonic() - said_at < _TELL_EVERY_S:
        return said_at
    click.echo(text, err=True)
    return time.monotonic()
