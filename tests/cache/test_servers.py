# SPDX-License-Identifier: ISC
"""What is known of servers: created on demand, lame per zone, bounded."""

from resolver.cache import EdnsAbility, ServerCache
from tests.cache.making import HUGE, k

ONE, TWO = ("192.0.2.1", 53), ("2001:db8::1", 53)


def test_a_state_is_made_once_and_kept() -> None:
    servers = ServerCache(HUGE)
    assert servers.peek(ONE) is None
    state = servers.get(ONE)
    state.srtt = 0.1
    assert servers.get(ONE) is state
    assert servers.peek(ONE) is state
    assert servers.get(("192.0.2.1", 5353)) is not state
    assert (state.edns, servers.get(TWO).srtt) == (EdnsAbility.UNKNOWN, None)
    assert [server for server, _ in servers.items()] == [ONE, ("192.0.2.1", 5353), TWO]


def test_rfc4697_section2_2_1_lameness_is_per_zone_and_server() -> None:
    servers = ServerCache(HUGE)
    servers.mark_lame(k("example."), ONE, 100.0)
    assert [servers.is_lame(k("example."), ONE, at) for at in (0.0, 99.9, 100.0)] == [True, True, False]
    assert not servers.is_lame(k("other."), ONE, 0.0)
    assert not servers.is_lame(k("example."), TWO, 0.0)
    servers.clear_lame(k("example."), ONE)
    servers.clear_lame(k("example."), ONE)
    assert servers.lame_until(k("example."), ONE) == 0.0


def test_states_and_marks_are_bounded() -> None:
    servers = ServerCache(100_000)
    for number in range(2000):
        address = (f"192.0.{number >> 8}.{number & 255}", 53)
        servers.get(address)
        servers.mark_lame(k(f"n{number}.example."), address, 1.0)
        assert servers.size_bytes <= 100_000
    assert 20 < len(servers) < 200


def test_forgetting_one_or_all() -> None:
    servers = ServerCache(HUGE)
    servers.get(ONE)
    servers.get(TWO)
    servers.mark_lame(k("."), ONE, 9.0)
    assert (servers.forget(ONE), servers.forget(ONE), len(servers)) == (1, 0, 1)
    assert (servers.forget(), len(servers), servers.lame_until(k("."), ONE)) == (1, 0, 0.0)
