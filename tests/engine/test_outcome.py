# SPDX-License-Identifier: ISC
"""What a client is told is the RCODE of the chain's end, whatever stands before it."""

from __future__ import annotations

import pytest

from resolver.engine.outcome import Cause, Failed, Resolved
from resolver.wire import Rcode, from_text
from tests.engine.scripted import Bench, reply, soa, tree

ALIAS = "www.leaf.shop0. 60 CNAME end.leaf.shop0."


@pytest.mark.parametrize(
    ("answer", "sent", "told"),
    [
        ((ALIAS, "end.leaf.shop0. 60 A 192.0.2.9"), Rcode.NOERROR, Rcode.NOERROR),
        ((ALIAS,), Rcode.NOERROR, Rcode.NOERROR),
        ((ALIAS,), Rcode.NXDOMAIN, Rcode.NXDOMAIN),
        ((), Rcode.NOERROR, Rcode.NOERROR),
        ((), Rcode.NXDOMAIN, Rcode.NXDOMAIN),
    ],
    ids=["data", "alias-to-nodata", "alias-to-nxdomain", "nodata", "nxdomain"],
)
def test_rfc6604_3_the_rcode_is_that_of_the_last_name(
    answer: tuple[str, ...], sent: Rcode, told: Rcode
) -> None:
    positive = len(answer) == 2
    authority = () if positive else (soa("leaf.shop0."),)
    network = tree(lambda asked: reply(asked, answer, authority, rcode=sent))
    outcome = Bench(network).resolve("www.leaf.shop0.")
    assert isinstance(outcome, Resolved)
    assert outcome.rcode is told


def test_a_failure_is_servfail_unless_it_says_otherwise() -> None:
    outcome = Bench(tree(lambda asked: reply(asked, rcode=Rcode.REFUSED))).resolve("www.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert (outcome.cause, outcome.rcode) == (Cause.BROKEN, Rcode.SERVFAIL)
    assert outcome.zone == from_text("leaf.shop0.")
    assert outcome.queries > 0
