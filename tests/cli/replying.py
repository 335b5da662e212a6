# SPDX-License-Identifier: ISC
"""Builds responses for the fake DNS server of these tests."""

from __future__ import annotations

from dataclasses import replace

from resolver.wire import Edns, Record, compose, ede_option, parse
from resolver.wire.codes import QR, RA


def respond(request, *, rcode=0, addresses=(), ttl=60, flags=0, ede=()):
    """The response to `request`: A records of its name, an rcode, flags, extended errors."""
    asked = parse(request)
    name = asked.question.name
    answer = tuple(Record(name, 1, 1, ttl, bytes(map(int, a.split(".")))) for a in addresses)
    edns = Edns(options=tuple(ede_option(code, text) for code, text in ede)) if asked.edns else None
    return compose(replace(asked, flags=asked.flags | QR | RA | flags, rcode=rcode, answer=answer, edns=edns))
