# SPDX-License-Identifier: ISC
"""Who may ask, and how much one client or zone may hold (security.md O20, C12, D1)."""

from __future__ import annotations

import pytest

from resolver.events import Event, LimitHit, nobody
from resolver.service.admission import (
    Access,
    AdmissionSettings,
    Bites,
    ClientClass,
    Pressure,
    ServiceOptions,
    WaitingClients,
    ZoneShares,
)
from resolver.wire import from_text

ENFORCING = Bites("enforce", lambda: 0.0, nobody)


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
    waiting = WaitingClients(2, ENFORCING)
    seats = [waiting.enter(address) for address in ("2001:db8::1", "2001:db8::2", "2001:db8::3")]
    assert seats[2] is None
    assert waiting.enter("2001:db8:0:1::1") is not None
    for seat in seats[:2]:
        assert seat is not None
        seat.leave()
    assert waiting.enter("2001:db8::3") is not None
    assert len(waiting) == 2


def test_loopback_may_wait_for_as_much_as_it_likes() -> None:
    waiting = WaitingClients(2, ENFORCING)
    assert all(waiting.enter(address) for address in ("127.0.0.1", "::1", "127.0.0.1", "127.0.0.2"))


def test_zone_shares_return_to_zero() -> None:
    shares, zone = ZoneShares(1, ENFORCING), from_text("example.com")
    place = shares.enter(zone)
    assert place is not None
    assert shares.enter(zone) is None
    place.leave()
    assert len(shares) == 0
    assert shares.enter(zone)


def test_a_place_moves_to_where_there_is_room_and_stays_where_it_was_if_there_is_none() -> None:
    shares, parent, child = ZoneShares(1, ENFORCING), from_text("co.uk"), from_text("dead.co.uk")
    first = shares.enter(parent)
    assert first is not None
    assert first.move(parent)
    assert first.move(child)
    second = shares.enter(parent)
    assert second is not None
    assert not second.move(child)
    assert shares.enter(parent) is None
    assert second.move(from_text("uk"))  # no bound there
    first.leave()
    assert second.move(child)
    assert not shares.enter(child)
    second.leave()
    assert len(shares) == 0


def test_a_crowd_is_one_until_it_waits_for_nothing() -> None:
    waiting = WaitingClients(1, ENFORCING)
    seat = waiting.enter("192.0.2.1")
    assert seat is not None
    assert not seat.is_of_a_crowd
    assert waiting.enter("192.0.2.1") is None
    assert seat.is_of_a_crowd
    seat.leave()
    assert not seat.is_of_a_crowd


def test_a_seat_is_given_back_by_the_last_who_holds_it() -> None:
    waiting = WaitingClients(1, ENFORCING)
    seat = waiting.enter("192.0.2.1")
    assert seat is not None
    seat.hold()
    seat.leave()
    assert waiting.enter("192.0.2.1") is None
    seat.leave()
    assert len(waiting) == 0
    assert waiting.enter("192.0.2.1") is not None


def test_in_shadow_mode_limits_are_told_and_stop_nothing() -> None:
    told: list[Event] = []
    bites = Bites("shadow", lambda: 7.0, told.append)
    waiting, shares = WaitingClients(1, bites), ZoneShares(1, bites)
    assert all(waiting.enter("192.0.2.1") for _ in range(2))
    assert all(shares.enter(from_text("example.com")) for _ in range(2))
    assert told == [
        LimitHit(7.0, "admission.waiting_per_client", enforced=False),
        LimitHit(7.0, "admission.fetches_per_zone", enforced=False),
    ]


@pytest.mark.parametrize(
    ("lag", "refresh", "client"), [(0.0, False, False), (0.2, True, False), (0.6, True, True)]
)
def test_the_most_expensive_work_is_shed_first(lag: float, refresh: bool, client: bool) -> None:
    pressure = Pressure(AdmissionSettings(), lambda: lag, ENFORCING)
    assert pressure.is_on is refresh
    assert pressure.forbids(for_client=False) is refresh
    assert pressure.forbids(for_client=True) is client
