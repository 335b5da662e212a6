# SPDX-License-Identifier: ISC
"""Rows A01-A21: what one client's question may make us send. The numbers are the matrix's; TLDs are warmed first."""

from __future__ import annotations

import pytest

from tests.faults.assertions import Row
from tests.faults.modes import Mode, Session
from tests.faults.world import ROOT_SERVER, World

TLD = "127.66.0.2"
TARGET = "127.66.0.3"


def basis(pz: str = "") -> World:
    """The root and `pz.`, which delegates what the text says, and `target.pz.`, where names lead."""
    world = World()
    world.zone(".", ROOT_SERVER, text=f"pz. NS ns.pz.\nns.pz. A {TLD}\n")
    text = f"@ NS ns\nns A {TLD}\nwarm A 192.0.2.1\ntarget NS ns.target\nns.target A {TARGET}\n"
    world.zone("pz.", TLD, text=text + pz)
    world.zone("target.pz.", TARGET, text="@ NS ns\nns A 127.66.0.3\nwarm A 192.0.2.2\n")
    return world


def warmed(session: Session) -> Session:
    """The delegations above the attack are in the cache, as they are on any day."""
    for name in ("warm.pz.", "warm.target.pz."):
        assert session.ask(name).rcode == "NOERROR"
    session.settle()
    session.world.clear()
    return session


@pytest.mark.parametrize("count", [20, 99, 135, 1000])
def test_A02_nxns_to_names_that_do_not_exist(count: int, mode: Mode, row: Row) -> None:
    lines = "".join(f"evil NS ns{n}.target.pz.\n" for n in range(count))
    with mode(basis(lines)) as session:
        told = warmed(session).ask("www.evil.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 6)
        assert told.rcode == "SERVFAIL"
