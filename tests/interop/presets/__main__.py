# SPDX-License-Identifier: ISC
"""Writes docs/presets.md from what was measured: `python -m tests.interop.presets > docs/presets.md`.

The words are here and in `known`, the numbers are whatever the peers that are installed just did.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from resolver.policy.presets import load_document
from tests.interop.presets.clocks import faketime_library
from tests.interop.presets.comparing import Row, compared
from tests.interop.presets.known import KNOWN, explained
from tests.interop.presets.peers import PEERS, Peer
from tests.interop.presets.script import PARTS

_HEAD = """\
# Presets beside the servers they are named after

Each preset of a server that Debian 12 ships was put beside that server: one authority, the same questions at the same
instants, and what a client saw of both. The servers are real processes on loopback whose wall clock was made to jump
(libfaketime), so an hour takes seconds; Knot Resolver does not run under it and was watched for a real half minute. On
our side it is the whole resolver under its virtual clock, with the preset in force.

Names say what they were told: `t300` has a TTL of 300 s, `x60-900` is an NXDOMAIN whose SOA has MINIMUM 60 and TTL
900, `d…` the same as NODATA, `fail` SERVFAIL. A cell is the TTL shown, or the RCODE; `*` marks an answer for which, or
behind which, the authority was asked. `out`: the authority answers SERVFAIL to everything. One value: both the same.
Two: **the server / ours**.

Written by `python -m tests.interop.presets`; `tests/interop/presets` fails when a difference shows that is not named
here, and when one named here is gone.
"""


def _find(name: str) -> str:
    path = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if path is None:
        sys.exit(f"error: {name} is not installed - see the packages that .ci/run names")
    return path


def _page(rows: dict[str, list[Row]]) -> Iterator[str]:
    yield _HEAD
    yield "| server | version | preset | steps | differ | switched on where it says so |\n|---|---|---|---|---|---|"
    for peer in PEERS:
        found = rows[peer.program]
        differ = sum(row.theirs != row.ours for row in found)
        version = load_document(peer.preset).policy.version
        yield f"| {peer.title} | {version} | `{peer.preset}` | {len(found)} | {differ} | {peer.switches} |"
    yield "\n## Known differences\n"
    for peer in PEERS:
        yield from _differences(peer, rows[peer.program])
    yield "## All that was seen"
    for part in PARTS:
        yield f"\n### {part.title}\n\n| at | name | {' | '.join(peer.title for peer in PEERS)} |"
        yield "|---|---|" + "---|" * len(PEERS)
        for step in part.steps:
            cells = [_cell(rows[peer.program], f"{part.title}: {step}") for peer in PEERS]
            yield f"| {step.at}{' out' if step.out else ''} | `{step.name}` | {' | '.join(cells)} |"


def _differences(peer: Peer, rows: Sequence[Row]) -> Iterator[str]:
    yield f"**{peer.title}**\n"
    for known in KNOWN[peer.program]:
        steps = [row for row in rows if row.theirs != row.ours and explained(peer.program, row.key) is known]
        shown = ", ".join(f"`{row.step}`" for row in steps)
        yield f"- {known.why}" + (f" ({shown})" if shown else "")
    yield ""


def _cell(rows: Sequence[Row], key: str) -> str:
    for row in rows:
        if row.key == key:
            return str(row.ours) if row.theirs == row.ours else f"**{row.theirs} / {row.ours}**"
    return ""


def main() -> None:
    """Measure and write."""
    library = faketime_library()
    if library is None:
        sys.exit("error: faketime is not installed - see the packages that .ci/run names")
    with tempfile.TemporaryDirectory() as folder:
        rows = compared(PEERS, _find, Path(folder), library)
    print("\n".join(_page(rows)))


if __name__ == "__main__":
    main()
