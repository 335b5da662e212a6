# SPDX-License-Identifier: ISC
"""What a policy is asked about: an owner name, a type, what kind of answer it is, and the TTL it came with.

No rule lives here, and nothing about where an answer came from: that enters the judgement as ceilings.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class AnswerClass(StrEnum):
    """The kinds of things that have a lifetime; each has bounds of its own."""

    POSITIVE = "positive"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    FAILURE = "failure"
    DELEGATION = "delegation"


class Subject(NamedTuple):
    """One thing to be judged.

    `owner` is the folded name in wire form, `rtype` the type asked for (0 for NXDOMAIN, which denies them all).
    `published` is the TTL in seconds as received: of the RRset, of the SOA for a denial, of the referral's NS set for a
    delegation; for a failure it is the back-off that RFC 9520 asks for, before any bound.
    """

    owner: bytes
    rtype: int
    answer: AnswerClass
    published: int
