# SPDX-License-Identifier: ISC
"""The differential run: the same questions to this resolver, BIND and Unbound, and where we alone say something else.

    python -m tests.faults differ [--count 100000] [--seed 1] [--out FILE]

Linux and root: port 53 of all of 127.0.0.0/8 is needed, and taken in a network namespace. A question on which we stand
alone is asked once more at the end, alone: what is still so then is `again`. Exit code 1 above half a per cent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.contenders import contenders, version_of
from tests.conftest import ROOT
from tests.faults.differential_compare import FIELDS, Compared, Outcome, Values, compare, read
from tests.faults.differential_questions import Asked, questions
from tests.faults.differential_running import TARGETS, Answers, ask_all, running
from tests.faults.differential_world import build
from tests.faults.modes_compare.running import enter_namespace, hindrance
from tests.faults.soak import surroundings

RESULTS = ROOT / "benchmarks" / "results" / "differential.json"
ALLOWED_PERCENT: Final = 0.5
BLOCK: Final = 5000  # questions between two lines of progress, and the answers held at a time
AT_ONCE: Final = 48
EXAMPLES: Final = 6  # of each class


@dataclass(slots=True)
class Class:
    """Disagreements of one kind: what differs, and from what to what."""

    count: int = 0
    again: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Result:
    """The whole run, for the JSON file."""

    count: int
    seed: int
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    again: int = 0
    classes: dict[str, Class] = field(default_factory=dict)
    unstable: Counter[str] = field(default_factory=Counter)
    neither: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def percent(self) -> float:
        """Of the questions, those on which we stand alone."""
        return 100 * self.outcomes[Outcome.OURS] / self.count

    def document(self) -> dict[str, Any]:
        """For machines."""
        return {
            **{name: getattr(self, name) for name in ("count", "seed", "seconds", "again")},
            "percent": round(self.percent, 4),
            **{name: dict(getattr(self, name)) for name in ("outcomes", "fields", "unstable", "neither")},
            "classes": {name: asdict(kind) for name, kind in self.classes.items()},
        }

    def lines(self) -> list[str]:
        """For people."""
        ours = self.outcomes[Outcome.OURS]
        lines = [
            f"{self.count} questions in {self.seconds:.0f} s",
            *(f"{outcome:18}{self.outcomes[outcome]:8}  {100 * self.outcomes[outcome] / self.count:.3f} %"
              for outcome in Outcome),
            f"asked once more, {self.again} of {ours} are still so",
            "fields: " + ", ".join(f"{name} {count}" for name, count in self.fields.most_common()),
            "peers differ in: " + ", ".join(f"{name} {count}" for name, count in self.unstable.most_common()),
        ]  # fmt: skip
        for name, kind in sorted(self.classes.items(), key=lambda item: -item[1].count):
            lines.append(f"  {kind.count:5} ({kind.again} again)  {name}")
            lines.append(f"         e.g. {kind.examples[0]['question']}")
        return lines


def differ(
    seed: int, asked: Sequence[Asked], answers: Sequence[Answers]
) -> list[tuple[Compared, list[Values]]]:
    """Compare the answers of each question."""
    published = build(seed).published_ttl
    found = []
    for told in answers:
        values = [read(octets, published) for octets in told]
        found.append((compare(*values), values))
    return found


def class_of(asked: Asked, compared: Compared, values: Sequence[Values]) -> str:
    """What the disagreement is called: the fields, and the codes or presence on both sides."""
    ours, theirs, _ = values
    words = []
    for name in compared.fields:
        mine, other = ours.get(name, ""), theirs.get(name, "")
        if name in ("answer", "ttl", "authority", "question"):
            mine, other = _shape(mine), _shape(other)
        words.append(f"{name}: {mine or 'nothing'} for {other or 'nothing'}")
    rtype = asked.text.split()[1]
    return f"{rtype if rtype in ('ANY', 'DS', 'DNAME', 'CNAME', 'NS', 'SOA') else 'any type'} | " + ", ".join(
        words
    )


def _shape(text: str) -> str:
    return (
        " ".join(part.split()[1] if len(part.split()) > 1 else "one" for part in text.split("; "))
        if text
        else ""
    )


def run(count: int, seed: int, tell: bool) -> Result:
    """Ask them all, in this process's network namespace."""
    result, alone = Result(count, seed), []
    todo = list(questions(count, seed))
    begun_at = time.monotonic()
    with running(seed):
        for start in range(0, count, BLOCK):
            block = todo[start : start + BLOCK]
            answers = asyncio.run(ask_all(block, AT_ONCE))
            for asked, told, (compared, values) in zip(
                block, answers, differ(seed, block, answers), strict=True
            ):
                result.outcomes[compared.outcome] += 1
                if compared.outcome is Outcome.OURS:
                    alone.append((asked, told, compared, values))
                elif compared.outcome is Outcome.UNSTABLE:
                    _note_unstable(result, asked, values)
            if tell:
                so_far = (
                    f"{start + len(block)} asked, {result.outcomes[Outcome.OURS]} on which we stand alone"
                )
                print(f"{time.monotonic() - begun_at:6.0f} s  {so_far}", file=sys.stderr, flush=True)
        second = asyncio.run(ask_all([asked for asked, *_ in alone], 1))
        verdicts = differ(seed, [asked for asked, *_ in alone], second)
    for (asked, told, compared, values), (later, _) in zip(alone, verdicts, strict=True):
        _note(result, asked, told, compared, values, still=later.outcome is Outcome.OURS)
    result.seconds = round(time.monotonic() - begun_at, 1)
    return result


