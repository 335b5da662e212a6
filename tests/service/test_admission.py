# SPDX-License-Identifier: ISC
"""Who may ask, and how much one client or zone may hold (security.md O20, C12, D1)."""

from __future__ import annotations

import pytest

from resolver.service.admission import Access, ClientClass, ServiceOptions, WaitingClients, ZoneShares
from resolver.wire import from_text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", ClientClass.SNOOPER),
        ("127.1.2.3", ClientClass.SNOOPER),
        ("::1", ClientClass.SNOOPER),
        ("::ffff:127.0.0.1", ClientClass.SNOOPER),
        ("192.0.2.1", ClientClass.STRANGER),
        ("fe80::1%eth0", ClientClass.STRANGER),
        ("", ClientClass.STRANGER),
        ("nonsense", ClientClass.STRANGER),
    ],
)
def test_by_default_loopback_alone_is_served(address: str, expected: ClientClass) -> None:
    access = Access(ServiceOptions())
    assert access.classify(address) is expected
    assert access.classify(address) is expected  # as remembered


def test_snooping_can_be_narrower_than_asking() -> None:
    access = Access(ServiceOptions(allow=("192.0.2.0/24", "2001:db8::/32"), allow_snoop=("192.0.2.1",)))
    assert access.classify("192.0.2.1") is ClientClass.SNOOPER
    assert access.classify("192.0.2.2") is ClientClass.USER
    assert access.classify("2001:db8::1") is ClientClass.USER


def test_the_memory_of_addresses_is_bounded() -> None:
    access = Access(ServiceOptions())
    for number in range(10_000):
        access.classify(f"10.{number >> 8}.{number & 255}.1")
    assert len(access._known) <= 4096


def test_waiting_is_counted_by_prefix_and_returns_to_zero() -> None:
    waiting = WaitingClients(2)
    tokens = [waiting.enter(address) for address in ("2001:db8::1", "2001:db8::2", "2001:db8::3")]
    assert tokens[2] is None
    assert waiting.enter("2001:db8:0:1::1") is not None
    for token in tokens[:2]:
        assert token is not None
        waiting.leave(token)
    assert waiting.enter("2001:db8::3") is not None
    assert len(waiting) == 2


def test_loopback_may_wait_for_as_much_as_it_likes() -> None:
    waiting = WaitingClients(2)
    assert [waiting.enter(address) for address in ("127.0.0.1", "::1", "127.0.0.1", "127.0.0.2")] == [""] * 4


def test_zone_shares_return_to_zero() -> None:
    shares, zone = ZoneShares(1), from_text("example.com")
    assert shares.enter(zone)
    assert not shares.enter(zone)
    shares.leave(zone)
    assert len(shares) == 0
    assert shares.enter(zone)
