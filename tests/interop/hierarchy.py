# SPDX-License-Identifier: ISC
"""Starts the whole hierarchy of `zones`: four processes of three makers on four loopback addresses, one high port."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.interop import zones
from tests.interop.authorities import bind, knot, nsd
from tests.interop.signing import Program, break_signatures, ds_of, key_of, sign
from tests.live.serving import run
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """What a resolver needs to know: the port of every server, the hints, and the root's key for validators."""

    port: int
    hints: Path
    root_key: str

    def settings(self) -> str:
        """The configuration of a resolver that lives in it."""
        return f'[upstream]\nport = {self.port}\nroot_hints = "{self.hints}"\ndont_query = []\nipv6 = false\n'


@contextlib.contextmanager
def hierarchy(program: Program, folder: Path) -> Iterator[Hierarchy]:
    """Sign from the leaves up, and serve."""
    port = free_port(zones.ADDRESSES)
    with contextlib.ExitStack() as running:
        leaves, elm, oak, root = (_folder(folder, name) for name in ("leaves", "elm", "oak", "root"))
        running.enter_context(nsd(program, leaves, zones.LEAVES_AT, port, _leaves(program, leaves)))
        elm_text = zones.ELM + ds_of(leaves, "example.elm.") + ds_of(leaves, "bogus.elm.")
        elm_zone = elm / "elm.zone"
        elm_zone.write_text(elm_text, "utf-8")
        knot_config = running.enter_context(knot(program, elm, zones.ELM_AT, port, {"elm.": elm_zone}))
        oak_zone = sign(program, oak, "oak.", zones.OAK)
        running.enter_context(bind(program, oak, zones.OAK_AT, port, {"oak.": oak_zone}))
        root_text = zones.ROOT + ds_of(oak, "oak.") + _ds_from_knot(program, knot_config, "elm.")
        root_zone = sign(program, root, ".", root_text)
        running.enter_context(nsd(program, root, zones.ROOT_AT, port, {".": root_zone}))
        hints = folder / "root.hints"
        hints.write_text(zones.hints(), "utf-8")
        yield Hierarchy(port, hints, key_of(root, "."))


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir(parents=True)
    return folder


def _leaves(program: Program, folder: Path) -> dict[str, Path]:
    served: dict[str, Path] = {}
    for origin, text in zones.UNSIGNED.items():
        served[origin] = folder / f"{origin}zone"
        served[origin].write_text(text, "utf-8")
    for origin, text in zones.SIGNED.items():
        served[origin] = sign(program, folder, origin, text, nsec3=True)
    break_signatures(served["bogus.elm."])
    return served


def _ds_from_knot(program: Program, config: Path, origin: str) -> str:
    done = run(program("keymgr"), "-c", str(config), origin, "ds")
    assert done.returncode == 0, done.stderr
    return "".join(f"{line}\n" for line in done.stdout.splitlines() if " DS " in line)