def _note_unstable(result: Result, asked: Asked, values: Sequence[Values]) -> None:
    """Whom we are with where the peers differ; where with neither, the question, for somebody to look at."""
    for name, side in sides(values).items():
        result.unstable[f"{name}: as {side}"] += 1
        if side == "neither":
            examples = result.neither.setdefault(name, [])
            if len(examples) < 2 * EXAMPLES:
                said = [value.get(name, "") for value in values]
                examples.append({"question": asked.text, "octets": asked.octets.hex(), "said": said})


def sides(values: Sequence[Values]) -> dict[str, str]:
    """The fields in which the peers differ, and which of them says what we say."""
    ours, *peers = values
    titles = list(TARGETS)[1:]
    return {
        name: next(
            (t for t, one in zip(titles, peers, strict=True) if one.get(name) == ours.get(name)), "neither"
        )
        for name in FIELDS
        if peers[0].get(name) != peers[1].get(name)
    }


def _note(
    result: Result, asked: Asked, told: Answers, compared: Compared, values: Sequence[Values], *, still: bool
) -> None:
    result.fields.update(compared.fields)
    result.again += still
    kind = result.classes.setdefault(class_of(asked, compared, values), Class())
    kind.count += 1
    kind.again += still
    if len(kind.examples) < EXAMPLES:
        differing = {name: [value.get(name, "") for value in values] for name in compared.fields}
        octets = [octets.hex() if octets else None for octets in told]
        kind.examples.append(
            {"question": asked.text, "octets": asked.octets.hex(), "fields": differing, "answers": octets}
        )


def _inside(count: int, seed: int, tell: bool) -> Result:
    enter_namespace()
    return run(count, seed, tell)


def differential(count: int, seed: int, *, tell: bool = False) -> Result:
    """The run in a namespace of its own, entered by a process that ends with it. Raises what goes wrong there."""
    # Forked, and no daemon: it has children of its own.
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)

    def child() -> None:
        try:
            sending.send(_inside(count, seed, tell))
        except Exception as error:  # noqa: BLE001 - told to who waits
            sending.send(AssertionError(f"{type(error).__name__}: {error}"))

    process = context.Process(target=child)
    process.start()
    sending.close()
    try:
        found = receiving.recv()
    except EOFError:
        found = AssertionError("the run ended without a result")
    process.join()
    if isinstance(found, Exception):
        raise found
    assert isinstance(found, Result)
    return found


def missing() -> str | None:
    """What is missing here to run, in words; None when nothing is."""
    if (why := hindrance()) is not None:
        return " - ".join(why)
    absent = [name for name in TARGETS if version_of(contenders()[name].version) is None]
    return f"{' and '.join(absent)} not installed - install them" if absent else None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults differ", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    if (why := missing()) is not None:
        print(f"error: {why}", file=sys.stderr)
        return 2
    known, begun = contenders(), surroundings()
    result = differential(given.count, given.seed, tell=True)
    document = {
        **begun,
        "versions": {name: version_of(known[name].version) for name in TARGETS},
        **result.document(),
    }
    given.out.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print("\n".join(result.lines()))
    return 0 if result.percent <= ALLOWED_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
