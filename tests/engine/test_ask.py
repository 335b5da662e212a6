# SPDX-License-Identifier: ISC
"""One question to the servers of one zone: broken, slow, lossy and lying servers, and what each costs in packets."""

from __future__ import annotations

import pytest

from resolver.engine.outcome import Cause, Failed, Outcome, Resolved
from resolver.engine.ports import Transport
from resolver.wire import Edns
from tests.engine.scripted import (
    SILENT,
    Asked,
    Behaviour,
    Bench,
    Message,
    Sent,
    reply,
    tree,
    without_question,
)


def good(asked: Asked) -> Sent:
    return reply(asked, [f"{asked.name} 60 A 192.0.2.9"])


def resolve(leaf: Behaviour, **settings: object) -> tuple[Outcome, Bench]:
    bench = Bench(tree(leaf), **settings)  # type: ignore[arg-type]  # forwarded as they are
    return bench.resolve("www.leaf.shop0."), bench


def answered(outcome: Outcome) -> bool:
    return isinstance(outcome, Resolved) and outcome.chain[-1].records[0].rdata == bytes([192, 0, 2, 9])


def leaf_packets(bench: Bench) -> int:
    return len(bench.network.asked_of("192.0.2.3"))


def test_a_good_server_is_asked_once() -> None:
    outcome, bench = resolve(good)
    assert answered(outcome)
    assert leaf_packets(bench) == 1
    bench.world.settle()
    assert bench.world.open_flights == 0


@pytest.mark.parametrize("rcode", [1, 2, 4, 5])
def test_a13_one_failing_server_costs_at_most_two_packets(rcode: int) -> None:
    outcome, bench = resolve(lambda asked: reply(asked, rcode=rcode, edns=False))
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.BROKEN
    assert leaf_packets(bench) <= 2


@pytest.mark.parametrize("kind", ["formerr", "formerr+opt", "notimp", "badvers", "servfail"])
def test_r12_servers_that_break_on_edns_are_answered(kind: str) -> None:
    rcode = {"formerr": 1, "formerr+opt": 1, "notimp": 4, "badvers": 16, "servfail": 2}[kind]

    def leaf(asked: Asked) -> Sent:
        if asked.message.edns is None:
            return good(asked)
        return reply(asked, rcode=rcode, edns=kind in ("formerr+opt", "badvers"))

    outcome, bench = resolve(leaf)
    assert answered(outcome)
    assert leaf_packets(bench) <= 3


def test_r11_a_server_that_drops_edns_is_answered_within_three_seconds() -> None:
    outcome, bench = resolve(lambda asked: [] if asked.message.edns else good(asked))
    assert answered(outcome)
    assert bench.world.ticks() <= 3.0


def test_rfc7766_truncation_moves_to_tcp() -> None:
    outcome, bench = resolve(
        lambda asked: good(asked) if asked.transport is Transport.TCP else reply(asked, tc=True)
    )
    assert answered(outcome)
    assert [asked.transport for asked in bench.network.asked_of("192.0.2.3")] == [
        Transport.UDP,
        Transport.TCP,
    ]


@pytest.mark.parametrize("tcp", ["close", "hang", "tc"])
def test_a18_a_server_that_truncates_and_breaks_tcp(tcp: str) -> None:
    def leaf(asked: Asked) -> Sent | list[tuple[float, Sent]]:
        if asked.transport is Transport.UDP or tcp == "tc":
            return reply(asked, tc=True)
        return None if tcp == "close" else []

    outcome, bench = resolve(leaf)
    assert isinstance(outcome, Failed)
    asked = bench.network.asked_of("192.0.2.3")
    assert len(asked) <= 4
    assert sum(one.transport is Transport.TCP for one in asked) <= 2
    assert bench.world.ticks() <= 3.0


@pytest.mark.parametrize("late", [0.7, 1.5, 3.0])
def test_r10_a_late_reply_still_counts(late: float) -> None:
    outcome, bench = resolve(lambda asked: [(late, good(asked))])
    assert answered(outcome)
    assert bench.world.ticks() <= late + 0.3


def test_r08_a_dead_server_fails_in_time_and_few_packets() -> None:
    outcome, bench = resolve(SILENT)
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.UNREACHABLE
    assert bench.world.ticks() <= 4.5
    assert leaf_packets(bench) == 4


