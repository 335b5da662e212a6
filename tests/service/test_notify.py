# SPDX-License-Identifier: ISC
"""RFC 1996 at the door: who is heard, what is answered, and what a stranger can do, which is nothing."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.virtual_world import START_WALL
from resolver.service import Client, NotifySettings
from resolver.service.notify import NotifyDoor, is_notify
from resolver.wire import Edns, Rcode, Rtype, codes, compose, from_text, parse
from tests.service.fakes import LOOPBACK, STRANGER, Scene, ask, positive, read
from tests.service.notifying import KEY, SECRET, notify, signed

FROM_LOOPBACK = NotifySettings(allow=("127.0.0.0/8",))
WITH_KEY = NotifySettings(key=(KEY,))


class Door:
    """A door, and what it let through."""

    def __init__(self, settings: NotifySettings, wall: float = START_WALL) -> None:
        self.heard: list[tuple[bytes, int | None]] = []
        self.counts: dict[str, int] = {}
        self._door = NotifyDoor(settings, self._changed, lambda: wall, self.counts)

    def _changed(self, zone: bytes, serial: int | None) -> str:
        self.heard.append((zone, serial))
        return "acted"

    def answer(self, datagram: bytes, client: Client = LOOPBACK) -> bytes | None:
        return self._door.answer(datagram, client)


def test_rfc1996_4_7_the_response_is_the_request_with_qr() -> None:
    door = Door(FROM_LOOPBACK)
    response = door.answer(notify("Example.COM", edns=Edns()))
    message = read(response)
    assert (message.id, message.opcode, message.aa, message.rcode) == (0x4321, 4, True, Rcode.NOERROR)
    assert message.question is not None
    assert message.question.name == from_text("Example.COM")
    assert message.edns is not None
    assert door.heard == [(from_text("example.com"), None)]
    assert door.counts == {"acted": 1}


def test_rfc1996_3_7_the_serial_is_that_of_the_zones_own_soa() -> None:
    door = Door(FROM_LOOPBACK)
    door.answer(notify(serial=0xFFFFFFFE))
    foreign = parse(notify("example.net", 5)).answer
    door.answer(compose(replace(parse(notify()), answer=foreign)))
    assert door.heard == [(from_text("example.com"), 0xFFFFFFFE), (from_text("example.com"), None)]


def test_a_stranger_hears_refused_in_twelve_octets_whatever_it_sends() -> None:
    door = Door(NotifySettings(allow=("127.0.0.1/32",), key=(KEY,)))
    for datagram in (notify(serial=9), signed(serial=9)[0], notify()[:12], b"\x00\x01\x24\x00" + bytes(99)):
        response = door.answer(datagram, STRANGER)
        assert response is not None
        assert len(response) == 12
        assert read(response).rcode == Rcode.REFUSED
    assert (door.heard, door.counts) == ([], {"refused": 4})


def test_with_keys_the_signature_counts_wherever_it_comes_from() -> None:
    door = Door(WITH_KEY)
    assert read(door.answer(notify())).rcode == Rcode.REFUSED
    datagram, _, _ = signed(serial=8)
    response = read(door.answer(datagram, STRANGER))
    assert (response.rcode, response.additional[-1].rtype) == (Rcode.NOERROR, Rtype.TSIG)
    assert door.heard == [(from_text("example.com"), 8)]


def test_with_networks_and_keys_both_have_to_fit() -> None:
    door = Door(NotifySettings(allow=("127.0.0.0/8",), key=(KEY,)))
    datagram, _, _ = signed(serial=8)
    assert read(door.answer(datagram, STRANGER)).rcode == Rcode.REFUSED
    assert read(door.answer(notify(serial=8))).rcode == Rcode.REFUSED
    assert read(door.answer(datagram)).rcode == Rcode.NOERROR


@pytest.mark.parametrize(
    ("datagram", "label"),
    [
        (signed(secret="bm90LXRoZS1zZWNyZXQ=")[0], "badsig"),
        (signed(key=KEY.__class__(name="other", secret=SECRET))[0], "badkey"),
        (signed(wall=START_WALL - 9999)[0], "badtime"),
    ],
)
def test_rfc8945_5_2_a_bad_signature_is_notauth_and_changes_nothing(datagram: bytes, label: str) -> None:
    door = Door(WITH_KEY)
    assert read(door.answer(datagram)).rcode == Rcode.NOTAUTH
    assert (door.heard, door.counts) == ([], {label: 1})


def test_signatures_cannot_be_made_a_weapon() -> None:
    door = Door(WITH_KEY)
    bad = signed(secret="bm90LXRoZS1zZWNyZXQ=")[0]
    answered = [door.answer(bad) is not None for _ in range(300)]
    assert answered == [True] * 200 + [False] * 100
    assert door.counts == {"badsig": 200, "limited": 100}


def test_who_names_no_key_of_ours_keeps_no_primary_out() -> None:
    door = Door(WITH_KEY)
    other = msgspec.structs.replace(KEY, name="other.key")
    for _ in range(300):
        assert door.answer(notify()) is not None
        assert door.answer(signed(key=other)[0]) is not None
    assert door.answer(signed()[0]) is not None
    assert door.counts == {"refused": 300, "badkey": 300, "acted": 1}


@pytest.mark.parametrize(("settings", "datagram"), [(FROM_LOOPBACK, notify()), (WITH_KEY, signed()[0])])
def test_rfc1996_3_6_what_is_dropped_is_not_answered_so_that_it_is_sent_again(
    settings: NotifySettings, datagram: bytes
) -> None:
    counts: dict[str, int] = {}
    door = NotifyDoor(settings, lambda zone, serial: "limited", lambda: START_WALL, counts)
    assert door.answer(datagram, LOOPBACK) is None
    assert counts == {"limited": 1}


@pytest.mark.parametrize(
    ("datagram", "rcode"),
    [
        (notify(rtype=Rtype.A), Rcode.NOTIMP),
        (notify(rclass=3), Rcode.FORMERR),
        (notify()[:12], Rcode.FORMERR),
        (notify()[:11] + b"\x01" + notify()[12:], Rcode.FORMERR),
        (notify() + b"x", Rcode.FORMERR),
    ],
)
def test_what_makes_no_sense_is_answered_and_changes_nothing(datagram: bytes, rcode: int) -> None:
    door = Door(FROM_LOOPBACK)
    assert read(door.answer(datagram)).rcode == rcode
    assert (door.heard, door.counts) == ([], {"malformed": 1})


@pytest.mark.parametrize(
    ("zone", "allowed"),
    [("corp.example", True), ("a.CORP.example", True), ("example", False), ("xcorp.example", False)],
)
def test_only_the_zones_listed_and_those_below_them_may_be_announced(zone: str, allowed: bool) -> None:
    door = Door(NotifySettings(allow=("127.0.0.0/8",), zones=("corp.example",)))
    assert (read(door.answer(notify(zone))).rcode == Rcode.NOERROR) is allowed
    assert bool(door.heard) is allowed


@given(st.binary(max_size=80))
def test_no_octets_make_the_door_raise(rest: bytes) -> None:
    door = Door(NotifySettings(allow=("127.0.0.0/8",), key=(KEY,)))
    datagram = b"\x43\x21\x24\x00" + rest
    if is_notify(datagram):
        response = door.answer(datagram)
        assert response is not None
        assert parse(response).qr
        assert door.heard == []


def test_what_a_notify_is() -> None:
    assert is_notify(notify())
    assert not is_notify(ask())
    assert not is_notify(notify(flags=codes.QR | 4 << 11))
    assert not is_notify(notify()[:11])


def test_with_the_feature_off_nothing_changes_on_the_wire() -> None:
    scene = Scene()
    for datagram in (notify(serial=3), signed(serial=3)[0]):
        response = scene.at_once(datagram)
        assert response is not None
        assert (len(response), read(response).rcode) == (12, Rcode.NOTIMP)
    assert scene.counters.notifies == {}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_stranger_changes_nothing_and_the_primary_does(transport: str) -> None:
    scene = Scene(notify=FROM_LOOPBACK)
    scene.knows("www.example.com", positive("www.example.com"))
    scene.response()
    stranger = STRANGER._replace(transport=transport)  # type: ignore[arg-type]  # one of the two
    assert read(scene.at_once(notify(serial=2), stranger)).rcode == Rcode.REFUSED
    scene.response()
    assert len(scene.engine.asked) == 1
    primary = LOOPBACK._replace(transport=transport)  # type: ignore[arg-type]  # likewise
    assert read(scene.at_once(notify(serial=2), primary)).rcode == Rcode.NOERROR
    scene.response()
    assert len(scene.engine.asked) == 2
    assert scene.counters.notifies == {"refused": 1, "acted": 1}


def test_a_bug_of_ours_costs_one_notify() -> None:
    scene = Scene(notify=FROM_LOOPBACK)
    scene.service.changes.notified = None  # type: ignore[assignment,method-assign]  # the bug
    scene.service._notify._changed = None  # type: ignore[union-attr,assignment]
    assert scene.at_once(notify()) is None
    assert [type(event).__name__ for event in scene.told] == ["Crashed"]
