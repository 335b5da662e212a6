# SPDX-License-Identifier: ISC
"""Chains of aliases: each link under its own TTL, loops, lengths, DNAME (RFC 1034 3.6.2, RFC 6672)."""

from __future__ import annotations

import pytest

from resolver.cache.entry import Kind
from resolver.engine.outcome import Cause, Failed, Resolved
from resolver.wire import Rcode, Rtype, from_text
from tests.engine.scripted import Asked, Bench, Sent, reply, soa, tree


def aliases(count: int, *, together: bool = False) -> Bench:
    """c0 -> c1 -> … -> c<count>, which has an address; one link an answer, or all of them in the first."""

    def leaf(asked: Asked) -> Sent:
        first = asked.name.split(".")[0]
        if not first.startswith("c"):
            return reply(asked, authority=[soa("leaf.shop0.")], rcode=3)
        at = int(first[1:])
        links = [f"c{n}.leaf.shop0. {10 + n} CNAME c{n + 1}.leaf.shop0." for n in range(at, count)]
        end = [f"c{count}.leaf.shop0. 60 A 192.0.2.9"]
        return reply(asked, links + end if together or not links else links[:1])

    return Bench(tree(leaf))


def test_each_link_keeps_its_own_ttl() -> None:
    outcome = aliases(3).resolve("c0.leaf.shop0.")
    assert isinstance(outcome, Resolved)
    assert [entry.lifetime.kept_ttl for entry in outcome.chain] == [10, 11, 12, 60]


def test_only_the_link_that_expired_is_asked_again() -> None:
    bench = aliases(3)
    bench.resolve("c0.leaf.shop0.")
    bench.world.advance(10.5)
    bench.sent()
    assert isinstance(bench.resolve("c0.leaf.shop0."), Resolved)
    assert [asked.name for _, asked in bench.network.log] == ["c0.leaf.shop0."]


def test_a08_eleven_links_resolve_and_twelve_do_not() -> None:
    assert isinstance(aliases(11).resolve("c0.leaf.shop0."), Resolved)
    bench = aliases(12)
    outcome = bench.resolve("c0.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.STRUCTURAL
    assert bench.sent() <= 14


def test_a_chain_of_seventy_in_one_answer_is_too_long_as_well() -> None:
    outcome = aliases(70, together=True).resolve("c0.leaf.shop0.")
    assert isinstance(outcome, Failed)


@pytest.mark.parametrize(
    "links",
    [
        {"a": "a"},
        {"a": "b", "b": "a"},
        {"a": "b", "b": "c", "c": "b"},
    ],
)
@pytest.mark.parametrize("together", [False, True])
def test_a09_loops_end_at_once(links: dict[str, str], together: bool) -> None:
    def leaf(asked: Asked) -> Sent:
        first = asked.name.split(".")[0]
        return reply(
            asked,
            [f"{a}.leaf.shop0. 60 CNAME {b}.leaf.shop0." for a, b in links.items() if together or a == first],
        )

    bench = Bench(tree(leaf))
    outcome = bench.resolve("a.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.STRUCTURAL
    assert "loop" in outcome.text
    assert len(bench.network.asked_of("192.0.2.3")) <= len(links)


def dname(target: str) -> Bench:
    def leaf(asked: Asked) -> Sent:
        if asked.name.endswith("old.leaf.shop0.") and asked.name != "old.leaf.shop0.":
            return reply(asked, [f"old.leaf.shop0. 300 DNAME {target}"])
        return reply(asked, [f"{asked.name} 60 A 192.0.2.9"])

    return Bench(tree(leaf))


def test_rfc6672_3_4_the_cache_synthesizes_the_cname() -> None:
    bench = dname("new.leaf.shop0.")
    outcome = bench.resolve("www.old.leaf.shop0.")
    assert isinstance(outcome, Resolved)
    assert [entry.rtype for entry in outcome.chain] == [Rtype.DNAME, Rtype.CNAME, Rtype.A]
    assert outcome.chain[1].synthesized
    assert outcome.chain[1].lifetime.kept_ttl == 300
    bench.sent()
    again = bench.resolve("mail.old.leaf.shop0.")
    assert isinstance(again, Resolved)
    assert [asked.name for _, asked in bench.network.log] == ["new.leaf.shop0.", "mail.new.leaf.shop0."][
        -bench.sent() :
    ]


def test_rfc6672_3_1_a_cname_asked_for_comes_with_its_dname() -> None:
    bench = dname("new.leaf.shop0.")
    for name in (
        "www.old.leaf.shop0.",
        "www.old.leaf.shop0.",
        "mail.old.leaf.shop0.",
    ):  # from a server, then kept
        outcome = bench.resolve(name, "CNAME")
        assert isinstance(outcome, Resolved)
        assert [entry.rtype for entry in outcome.chain] == [Rtype.DNAME, Rtype.CNAME]
        assert outcome.chain[1].synthesized


def test_rfc6672_2_2_a_name_too_long_is_yxdomain() -> None:
    target = ".".join(["x" * 60] * 4) + "."
    outcome = dname(target).resolve("w" * 30 + ".old.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert outcome.rcode == Rcode.YXDOMAIN


def test_nxdomain_at_the_end_of_a_chain() -> None:
    def leaf(asked: Asked) -> Sent:
        if asked.name.startswith("a."):
            return reply(asked, ["a.leaf.shop0. 60 CNAME gone.leaf.shop0."], [soa("leaf.shop0.")], rcode=3)
        return reply(asked, authority=[soa("leaf.shop0.")], rcode=3)

    outcome = Bench(tree(leaf)).resolve("a.leaf.shop0.")
    assert isinstance(outcome, Resolved)
    assert [entry.kind for entry in outcome.chain] == [Kind.POSITIVE, Kind.NXDOMAIN]
    assert outcome.rcode == Rcode.NXDOMAIN


def test_a_refresh_asks_again_for_what_expires_by_then() -> None:
    bench = aliases(1)
    bench.resolve("c0.leaf.shop0.")
    bench.world.advance(9.5)
    bench.sent()
    bench.resolve("c0.leaf.shop0.", renew=bench.world.now() + 1)
    assert [asked.name for _, asked in bench.network.log] == ["c0.leaf.shop0."]


def test_ttl_0_is_answered_and_not_kept() -> None:
    bench = Bench(tree(lambda asked: reply(asked, [f"{asked.name} 0 A 192.0.2.9"])))
    assert isinstance(bench.resolve("www.leaf.shop0."), Resolved)
    assert bench.caches.records.peek(from_text("www.leaf.shop0."), 1) is None
