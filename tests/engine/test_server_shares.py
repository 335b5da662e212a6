# SPDX-License-Identifier: ISC
"""Open queries per server address: a full server is gone by, keeps its good name, and is asked once it answers."""

from __future__ import annotations

from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.engine.limits import StaticZone, UpstreamSettings
from resolver.engine.outcome import Cause, Failed, Outcome, Resolved
from resolver.engine.server_shares import KEY, ServerShares, unbounded
from resolver.wire import Ede
from tests.engine.scripted import SILENT, Asked, Bench, Sent, referral, reply, tree

FIRST, SECOND = "192.0.2.3", "192.0.2.4"


class Bites:
    """Says of a limit reached what it is told to say, and remembers that it was."""

    def __init__(self, *, enforced: bool = True) -> None:
        self.enforced = enforced
        self.reached: list[str] = []

    def __call__(self, limit: str) -> bool:
        self.reached.append(limit)
        return self.enforced


def good(asked: Asked) -> Sent:
    return reply(asked, [f"{asked.name} 60 A 192.0.2.9"])


def filled(bites: Bites, *addresses: str) -> ServerShares:
    shares = ServerShares(2, bites)
    for address in addresses:
        shares.enter(address)
        shares.enter(address)
    return shares


def with_two_servers(bites: Bites, *full: str) -> Bench:
    network = tree(good)

    def tld(asked: Asked) -> Sent:
        return referral(asked, "leaf.shop0.", ns1=FIRST, ns2=SECOND)

    network.servers["192.0.2.2"] = tld
    network.servers[SECOND] = good
    return Bench(network, shares=filled(bites, *full))


def resolve(bench: Bench) -> Outcome:
    return bench.resolve("www.leaf.shop0.")


def test_a_full_server_is_gone_by_and_the_next_one_asked() -> None:
    bites = Bites()
    bench = with_two_servers(bites, FIRST)
    assert isinstance(resolve(bench), Resolved)
    assert not bench.network.asked_of(FIRST)
    assert len(bench.network.asked_of(SECOND)) == 1
    assert bites.reached in ([], [KEY])  # drawn first or second: it was not asked either way


def test_with_all_full_the_question_fails_as_overload_and_nobody_is_marked() -> None:
    bites = Bites()
    bench = with_two_servers(bites, FIRST, SECOND)
    outcome = resolve(bench)
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.OVERLOAD  # which no failure cache keeps
    assert outcome.ede is Ede.OTHER
    assert "unanswered" in outcome.text
    assert bites.reached == [KEY, KEY]
    for address in (FIRST, SECOND):
        state = bench.caches.servers.peek((address, 53))
        assert state is None or (state.failures_in_row, state.down_until) == (0, 0.0)


def test_in_shadow_mode_it_is_told_and_asked_all_the_same() -> None:
    bites = Bites(enforced=False)
    bench = with_two_servers(bites, FIRST, SECOND)
    assert isinstance(resolve(bench), Resolved)
    assert bites.reached == [KEY]


def test_what_an_operator_forwards_to_has_no_bound() -> None:
    bites = Bites()
    bench = Bench(
        tree(good),
        zones=(StaticZone(".", forward=(FIRST,)),),
        upstream=UpstreamSettings(priming=False, dont_query=()),
        shares=filled(bites, FIRST),
    )
    assert isinstance(resolve(bench), Resolved)
    assert not bites.reached


def test_a_silent_server_holds_its_share_until_nobody_listens_any_more() -> None:
    bench = Bench(tree(SILENT), shares=ServerShares(100, Bites()))
    assert isinstance(resolve(bench), Failed)
    assert bench.shares is not None
    bench.world.settle()
    assert len(bench.shares) == 0


def test_one_that_speaks_twice_gives_back_one_share() -> None:
    def twice(asked: Asked) -> Sent:
        return [(0.01, reply(asked, rcode=2)), (0.02, good(asked))]

    bench = Bench(tree(twice), shares=filled(Bites(enforced=False), FIRST))
    assert isinstance(resolve(bench), Resolved)
    bench.world.settle()
    assert bench.shares is not None
    assert len(bench.shares) == 1  # the two that the test took, and no more
    bench.shares.leave(FIRST)
    assert len(bench.shares) == 1  # it gave none of theirs back
    bench.shares.leave(FIRST)
    assert len(bench.shares) == 0


def test_a_query_that_could_not_begin_holds_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor for ever: short of memory, a socket that is not made may raise anything."""
    bench = Bench(tree(good), shares=ServerShares(2, Bites()))

    def start(*_: object) -> NoReturn:
        raise MemoryError

    monkeypatch.setattr(bench.world, "start", start)
    with pytest.raises(MemoryError):
        resolve(bench)
    assert bench.shares is not None
    assert len(bench.shares) == 0


def test_an_engine_of_its_own_has_no_bound() -> None:
    shares = unbounded()
    for _ in range(10_000):
        shares.enter(FIRST)
    assert not shares.turns_away(FIRST)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([FIRST, SECOND]))))
def test_law_it_turns_away_exactly_while_as_many_are_open_as_may_be(
    steps: list[tuple[bool, str]],
) -> None:
    shares, counts = ServerShares(2, Bites()), {FIRST: 0, SECOND: 0}
    for enters, address in steps:
        if enters:
            shares.enter(address)
            counts[address] += 1
        elif counts[address]:
            shares.leave(address)
            counts[address] -= 1
        assert shares.turns_away(address) == (counts[address] >= 2)
        assert len(shares) == sum(map(bool, counts.values()))
