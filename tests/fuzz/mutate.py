# SPDX-License-Identifier: ISC
"""Breaks valid messages at random and holds the codec to its laws, with dnspython as the oracle.

    python -m tests.fuzz.mutate --count 1000000 --seed 1

The same seed makes the same messages. A failure prints the octets, to become a test of its own.
"""

import argparse
import contextlib
import random
import struct
import sys
import traceback
from collections import Counter
from collections.abc import Callable

import dns.message
import dns.rrset

from resolver.wire import (
    FormatError,
    Message,
    MessageTooLong,
    Opcode,
    Peek,
    compose,
    compose_query,
    from_text,
    parse,
    peek,
)
from resolver.wire.edns import Edns, ede_option
from resolver.wire.patch import ttl_offsets
from resolver.wire.records import Question, Record
from tests.wire import oracle

WWW = from_text("www.Example.com")
ZONE = """\
example.com. 3600 IN SOA ns1.example.com. admin.example.com. 7 3600 600 86400 300
example.com. 172800 IN NS ns1.example.com.
example.com. 172800 IN NS ns2.Other.test.
www.example.com. 300 IN CNAME edge.cdn.test.
edge.cdn.test. 20 IN A 192.0.2.1
edge.cdn.test. 20 IN AAAA 2001:db8::1
example.com. 3600 IN MX 10 mail.example.com.
example.com. 3600 IN TXT "v=spf1 -all" "second"
example.com. 3600 IN CAA 0 issue "ca.test"
example.com. 3600 IN RP admin.example.com. txt.example.com.
example.com. 3600 IN AFSDB 1 afs.example.com.
example.com. 3600 IN RT 1 rt.example.com.
example.com. 3600 IN PX 1 a.example.com. b.example.com.
_sip._tcp.example.com. 3600 IN SRV 1 2 5060 sip.example.com.
example.com. 3600 IN NAPTR 1 2 "U" "E2U+sip" "!^.*$!sip:a@example.com!" .
old.example.com. 3600 IN DNAME new.example.com.
example.com. 3600 IN DS 12345 8 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
example.com. 3600 IN RRSIG NS 8 2 3600 20260101000000 20251201000000 12345 example.com. AAAA
a.example.com. 3600 IN NSEC c.example.com. A NS RRSIG NSEC
example.com. 3600 IN HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1
_x.example.com. 3600 IN SVCB 1 svc.example.com. port=8443
example.com. 3600 IN TYPE65280 \\# 3 c00c01
1.2.0.192.in-addr.arpa. 3600 IN PTR host.example.com.
"""


def corpus() -> list[bytes]:
    """Valid messages to start from, composed by us and by dnspython."""
    rrsets = [line.split(" ", 4) for line in ZONE.splitlines()]
    theirs = [
        dns.rrset.from_text(name, int(ttl), rclass, rtype, text) for name, ttl, rclass, rtype, text in rrsets
    ]
    messages = [
        compose_query(WWW, 1, id=1, rd=True),
        compose_query(WWW, 28, id=2, edns=Edns(do=True, options=((10, b"12345678"), (3, b"")))),
        compose_query(b"\x00", 2, id=3, edns=Edns()),
    ]
    for start in range(0, len(theirs), 3):
        response = dns.message.make_response(
            dns.message.make_query("www.example.com", "A", use_edns=0, id=start)
        )
        response.answer = theirs[start : start + 3]
        response.authority = theirs[:3]
        response.additional = theirs[4:6]
        messages.append(response.to_wire())
        messages.append(compose(parse(messages[-1])))
    addresses = tuple(Record(WWW, 1, 1, 2**31 + n, struct.pack("!I", n)) for n in range(40))
    messages.append(compose(Message(id=4, flags=0x8400, question=Question(WWW, 1), answer=addresses)))
    failed = Message(
        5, 0x8180, 2, Question(WWW, 1), edns=Edns(options=(ede_option(22, "no reachable authority"),))
    )
    messages.append(compose(failed))
    messages.append(compose(Message(6, 0x8180, 23, Question(WWW, 1), edns=Edns(version=1, flags_rest=3))))
    return messages


def mutate(rng: random.Random, data: bytearray, other: bytes) -> None:
    """One small change in place, of a kind that parsers have died of."""
    rng.choice(MUTATIONS)(rng, data, other)


def _flip_bit(rng: random.Random, data: bytearray, other: bytes) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set_octet(rng: random.Random, data: bytearray, other: bytes) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.choice(
            (0, 1, 12, 41, 63, 64, 0x80, 0xC0, 0xFF, rng.randrange(256))
        )


def _set_pointer(rng: random.Random, data: bytearray, other: bytes) -> None:
    if len(data) > 14:
        at = rng.randrange(12, len(data) - 1)
        data[at : at + 2] = (0xC000 | rng.randrange(min(len(data) + 2, 0x4000))).to_bytes(2, "big")