def test_r09_a_dead_server_is_left_alone_afterwards() -> None:
    _, bench = resolve(SILENT)
    bench.sent()
    outcome = bench.resolve("other.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert bench.sent() == 0


def test_a12_a_closed_port_costs_no_waiting() -> None:
    outcome, bench = resolve(lambda asked: None)
    assert isinstance(outcome, Failed)
    assert bench.world.ticks() <= 0.2


def forged(asked: Asked, **changes: object) -> Message:
    fake = reply(asked, [f"{asked.name} 60 A 203.0.113.66"])
    return Message(
        **{
            "id": fake.id,
            "flags": fake.flags,
            "rcode": fake.rcode,
            "question": fake.question,
            "answer": fake.answer,
            **changes,
        }
    )


def test_f05_wrong_ids_before_the_right_answer_change_nothing() -> None:
    def leaf(asked: Asked) -> list[tuple[float, Sent]]:
        wrong = [(0.001, forged(asked, id=(asked.message.id + index) % 65536)) for index in range(1, 200)]
        return [*wrong, (0.05, good(asked))]

    outcome, bench = resolve(leaf)
    assert answered(outcome)
    assert bench.world.ticks() <= 0.1
    assert bench.caches.servers.get(("192.0.2.3", 53)).failures_in_row == 0


def test_f06_only_forged_answers_move_the_query_to_tcp() -> None:
    def leaf(asked: Asked) -> Sent:
        if asked.transport is Transport.TCP:
            return good(asked)
        return forged(asked, id=(asked.message.id + 1) % 65536)

    outcome, bench = resolve(leaf)
    assert answered(outcome)
    assert bench.world.ticks() <= 0.4


BAD_FIRST = {
    "other qname": lambda asked: forged(asked, question=asked.message.question._replace(name=b"\x01x\x00")),
    "other qtype": lambda asked: forged(asked, question=asked.message.question._replace(rtype=16)),
    "no question": lambda asked: without_question(forged(asked)),
    "not a response": lambda asked: forged(asked, flags=0x0400),
    "opcode 5": lambda asked: forged(asked, flags=0x8400 | 5 << 11),
    "header only": lambda asked: asked.message.id.to_bytes(2, "big") + b"\x84\x00\x00\x01" + bytes(6),
    "five octets": lambda asked: asked.message.id.to_bytes(2, "big") + b"\x84\x00\x00",
    "empty": lambda asked: b"",
    "pointer loop": lambda asked: (
        asked.message.id.to_bytes(2, "big")
        + b"\x84\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"
    ),
    "bare formerr": lambda asked: asked.message.id.to_bytes(2, "big") + b"\x84\x01" + bytes(8),
    "noise": lambda asked: asked.message.id.to_bytes(2, "big") + bytes(range(40)),
    "two questions": lambda asked: (
        asked.message.id.to_bytes(2, "big") + b"\x84\x00\x00\x02" + bytes(6) + b"\x00\x00\x01\x00\x01" * 2
    ),
    "servfail": lambda asked: forged(asked, rcode=2, answer=()),
    "refused": lambda asked: forged(asked, rcode=5, answer=()),
}


@pytest.mark.parametrize("kind", list(BAD_FIRST))
def test_f07_a_bad_first_packet_is_survived_with_one_query(kind: str) -> None:
    """TuDoor: the right answer comes 50 ms after a packet that is wrong in one way."""
    outcome, bench = resolve(lambda asked: [(0.001, BAD_FIRST[kind](asked)), (0.05, good(asked))])
    assert answered(outcome)
    assert leaf_packets(bench) == 1


def test_f15_permanent_badcookie_ends_soon() -> None:
    def leaf(asked: Asked) -> Sent:
        edns = asked.message.edns
        cookie = (edns.option(10) or b"")[:8] if edns else b""
        made = reply(asked, rcode=23)
        return Message(
            made.id, made.flags, 23, made.question, edns=Edns(options=((10, cookie + b"serverck"),))
        )

    outcome, bench = resolve(leaf)
    assert isinstance(outcome, Failed)
    asked = bench.network.asked_of("192.0.2.3")
    assert len(asked) <= 5
    assert sum(one.transport is Transport.TCP for one in asked) <= 1


@pytest.mark.parametrize(
    "authority", [(), (". 60 NS a.root-servers.net0.",), ("leaf.shop0. 60 NS ns.leaf.shop0.",)]
)
def test_r13_lame_servers_end_in_failure_never_in_nodata(authority: tuple[str, ...]) -> None:
    outcome, _ = resolve(lambda asked: reply(asked, authority=authority, aa=False))
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.BROKEN


def test_received_bytes_are_bounded() -> None:
    from resolver.engine.limits import Limits
    from resolver.units import Bytes

    def big(asked: Asked) -> Sent:
        if asked.transport is Transport.UDP:
            return reply(asked, tc=True)
        return reply(asked, [f"{asked.name} 60 TXT {'x' * 200}{index}" for index in range(40)])

    bench = Bench(tree(big), limits=Limits(received=Bytes(5000)))
    outcome = bench.resolve("www.leaf.shop0.", "TXT")
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.LIMIT


def test_rfc9520_3_1_an_error_that_comes_late_leads_to_no_fourth_query() -> None:
    def late_formerr(asked: Asked) -> list[tuple[float, Sent]]:
        return [(1.5 - asked.tick, reply(asked, rcode=1))] if asked.message.edns else []

    _, bench = resolve(late_formerr)
    by_udp = [asked for asked in bench.network.asked_of("192.0.2.3") if asked.transport is Transport.UDP]
    assert len(by_udp) == 3


def test_f08_a_server_known_to_understand_edns_is_not_asked_without() -> None:
    failing = False

    def leaf(asked: Asked) -> Sent:
        return reply(asked, rcode=1) if failing else good(asked)

    bench = Bench(tree(leaf))
    bench.resolve("a.leaf.shop0.")
    failing = True
    bench.sent()
    bench.resolve("b.leaf.shop0.")
    assert [asked.message.edns is not None for asked in bench.network.asked_of("192.0.2.3")] == [True]


def test_a_deadline_of_ours_is_no_timeout_of_the_server() -> None:
    """Else questions timed to run out of time just after sending would take a server away from everybody."""
    bench = Bench(tree(lambda asked: [(0.3, good(asked))]))
    bench.resolve("a.leaf.shop0.")
    for count in range(6):
        bench.resolve(f"b{count}.leaf.shop0.", seconds=0.1)
        bench.world.settle()
    state = bench.caches.servers.get(("192.0.2.3", 53))
    assert state.failures_in_row == 0


def test_a_useful_reply_takes_the_mark_of_a_lame_server_away() -> None:
    refusing = True

    def leaf(asked: Asked) -> Sent:
        return reply(asked, rcode=5) if refusing else good(asked)

    bench = Bench(tree(leaf))
    bench.resolve("a.leaf.shop0.")
    refusing = False
    bench.resolve("b.leaf.shop0.")
    zone, server = b"\x04leaf\x05shop0\x00", ("192.0.2.3", 53)
    assert bench.caches.servers.lame_until(zone, server) == 0.0


@pytest.mark.parametrize(("count", "is_followed"), [(4, True), (5, False)])
def test_cve_2025_40778_each_dname_by_a_server_without_cookies_costs_one_of_four_connections(
    count: int, is_followed: bool
) -> None:
    """Under names of few letters; a server that follows them itself in one answer costs one for all."""

    def one_at_a_time(asked: Asked) -> Sent:
        first, _, number = asked.name.removesuffix(".leaf.shop0.").rpartition("d")
        if first and int(number) < count:
            here, there = f"d{number}.leaf.shop0.", f"d{int(number) + 1}.leaf.shop0."
            return reply(asked, [f"{here} 60 DNAME {there}", f"{asked.name} 60 CNAME {first}{there}"])
        return reply(asked, [f"{asked.name} 60 A 192.0.2.9"] if first else [])

    bench = Bench(tree(one_at_a_time))
    assert isinstance(bench.resolve("x.d0.leaf.shop0."), Resolved) is is_followed
    by_tcp = [asked for _, asked in bench.network.log if asked.transport is Transport.TCP]
    assert len(by_tcp) == 4
