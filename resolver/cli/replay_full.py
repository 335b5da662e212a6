# SPDX-License-Identifier: ISC
"""`resolver replay --full-world`: its own options, and a file with every question. The lab replays."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

import click

from resolver.cli.compare import expected
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import read_duration
from resolver.cli.progress import progress

if TYPE_CHECKING:
    from resolver.lab.comparison.comparing import Comparison, Experiment
    from resolver.lab.fullworld.replaying import Answered

F = TypeVar("F", bound=Callable[..., Any])
_ENDINGS: Final = (".csv", ".jsonl")


def full_world_options(command: F) -> F:
    """Add the options to a command; they come as the keywords of `replay_full` and `full_world`."""
    for option in (
        click.option("--questions", metavar="FILE", help="What became of each question: FILE.csv or FILE.jsonl."),
        click.option("--loss", type=click.FloatRange(0, 100), metavar="PERCENT", help="Exchanges that are lost."),
        click.option("--jitter", metavar="DURATION", help="Mean of what is added to it, exponentially."),
        click.option("--latency", metavar="DURATION", help="Round trip to every server."),
        click.option("--full-world", is_flag=True, help="The server itself, over an internet made of the trace."),
    ):  # fmt: skip
        command = option(command)
    return command


def refuse_without_full_world(**given: object) -> None:
    """Raise CommandFailed for an option that cache-level replay cannot obey."""
    for name, value in given.items():
        if value is not None:
            raise CommandFailed(
                f"--{name} needs --full-world - at cache level servers answer at once", Exit.USAGE
            )


def replay_full(
    experiment: Experiment,
    *,
    latency: str | None,
    jitter: str | None,
    loss: float | None,
    questions: str | None,
) -> Comparison:
    """Replay in the full world, with a bar; see `lab.fullworld.comparing`."""
    from resolver.composition import ServerUnder
    from resolver.lab.fullworld.comparing import compare_full
    from resolver.lab.fullworld.hierarchy import Conditions

    conditions = Conditions(
        latency_s=0.0 if latency is None else read_duration(latency, "--latency"),
        jitter_s=0.0 if jitter is None else read_duration(jitter, "--jitter"),
        loss_pct=loss or 0.0,
    )
    with _writing(questions) as hear, progress("replayed", _all_expected(experiment)) as told:
        return compare_full(experiment, conditions, ServerUnder, told, hear)


def _all_expected(experiment: Experiment) -> float | None:
    """How many questions there will be: each candidate has a pass of its own."""
    once = expected(experiment)
    return None if once is None else once * len(experiment.candidates)


@contextlib.contextmanager
def _writing(path: str | None) -> Iterator[Callable[[str, Answered], None]]:
    """A function that writes each question into the file, or nowhere."""
    if path is None:
        yield lambda label, answered: None
        return
    if not path.endswith(_ENDINGS):
        raise CommandFailed(
            f"--questions {path!r}: what format? - end it in {' or '.join(_ENDINGS)}", Exit.USAGE
        )
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as out:
            yield _as_csv(out) if path.endswith(".csv") else _as_lines(out)
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror} - choose a file that can be written to") from None


def _as_csv(out: IO[str]) -> Callable[[str, Answered], None]:
    writer: csv.DictWriter[str] | None = None

    def hear(label: str, answered: Answered) -> None:
        nonlocal writer
        row = _row(label, answered)
        if writer is None:
            writer = csv.DictWriter(out, list(row))
            writer.writeheader()
        writer.writerow(row)

    return hear


def _as_lines(out: IO[str]) -> Callable[[str, Answered], None]:
    def hear(label: str, answered: Answered) -> None:
        out.write(json.dumps(_row(label, answered), ensure_ascii=False) + "\n")

    return hear


def _row(label: str, answered: Answered) -> dict[str, Any]:
    """One question: times in seconds, but for what a client waited, in milliseconds. The outcome is in words."""
    from resolver.lab.replay.outcome import describe
    from resolver.wire import to_text, type_to_text
    from resolver.wire.codes import rcode_to_text

    asked, reply = answered.asked, answered.reply
    return {
        "t": round(asked.time, 6),
        "policy": label,
        "client": asked.client,
        "qname": to_text(asked.name),
        "qtype": type_to_text(asked.rtype),
        "outcome": describe(answered.outcome or 0),
        "rcode": rcode_to_text(reply.rcode),
        "ttl": reply.ttl,
        "owner_ttl": asked.said.published,
        "waited_ms": round(answered.waited_s * 1000, 3),
        "outdated_s": round(answered.outdated_s, 3),
    }
