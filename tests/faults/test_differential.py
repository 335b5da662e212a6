# SPDX-License-Identifier: ISC
"""Row R31: a sample of the differential run, and that its comparison tells apart what differs.

The 100,000 questions of the row are `python -m tests.faults.differential`; benchmarks/results/differential.json holds
what they came to, docs/differences.md what is meant to differ.
"""

from __future__ import annotations

from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from resolver.wire import parse
from tests.faults.assertions import Row
from tests.faults.differential import differential, missing, sides
from tests.faults.differential_compare import Outcome, compare, read
from tests.faults.differential_questions import questions
from tests.faults.differential_world import ZONES, Served, build

SEED = 1


@pytest.mark.live
@pytest.mark.interop
def test_R31_three_thousand_questions_to_three_resolvers(row: Row) -> None:
    """Of the row's 100,000; every question counts on which both peers agree in a field and we say something else."""
    if (why := missing()) is not None:
        pytest.skip(why)
    result = differential(3000, SEED)
    row.at_most("% target disagrees, of 3000", result.percent, 0.5)
    assert result.outcomes[Outcome.SAME] >= 0.95 * result.count, result.lines()


def response() -> dns.message.Message:
    told = dns.message.make_response(
        dns.message.make_query("h1.z3.aa.", "A", use_edns=0), recursion_available=True
    )
    told.answer.append(dns.rrset.from_text("h1.z3.aa.", 60, "IN", "A", "192.0.2.1", "192.0.2.2"))
    return told


def refuse(told: dns.message.Message) -> None:
    told.set_rcode(dns.rcode.REFUSED)


def claim_authority(told: dns.message.Message) -> None:
    told.flags |= dns.flags.AA


def ask_another(told: dns.message.Message) -> None:
    told.question = dns.message.make_query("h2.z3.aa.", "A").question


def lie(told: dns.message.Message) -> None:
    told.answer = [dns.rrset.from_text("h1.z3.aa.", 60, "IN", "A", "192.0.2.1", "192.0.2.3")]


def outlive(told: dns.message.Message) -> None:
    told.answer[0].ttl = 61


def drop_edns(told: dns.message.Message) -> None:
    told.use_edns(False)


FAULTS = {
    "rcode": refuse,
    "flags": claim_authority,
    "question": ask_another,
    "answer": lie,
    "ttl": outlive,
    "opt": drop_edns,
}


def published(owner: bytes, rtype: int) -> int:
    return 60


@pytest.mark.parametrize(("field", "fault"), FAULTS.items(), ids=FAULTS)
def test_what_we_alone_say_otherwise_is_found_by_its_field(
    field: str, fault: Callable[[dns.message.Message], None]
) -> None:
    right, wrong = read(response().to_wire(), published), response()
    fault(wrong)
    ours = read(wrong.to_wire(), published)
    assert compare(ours, right, right) == (Outcome.OURS, (field,))
    assert compare(right, right, ours).outcome is Outcome.UNSTABLE
    assert compare(right, right, right).outcome is Outcome.SAME


def test_a_field_in_which_the_peers_agree_counts_though_they_differ_in_another() -> None:
    one, other, ours = read(response().to_wire(), published), response(), response()
    refuse(other)
    drop_edns(ours)
    told = compare(read(ours.to_wire(), published), one, read(other.to_wire(), published))
    assert told == (Outcome.OURS, ("opt",))


def test_where_the_peers_differ_it_is_said_whom_we_are_with() -> None:
    one, other, third = response(), response(), response()
    refuse(other)
    third.set_rcode(dns.rcode.NOTIMP)
    values = [read(told.to_wire(), published) for told in (one, other, third)]
    assert sides([values[0], values[0], values[1]])["rcode"] == "bind"
    assert sides([values[0], values[1], values[0]])["rcode"] == "unbound"
    assert sides(values)["rcode"] == "neither"


def test_silence_and_noise_are_told_from_a_response() -> None:
    right = read(response().to_wire(), published)
    assert compare(read(None, published), right, right) == (Outcome.OURS, ("reply",))
    assert compare(read(b"\0" * 11, published), right, right) == (Outcome.OURS, ("reply",))


def test_order_case_and_remaining_ttl_do_not_count() -> None:
    other = response()
    other.answer = [dns.rrset.from_text("H1.Z3.AA.", 7, "IN", "A", "192.0.2.2", "192.0.2.1")]
    right = read(response().to_wire(), published)
    assert compare(read(other.to_wire(), published), right, right).outcome is Outcome.SAME


def test_the_world_and_the_questions_are_the_same_for_the_same_seed() -> None:
    assert list(questions(200, SEED)) == list(questions(200, SEED))
    assert list(questions(200, SEED)) != list(questions(200, SEED + 1))
    assert contents(build(SEED)) == contents(build(SEED)) != contents(build(SEED + 1))
    assert len(build(SEED).zones) == 2 * ZONES + 4


def contents(served: Served) -> set[tuple[bytes, int, int, frozenset[bytes]]]:
    return {
        (rrset.key, rrset.rtype, rrset.ttl, frozenset(rrset.rdatas))
        for zone in served.zones.values()
        for rrset in zone.rrsets()
    }


def test_every_question_is_a_message() -> None:
    for asked in questions(2000, SEED):
        assert parse(asked.octets).question is not None, asked.text
