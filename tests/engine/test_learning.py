# SPDX-License-Identifier: ISC
"""What replies teach of a server: nothing bad from one unverified packet (CVE-2026-52690, CVE-2023-26437)."""

from __future__ import annotations

from resolver.cache.servers import EdnsAbility
from resolver.engine.ports import Server
from resolver.wire import Edns
from resolver.wire.edns import join_cookie
from tests.engine.scripted import Asked, Bench, Message, Sent, reply, tree

LEAF = Server("192.0.2.3")


def no_edns(asked: Asked) -> Sent:
    if asked.message.edns is not None:
        return reply(asked, rcode=1, edns=False)
    return reply(asked, [f"{asked.name} 0 A 192.0.2.9"])


def test_r12_a_server_without_edns_is_remembered_at_the_second_sighting() -> None:
    bench = Bench(tree(no_edns))
    state = bench.caches.servers.get(LEAF)
    bench.resolve("www.leaf.shop0.")
    assert state.edns is not EdnsAbility.BROKEN
    bench.resolve("www.leaf.shop0.")
    assert state.edns is EdnsAbility.BROKEN
    bench.sent()
    bench.resolve("www.leaf.shop0.")
    assert bench.sent() == 1
    assert not state.edns_broken(bench.world.ticks() + 901)


def lowercases(asked: Asked) -> Sent:
    assert asked.message.question is not None
    folded = asked.message.question._replace(name=asked.message.question.name.lower())
    answer = reply(asked, ["www.leaf.shop0. 0 A 192.0.2.9"])
    return Message(answer.id, answer.flags, 0, folded, answer.answer)


def test_f13_a_server_that_folds_case_is_answered_by_tcp_and_then_asked_plainly() -> None:
    bench = Bench(tree(lowercases))
    bench.resolve("www.leaf.shop0.")
    assert len(bench.network.asked_of("192.0.2.3")) <= 3
    bench.resolve("www.leaf.shop0.")
    bench.sent()
    bench.resolve("www.leaf.shop0.")
    assert bench.sent() == 1


def test_f08_one_servfail_marks_nothing() -> None:
    """The next question goes to the same server, with EDNS."""

    def leaf(asked: Asked) -> Sent:
        return reply(
            asked,
            [f"{asked.name} 0 A 192.0.2.9"],
            rcode=0 if asked.name.startswith("again") else 2 if asked.nth == 1 else 0,
        )

    bench = Bench(tree(leaf))
    bench.resolve("www.leaf.shop0.")
    bench.sent()
    bench.resolve("again.leaf.shop0.")
    asked = bench.network.asked_of("192.0.2.3")
    assert len(asked) == 1
    assert asked[0].message.edns is not None
    assert not bench.caches.servers.is_lame(b"\x04leaf\x05shop0\x00", LEAF, bench.world.ticks())


def test_a_server_cookie_is_learnt_and_sent_back() -> None:
    def leaf(asked: Asked) -> Sent:
        assert asked.message.edns is not None
        cookie = asked.message.edns.option(10) or b""
        answer = reply(asked, [f"{asked.name} 0 A 192.0.2.9"])
        return Message(
            answer.id,
            answer.flags,
            0,
            answer.question,
            answer.answer,
            edns=Edns(options=(join_cookie(cookie[:8], b"serverck"),)),
        )

    bench = Bench(tree(leaf))
    bench.resolve("www.leaf.shop0.")
    assert bench.caches.servers.get(LEAF).cookie == b"serverck"
    bench.resolve("again.leaf.shop0.")
    last = bench.network.asked_of("192.0.2.3")[-1].message
    assert last.edns is not None
    assert (last.edns.option(10) or b"").endswith(b"serverck")


def test_a_lame_server_is_remembered_at_the_second_sighting() -> None:
    bench = Bench(tree(lambda asked: reply(asked, aa=False)))
    zone = b"\x04leaf\x05shop0\x00"
    bench.resolve("www.leaf.shop0.")
    assert not bench.caches.servers.is_lame(zone, LEAF, bench.world.ticks())
    bench.resolve("more.leaf.shop0.")
    assert bench.caches.servers.is_lame(zone, LEAF, bench.world.ticks())
