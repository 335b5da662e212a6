# SPDX-License-Identifier: ISC
"""Cookies and rates through the whole service: RFC 7873 section 5, who is exempt, and hits that stay hits."""

from __future__ import annotations

import pytest

from resolver.events import LimitHit
from resolver.service import AdmissionSettings, Client, ServiceOptions
from resolver.service.cookies import secrets_for
from resolver.wire import Edns, Message, Question, Rcode, codes, compose, from_text
from tests.service.fakes import LOOPBACK, Scene, ask, negative, positive, read

SECRETS = secrets_for((bytes(16),), b"")
EVERYBODY = ("0.0.0.0/0", "::/0")
MINE = b"8 octets"
FAR = Client("192.0.2.7", 40000)
NEAR_FAR = Client("192.0.2.200", 40000)
FAR6 = Client("2001:db8::7", 40000, "udp", "ipv6")


class Door(Scene):
    """A service with cookies or rates that knows two names."""

    def __init__(
        self,
        *,
        cookies: bool = True,
        rate: int = 0,
        all_rate: int = 0,
        slip: int = 2,
        ttl: float = 300,
        mode: str = "enforce",
    ) -> None:
        super().__init__(
            options=ServiceOptions(allow=EVERYBODY, secrets_for=SECRETS if cookies else None),
            admission=AdmissionSettings(
                responses_per_second=rate,
                responses_per_network=all_rate,
                responses_slip=slip,
                mode=mode,  # type: ignore[arg-type]  # one of two words
            ),
        )
        self.knows("www.example.com", positive("www.example.com", ttl=ttl))
        self.knows("gone.example.com", negative("gone.example.com", ttl=ttl))
        self.knows(
            "big.example.com", positive("big.example.com", 16, *(bytes((99, n)) * 50 for n in range(8)))
        )

    def cookie(self, option: bytes = MINE, client: Client = LOOPBACK, name: str = "www.example.com") -> bytes:
        """What comes back for that COOKIE option."""
        response = read(self.ask(ask(name, edns=Edns(options=((10, option),))), client))
        assert response.edns is not None
        return response.edns.option(10) or b""


def with_cookie(option: bytes, name: str = "www.example.com", rtype: int = 1, id: int = 7) -> bytes:
    return ask(name, rtype, id=id, edns=Edns(options=((10, option),)))


def test_rfc7873_section_5_2_1_who_sends_none_gets_none() -> None:
    door = Door()
    for datagram in (ask(), ask(edns=Edns())):
        for _ in range(3):
            response = read(door.ask(datagram))
            assert response.edns is None or response.edns.options == ()


@pytest.mark.parametrize("octets", [0, 1, 7, 9, 15, 41])
def test_rfc7873_section_5_2_2_a_length_that_none_has_is_formerr(octets: int) -> None:
    response = read(Door().ask(with_cookie(bytes(octets))))
    assert response.rcode == Rcode.FORMERR
    assert response.edns is not None
    assert response.edns.option(10) is None


@pytest.mark.parametrize("client", [LOOPBACK, FAR, FAR6, FAR._replace(transport="tcp")])
@pytest.mark.parametrize("name", ["www.example.com", "gone.example.com"])
def test_rfc7873_section_5_2_3_and_5_a_client_cookie_earns_one_that_is_good(
    client: Client, name: str
) -> None:
    """From servers, from the cache and from the image alike; and the image never has it."""
    door = Door()
    plain = [read(door.ask(ask(name, edns=Edns()), client)) for _ in range(3)]
    for _ in range(3):
        known = door.cookie(client=client, name=name)
        assert known[:8] == MINE
        assert len(known) == 24
        assert door.cookie(known, client, name) == known
    assert read(door.ask(ask(name, edns=Edns()), client)) == plain[-1]
    assert door.service.counters.cookies == {"new": 3, "good": 3, "bad": 0}


@pytest.mark.parametrize(
    "bad", [MINE + bytes(8), MINE + bytes(16), MINE + b"\1" + bytes(15), MINE + bytes(32)]
)
def test_rfc7873_section_5_2_4_a_bad_one_is_answered_with_a_good_one(bad: bytes) -> None:
    door = Door()
    door.ask(ask(edns=Edns()))
    for _ in range(3):
        response = read(door.ask(with_cookie(bad)))
        assert response.rcode == Rcode.NOERROR
        assert len(response.answer) == 1
        assert response.edns is not None
        assert response.edns.option(10) == door.cookie()


