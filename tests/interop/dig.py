# SPDX-License-Identifier: ISC
"""Runs `dig` and reads what it prints. Judging it is the tests' business."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.live.serving import run


class Row(NamedTuple):
    """One record as dig prints it, owner in lower case."""

    owner: str
    ttl: int
    rtype: str
    rdata: str

    @property
    def said(self) -> tuple[str, str, str]:
        """The record without its TTL."""
        return self.owner, self.rtype, self.rdata


@dataclass(frozen=True, slots=True)
class Response:
    """What one dig printed."""

    status: str
    flags: frozenset[str]
    answer: tuple[Row, ...]
    authority: tuple[Row, ...]
    text: str

    def said(self) -> list[tuple[str, str, str]]:
        """The answer section without TTLs, in an order of its own: servers may order RRsets as they like."""
        return sorted(row.said for row in self.answer)

    def types(self) -> set[str]:
        """The types in answer and authority."""
        return {row.rtype for row in self.answer + self.authority}


@dataclass(frozen=True, slots=True)
class Dig:
    """`dig` with a server to ask."""

    path: str
    address: str
    port: int

    def at(self, address: str, port: int) -> Dig:
        """The same, asking another server."""
        return replace(self, address=address, port=port)

    def __call__(self, name: str, rtype: str = "A", *options: str) -> Response:
        """Ask once; a timeout or a message that dig cannot read fails the test."""
        command = [f"@{self.address}", "-p", str(self.port), "-q", name, "-t", rtype]
        done = run(self.path, *command, "+tries=1", "+timeout=9", *options)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "malformed" not in done.stdout.lower(), done.stdout
        assert "Warning" not in done.stdout, done.stdout
        return _read(done.stdout)


def _read(text: str) -> Response:
    head = re.search(r"status: (\w+),", text)
    flags = re.search(r"^;; flags: ([a-z ]*);", text, re.MULTILINE)
    assert head, text
    assert flags, text
    sections: dict[str, list[Row]] = {"ANSWER": [], "AUTHORITY": [], "ADDITIONAL": []}
    rows: list[Row] = []
    for line in text.splitlines():
        title = re.match(r";; (\w+) SECTION:", line)
        if title:
            rows = sections.setdefault(title[1], [])
        elif line and not line.startswith(";"):
            owner, ttl, _, rtype, *rdata = line.split(None, 4)
            rows.append(Row(owner.lower(), int(ttl), rtype, rdata[0] if rdata else ""))
    return Response(
        head[1], frozenset(flags[1].split()), tuple(sections["ANSWER"]), tuple(sections["AUTHORITY"]), text
    )