def _set_count(rng: random.Random, data: bytearray, other: bytes) -> None:
    if len(data) >= 12:
        struct.pack_into("!H", data, 4 + 2 * rng.randrange(4), rng.choice((0, 1, 2, 3, 255, 65535)))


def _nudge_word(rng: random.Random, data: bytearray, other: bytes) -> None:
    if len(data) >= 14:
        at = rng.randrange(12, len(data) - 1)
        (word,) = struct.unpack_from("!H", data, at)
        struct.pack_into("!H", data, at, (word + rng.choice((-2, -1, 1, 2, 256))) & 0xFFFF)


def _truncate(rng: random.Random, data: bytearray, other: bytes) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _delete(rng: random.Random, data: bytearray, other: bytes) -> None:
    at = rng.randrange(len(data) + 1)
    del data[at : at + rng.randrange(1, 12)]


def _insert(rng: random.Random, data: bytearray, other: bytes) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.randrange(1, 8))


def _repeat(rng: random.Random, data: bytearray, other: bytes) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = data[at : at + rng.randrange(1, 40)] * rng.choice((1, 1, 2, 10))


def _splice(rng: random.Random, data: bytearray, other: bytes) -> None:
    at, start = rng.randrange(len(data) + 1), rng.randrange(len(other))
    data[at : at + rng.randrange(40)] = other[start : start + rng.randrange(40)]


def _relabel_type(rng: random.Random, data: bytearray, other: bytes) -> None:
    """Gives a record another type, so that its rdata is read by another layout."""
    try:
        at = rng.choice(ttl_offsets(data)) - 4
    except (IndexError, struct.error):
        return
    struct.pack_into(
        "!H", data, at, rng.choice((1, 2, 5, 6, 12, 14, 15, 17, 18, 21, 24, 26, 28, 30, 33, 35, 41))
    )


MUTATIONS: tuple[Callable[[random.Random, bytearray, bytes], None], ...] = (
    _flip_bit,
    _set_octet,
    _set_pointer,
    _set_count,
    _nudge_word,
    _truncate,
    _delete,
    _insert,
    _repeat,
    _splice,
    _relabel_type,
)


def judge(data: bytes) -> str:
    """Holds one message to the laws: "ok", or why it was refused. AssertionError if a law is broken."""
    seen = peek(data)
    try:
        ours = parse(data)
    except FormatError as error:
        reason = error.reason
    else:
        _judge_reading(data, ours, seen)
        return "ok"
    assert seen is None or seen.read_options() is None, "peek took what parse refuses"
    if reason not in oracle.STRICTER and (theirs := oracle.read(data)) is not None:
        assert oracle.took_it_by_reading_less(theirs), f"refused as {reason}, but dnspython takes it"
    return reason


def _judge_reading(data: bytes, ours: Message, seen: Peek | None) -> None:
    if seen is not None:
        assert ours.question == (seen.qname, seen.qtype, seen.qclass), "peek and parse read another question"
        assert (ours.edns is None) == (seen.edns_offset is None), "peek and parse differ on EDNS"
    with contextlib.suppress(MessageTooLong):  # names that the sender compressed and we may not
        again = parse(compose(ours))
        assert oracle.equal_but_for_case(ours, again), "parse after compose is not the identity"
    if ours.opcode == Opcode.QUERY and (theirs := oracle.read(data)) is not None:
        difference = oracle.disagreement(ours, theirs)
        assert difference is None, difference


def run(count: int, seed: int, *, progress: Callable[[int], None] | None = None) -> Counter[str]:
    """Judges `count` messages; how many came out which way. AssertionError, with the octets, on the first bad one."""
    rng = random.Random(seed)
    seeds = corpus()
    verdicts: Counter[str] = Counter()
    for data in seeds:
        assert judge(data) == "ok"
    for number in range(count):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            mutate(rng, data, rng.choice(seeds))
        try:
            verdicts[judge(bytes(data))] += 1
        except Exception as error:
            raise AssertionError(f"message {number} of seed {seed}: {bytes(data).hex()}") from error
        if progress and number % 10_000 == 0:
            progress(number)
    return verdicts


def main() -> int:
    """The command line; 0 if every law held."""
    arguments = argparse.ArgumentParser(description="mutated messages against the codec")
    arguments.add_argument("--count", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()

    def progress(number: int) -> None:
        if number % 100_000 == 0:
            print(f"{number} of {chosen.count}", file=sys.stderr, flush=True)

    try:
        verdicts = run(chosen.count, chosen.seed, progress=progress)
    except AssertionError:
        traceback.print_exc()
        return 1
    for reason, number in verdicts.most_common():
        print(f"{number:>9} {reason}")
    print(f"{chosen.count} messages, seed {chosen.seed}: every law held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