def test_rfc7873_section_5_2_4_an_expired_one_is_bad() -> None:
    door = Door(ttl=80_000)
    known = door.cookie()
    door.world.advance(3601)
    assert door.cookie(known) != known
    assert door.service.counters.cookies == {"new": 1, "good": 0, "bad": 1}


def test_rfc9018_section_4_3_a_good_one_is_renewed_after_half_an_hour() -> None:
    door = Door(ttl=80_000)
    known = door.cookie()
    door.world.advance(1801)
    renewed = door.cookie(known)
    assert renewed != known
    assert door.cookie(renewed) == renewed
    assert door.service.counters.cookies["bad"] == 0


def cookie_only(option: bytes) -> bytes:
    return compose(Message(9, codes.RD, 0, None, edns=Edns(options=((10, option),))))


def test_rfc7873_section_5_4_a_cookie_alone_may_be_asked_for() -> None:
    door = Door()
    first = read(door.at_once(cookie_only(MINE)))
    assert (first.rcode, first.question, first.answer) == (Rcode.NOERROR, None, ())
    known = first.edns.option(10) if first.edns else None
    assert known is not None
    again = read(door.at_once(cookie_only(known)))
    assert (again.rcode, again.edns and again.edns.option(10)) == (Rcode.NOERROR, known)
    wrong = read(door.at_once(cookie_only(MINE + bytes(16))))
    assert (wrong.rcode, wrong.edns and wrong.edns.option(10)) == (Rcode.BADCOOKIE, known)


def test_rfc7873_section_5_4_and_nothing_without_one() -> None:
    assert read(Door().at_once(compose(Message(9, codes.RD, 0, None, edns=Edns())))).rcode == Rcode.FORMERR
    assert read(Door(cookies=False).at_once(cookie_only(MINE))).rcode == Rcode.FORMERR


def test_refusals_and_failures_have_cookies_too() -> None:
    door = Door()
    door.fails("broken.example.com")
    for datagram in (
        with_cookie(MINE, "broken.example.com"),
        with_cookie(MINE, rtype=252),
        with_cookie(MINE, "localhost"),
        compose(
            Message(1, 0, 0, Question(from_text("a."), 1, 1), edns=Edns(version=1, options=((10, MINE),)))
        ),
    ):
        response = read(door.ask(datagram))
        assert response.edns is not None
        assert len(response.edns.option(10) or b"") == 24, response


def test_with_cookies_off_the_option_means_nothing() -> None:
    door = Door(cookies=False)
    for _ in range(3):
        assert door.cookie() == b""
    assert door.service.counters.cookies == {}


def test_a_hit_with_a_cookie_comes_from_an_image() -> None:
    door = Door()
    door.ask(with_cookie(MINE))
    door.at_once(with_cookie(MINE))
    door.service._answering.look = None  # type: ignore[method-assign,assignment]  # what is asked now is in the image
    for name in ("www.example.com", "wWw.exAmple.com"):
        for option in (MINE, b"another8"):
            for client in (LOOPBACK, LOOPBACK._replace(address="127.0.0.9")):
                response = read(door.at_once(with_cookie(option, name, id=99)))
                assert response.id == 99
                assert response.question is not None
                assert response.question.name == from_text(name)
                assert len(response.answer) == 1
                assert response.edns is not None
                earned = response.edns.option(10)
                assert earned is not None
                assert earned[:8] == option
                assert door.service._per_client is not None
                assert door.service._per_client.grant(earned, bytes((127, 0, 0, 1))).good
                assert client.address  # whose cookie it is, `cookies` tests


def test_a_response_keeps_its_limit_with_the_cookie_in_it() -> None:
    """One octet too few and it is TC, whichever way it goes."""
    door = Door()
    size = len(door.ask(ask("big.example.com", 16, edns=Edns())) or b"")
    for _ in range(3):
        for room, fits in ((size + 28, True), (size + 27, False)):
            datagram = ask("big.example.com", 16, edns=Edns(udp_size=room, options=((10, MINE),)))
            octets = door.ask(datagram)
            response = read(octets)
            assert (not response.tc, len(response.answer) == 8) == (fits, fits)
            assert len(octets or b"") <= room
            assert response.edns is not None
            assert len(response.edns.option(10) or b"") == 24


def test_f04_cookies_share_a_resolution() -> None:
    door = Door()
    for number in range(50):
        door.start(with_cookie(b"client%02d" % number))
    door.world.settle()
    assert len(door.engine.asked) == 1


def replies(
    door: Door, count: int, client: Client = FAR, datagram: bytes | None = None
) -> list[Message | None]:
    octets = [door.ask(datagram or ask(edns=Edns()), client) for _ in range(count)]
    return [None if one is None else read(one) for one in octets]


