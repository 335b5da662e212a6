# SPDX-License-Identifier: ISC
"""The laws of the codec: identity, nothing but FormatError, agreement with dnspython."""

import contextlib
from dataclasses import replace

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.wire import FormatError, Message, compose, group, parse, peek
from resolver.wire.compose import compose_query
from resolver.wire.edns import Edns
from resolver.wire.patch import read_ttls, rewrite_ttls, ttl_offsets
from resolver.wire.records import Record
from tests.fuzz import mutate
from tests.properties.wire_strategies import edns, messages, names, numbers, records, words
from tests.wire import oracle


@given(messages)
def test_parse_after_compose_is_the_identity(message: Message) -> None:
    again = parse(compose(message))
    assert oracle.equal_but_for_case(message, again)
    assert parse(compose(again)) == again


@given(messages)
def test_composing_never_lengthens(message: Message) -> None:
    composed = compose(message)
    plain = 12 + sum(len(r.owner) + 10 + len(r.rdata) for r in _records(message))
    plain += len(message.question.name) + 4 if message.question else 0
    plain += 11 + sum(4 + len(data) for _, data in message.edns.options) if message.edns else 0
    assert len(composed) <= plain


@given(messages)
def test_dnspython_agrees_on_what_we_compose(message: Message) -> None:
    data = compose(replace(message, flags=message.flags & ~0x7800))
    theirs = oracle.read(data)
    assert theirs is not None
    assert oracle.disagreement(parse(data), theirs) is None


@given(messages)
def test_we_read_what_dnspython_writes_as_it_does(message: Message) -> None:
    theirs = oracle.read(compose(replace(message, flags=message.flags & ~0x7800)))
    assert theirs is not None
    theirs.use_edns(-1)
    data = theirs.to_wire(max_size=65535)
    again = oracle.read(data)
    assert again is not None
    assert oracle.disagreement(parse(data), again) is None


@given(st.binary(max_size=600))
def test_no_octets_raise_anything_but_format_error(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        parse(data)
    peek(data)


@given(st.binary(max_size=400), st.tuples(*[st.integers(0, 4)] * 4))
def test_no_octets_after_a_fair_header_raise_anything_but_format_error(
    body: bytes, counts: tuple[int, int, int, int]
) -> None:
    data = b"\x00\x01\x00\x00" + b"".join(count.to_bytes(2, "big") for count in counts) + body
    with contextlib.suppress(FormatError):
        parse(data)
    peek(data)


@given(names, words, words, st.none() | edns, st.booleans(), st.booleans())
def test_peek_reads_a_query_as_parse_does(
    name: bytes, rtype: int, ident: int, options: Edns | None, rd: bool, cd: bool
) -> None:
    data = compose_query(name, rtype, id=ident, rd=rd, cd=cd, edns=options)
    seen, message = peek(data), parse(data)
    assert seen is not None
    assert dns.message.from_wire(data).id == seen.id == message.id
    assert seen.flags == message.flags
    assert message.question == (seen.qname, seen.qtype, seen.qclass)
    assert message.question is not None
    assert seen.qname_key == message.question.key
    if options is None:
        assert seen.edns_offset is None
    else:
        assert message.edns == options
        assert (seen.udp_size, seen.version, seen.do) == (options.udp_size, options.version, options.do)
        assert seen.read_options() == options.options


@given(messages, numbers)
def test_rewriting_ttls_is_composing_with_other_ttls(message: Message, ttl: int) -> None:
    image = bytearray(compose(message))
    offsets = ttl_offsets(image)
    parsed = parse(bytes(image))
    assert list(read_ttls(image, offsets)) == [r.ttl for r in _records(parsed)]
    rewrite_ttls(image, offsets, ttl)
    changed = parse(bytes(image))
    assert _records(changed) == [r._replace(ttl=ttl) for r in _records(parsed)]
    assert changed.edns == parsed.edns


@given(st.lists(records, max_size=12))
def test_grouping_loses_and_invents_nothing(found: list[Record]) -> None:
    rrsets = group(found)
    seen = {(r.key, r.rtype, r.rclass, r.rdata) for r in found}
    grouped = [(s.key, s.rtype, s.rclass, rdata) for s in rrsets for rdata in s.rdatas]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == seen
    for rrset in rrsets:
        members = [
            r.ttl
            for r in found
            if (r.key, r.rtype, r.rclass) == (rrset.key, rrset.rtype, rrset.rclass)
            and r.rdata in rrset.rdatas
        ]
        assert rrset.ttl == min(members)


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_messages_keep_the_laws(seed: int) -> None:
    verdicts = mutate.run(1500, seed)
    assert verdicts["ok"] > 100
    assert len(verdicts) > 8


def test_dnspython_would_be_heard_if_it_disagreed() -> None:
    """The oracle can say no: each part of a message, changed, is noticed."""
    data = next(d for d in mutate.corpus() if parse(d).answer and parse(d).authority and parse(d).additional)
    ours, theirs = parse(data), dns.message.from_wire(data, one_rr_per_rrset=True)
    assert oracle.disagreement(ours, theirs) is None
    first = ours.answer[0]
    for wrong in (
        replace(ours, id=ours.id ^ 1),
        replace(ours, rcode=3),
        replace(ours, question=None),
        replace(ours, answer=ours.answer[1:]),
        replace(ours, answer=(first._replace(ttl=first.ttl + 1), *ours.answer[1:])),
        replace(ours, answer=(first._replace(owner=first.owner.upper()), *ours.answer[1:])),
        replace(ours, authority=(ours.authority[0]._replace(rdata=b"\x00"), *ours.authority[1:])),
        replace(ours, edns=None if ours.edns else Edns()),
    ):
        assert oracle.disagreement(wrong, theirs) is not None


def _records(message: Message) -> list[Record]:
    return [*message.answer, *message.authority, *message.additional]
