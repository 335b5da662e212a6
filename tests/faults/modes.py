# SPDX-License-Identifier: ISC
"""What every mode offers a test: ask as a client would, let time pass, look at what the servers got.

A test written against `Session` runs in each mode; what only one of them can measure is in that one's file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest

from tests.faults.world import World

Settings = Mapping[str, str]  # "limits.sends" -> "50", as after --set


@dataclass(frozen=True, slots=True)
class Told:
    """What a client heard, and after how many seconds; `message` is None when it heard nothing."""

    message: dns.message.Message | None
    seconds: float
    size: int = 0

    @property
    def rcode(self) -> str:
        """The response code as text; "none" without a response."""
        return "none" if self.message is None else dns.rcode.to_text(self.message.rcode())

    @property
    def truncated(self) -> bool:
        """Whether it has TC set."""
        return self.message is not None and bool(self.message.flags & dns.flags.TC)

    @property
    def data(self) -> list[str]:
        """The answer section's rdata of the type asked, sorted, as text."""
        if self.message is None or not self.message.question:
            return []
        wanted = self.message.question[0].rdtype
        return sorted(
            rdata.to_text() for rrset in self.message.answer if rrset.rdtype == wanted for rdata in rrset
        )

    @property
    def ttl(self) -> int | None:
        """The lowest TTL of the answer section."""
        rrsets = self.message.answer if self.message else []
        return min((rrset.ttl for rrset in rrsets), default=None)

    @property
    def errors(self) -> list[int]:
        """The extended errors (RFC 8914)."""
        options = self.message.options if self.message else ()
        return [int(option.code) for option in options if isinstance(option, dns.edns.EDEOption)]


def request(
    name: str, rtype: str = "A", ident: int = 0, *, edns: bool = True, rd: bool = True, size: int = 1232
) -> bytes:
    """A client's question as octets; `size` is the payload it takes over UDP."""
    query = dns.message.make_query(name, rtype, use_edns=0 if edns else False, id=ident, payload=size)
    if not rd:
        query.flags = 0
    return query.to_wire()


class Session(Protocol):
    """One resolver, freshly made, in one world."""

    @property
    def world(self) -> World:
        """Its world, with the log of all it was asked."""

    def ask(self, name: str, rtype: str = "A") -> Told:
        """Ask over UDP and wait for the answer."""

    def ask_all(self, requests: Sequence[bytes]) -> list[Told]:
        """Ask all these at once over UDP, each from a port of its own; what came back to each."""

    def pass_time(self, seconds: float) -> None:
        """Let so many seconds go by."""

    def settle(self) -> None:
        """Let work end that goes on behind answered questions."""

    @property
    def connections(self) -> int:
        """TCP connections that servers got so far."""

    @property
    def crashes(self) -> list[str]:
        """Tracebacks: each is a bug of ours."""


class Mode(Protocol):
    """Opens a session: the world, settings on top of the defaults."""

    def __call__(self, world: World, settings: Settings | None = None) -> AbstractContextManager[Session]:
        """Enter to begin, leave to stop everything; leaving fails on a crash of ours."""


def worst_live(name: str, *values: object) -> pytest.MarkDecorator:
    """Run a test that has a `mode` with each value under the virtual clock, and with the last of them live."""
    cases = [pytest.param(value, "scenario", id=f"{value}-scenario") for value in values]
    last = pytest.param(values[-1], "live", id=f"{values[-1]}-live", marks=pytest.mark.live)
    return pytest.mark.parametrize((name, "mode"), [*cases, last], indirect=["mode"])