@pytest.mark.parametrize("cookies", [False, True])
def test_a19_alike_replies_to_a_network_are_so_many_and_every_second_more_is_tc(cookies: bool) -> None:
    door = Door(cookies=cookies, rate=5)
    got = replies(door, 25)
    assert [one is not None and len(one.answer) == 1 for one in got] == [True] * 5 + [False] * 20
    slipped = [one for one in got[5:] if one is not None]
    assert len(slipped) == 10
    assert all(one.tc and not one.answer and one.edns == Edns() for one in slipped)
    assert door.service.counters.dropped == {"rate_limited": 10}
    assert sum(door.service.counters.responses.values()) == 15
    assert sum(door.service.counters.requests.values()) == 25
    assert not any(replies(door, 1, NEAR_FAR))


def test_a19_what_a_network_s_own_bound_drops_is_not_said_to_be_the_other_s() -> None:
    """The reason is the kind of limit; which one it was, the limit that was hit says."""
    door = Door(all_rate=5)
    assert sum(one is not None for one in replies(door, 25)) == 5
    assert door.service.counters.dropped == {"rate_limited": 20}
    assert {e.limit for e in door.told if isinstance(e, LimitHit)} == {"admission.responses_per_network"}


def test_a19_the_short_way_and_the_long_way_have_one_account() -> None:
    """Images answer some of these, and the service others: a request with two options has none."""
    door = Door(cookies=False, rate=5, slip=0)
    replies(door, 3)  # from servers, from the cache, from the image
    long_way = ask(edns=Edns(options=((3, b""), (3, b""))))
    assert [one is not None for one in replies(door, 3, FAR, long_way)] == [True, True, False]
    assert replies(door, 1) == [None]


def test_a19_denials_are_counted_by_zone_and_errors_by_network() -> None:
    door = Door(cookies=False, rate=5, slip=0)
    for number in range(10):
        name = f"n{number}.example.com"
        door.knows(name, negative(name))
        door.takes = 0.0
        assert (door.ask(ask(name), FAR) is not None) is (number < 5)
    for number in range(10):
        assert (door.ask(ask(f"n{number}.example.net", 252), FAR) is not None) is (number < 5)
    assert replies(door, 1)[0] is not None


def test_loopback_tcp_and_a_good_cookie_are_exempt() -> None:
    door = Door(rate=1)
    known = door.cookie(client=FAR)
    assert replies(door, 1, FAR)[0] is None
    for client, datagram in (
        (LOOPBACK, ask()),
        (FAR._replace(transport="tcp"), ask()),
        (FAR, with_cookie(known)),
    ):
        assert all(one is not None and one.answer for one in replies(door, 20, client, datagram))


def test_rfc7873_section_5_2_4_who_speaks_cookies_slips_with_badcookie_and_comes_back() -> None:
    """For each way: the first from servers, the next from the cache, all others from the image."""
    door = Door(rate=3, slip=1)
    got = replies(door, 6, FAR, with_cookie(MINE))
    assert [one and one.rcode for one in got] == [Rcode.NOERROR] * 3 + [Rcode.BADCOOKIE] * 3
    last = got[-1]
    assert last is not None
    assert not last.tc
    assert last.edns is not None
    known = last.edns.option(10)
    assert known is not None
    assert read(door.ask(with_cookie(known), FAR)).answer
    long_way = ask(edns=Edns(options=((3, b""), (10, MINE))))
    refused = read(door.ask(long_way, FAR))
    assert (refused.rcode, refused.edns and refused.edns.option(10)) == (Rcode.BADCOOKIE, known)


def test_a_slip_is_no_bigger_than_its_question() -> None:
    door = Door(cookies=False, rate=1, slip=1)
    question = ask("big.example.com", 16, edns=Edns())
    sizes = [len(door.ask(question, FAR) or b"") for _ in range(5)]
    assert sizes[0] > 800
    assert sizes[1:] == [len(question)] * 4
    assert len(door.ask(ask("big.example.com", 16), FAR) or b"") == len(ask("big.example.com", 16))


def test_a_reply_that_was_waited_for_is_counted_when_it_goes() -> None:
    door = Door(cookies=False, rate=5, slip=0)
    jobs = [door.start(ask(id=n), FAR) for n in range(20)]
    door.world.settle()
    assert sum(door.world.run(job.join()) is not None for job in jobs) == 5


def test_in_shadow_mode_nothing_is_withheld() -> None:
    door = Door(cookies=False, rate=1, mode="shadow")
    assert all(replies(door, 20))
    assert door.service.counters.dropped == {}
