# SPDX-License-Identifier: ISC
"""Response rate limiting: never more than the rate, alike responses together, a bounded table, and who is exempt."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.events import Event, LimitHit
from resolver.service.admission import AdmissionSettings, Bites
from resolver.service.rates import Account, ResponseRates, Verdict, kind_of, network_of
from resolver.units import Seconds
from resolver.wire import Edns, Message, Question, Record, Rtype, codes, compose, from_text

VICTIM = bytes((192, 0, 2, 7))
SOA = from_text("example.com") * 2 + bytes(20)


def rates(
    per_second: int = 5, per_network: int = 0, *, told: list[Event] | None = None, **more: object
) -> ResponseRates:
    settings = AdmissionSettings(
        responses_per_second=per_second, responses_per_network=per_network,
        **{f"responses_{key}": value for key, value in more.items() if key != "mode"},
    )  # type: ignore[arg-type]  # by name  # fmt: skip
    mode = "shadow" if more.get("mode") == "shadow" else "enforce"
    return ResponseRates(settings, Bites(mode, lambda: 0.0, (told if told is not None else []).append))


def body(
    name: str = "www.example.com", rtype: int = Rtype.A, *, rcode: int = 0, answers: int = 1, soa: str = ""
) -> bytes:
    """A response after its ID."""
    owner = from_text(name)
    answer = tuple(Record(owner, int(rtype), 1, 60, bytes((192, 0, 2, n))) for n in range(answers))
    authority = (Record(from_text(soa), int(Rtype.SOA), 1, 60, SOA),) if soa else ()
    question = Question(owner, int(rtype), 1)
    return compose(Message(1, codes.QR, rcode, question, answer, authority))[2:]


def denial(name: str, soa: str = "") -> bytes:
    """NXDOMAIN after its ID."""
    return body(name, rcode=3, answers=0, soa=soa)


@given(
    st.lists(st.floats(0, 3), min_size=1, max_size=300),
    st.integers(1, 20),
    st.integers(1, 30),
)
def test_law_never_more_than_a_second_saved_up_and_the_rate(
    gaps: list[float], rate: int, window_s: int
) -> None:
    """In any stretch of t seconds at most rate * (t + 1), however the questions come."""
    account, now, taken = Account(float(rate), 0.0), 0.0, []
    for gap in gaps:
        now += gap
        if account.spend(now, rate, window_s):
            taken.append(now)
    for first, begin in enumerate(taken):
        for count, end in enumerate(taken[first:], 1):
            assert count <= rate * (end - begin + 1) + 1e-6


@given(
    st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 9), st.integers(0, 255)), min_size=1, max_size=300),
    st.integers(1, 5),
    st.integers(1, 20),
)
def test_law_a_network_is_never_sent_more_than_its_bound_whatever_is_asked(
    asked: list[tuple[float, int, int]], alike: int, every: int
) -> None:
    """Slips count too: nothing at all goes to the network beyond `responses_per_network`."""
    table, now, sent = rates(alike, every), 0.0, 0
    for gap, name, host in asked:
        now += gap
        if table.judge(VICTIM[:3] + bytes((host,)), body(f"n{name}.example.com"), now) is not Verdict.DROP:
            sent += 1
    assert sent <= every * (now + 1) + 1e-6


def test_who_stays_below_the_rate_is_never_bothered() -> None:
    table = rates(5)
    assert {table.judge(VICTIM, body(), step / 5) for step in range(1000)} == {Verdict.SEND}


def test_who_goes_on_asking_is_in_debt_for_the_window() -> None:
    """BIND's window: after a flood of any length the network is quiet for 15 s, or it is sent nothing."""
    table = rates(5, slip=0, window=Seconds(15))
    for step in range(3000):
        table.judge(VICTIM, body(), step / 100)
    assert table.judge(VICTIM, body(), 30 + 14.5) is Verdict.DROP
    assert table.judge(VICTIM, body(), 30 + 15.5) is Verdict.SEND


@pytest.mark.parametrize(("slip", "slips"), [(0, 0), (1, 95), (2, 47), (3, 31)])
def test_every_so_many_withheld_slips(slip: int, slips: int) -> None:
    table = rates(5, slip=slip)
    verdicts = [table.judge(VICTIM, body(), 0.0) for _ in range(100)]
    assert verdicts[:5] == [Verdict.SEND] * 5
    assert verdicts.count(Verdict.SLIP) == slips


def test_what_is_past_the_bound_of_the_network_never_slips() -> None:
    table = rates(100, 5, slip=1)
    assert [table.judge(VICTIM, body(), 0.0) for _ in range(50)][5:] == [Verdict.DROP] * 45


def test_a_slip_is_one_of_the_replies_to_its_network() -> None:
    table = rates(1, 5, slip=1)
    came = [table.judge(VICTIM, body(), 0.0) for _ in range(50)]
    assert came == [Verdict.SEND] + [Verdict.SLIP] * 4 + [Verdict.DROP] * 45


def test_networks_are_counted_apart_and_their_hosts_together() -> None:
    table = rates(5, slip=0)
    for host in range(5):
        assert table.judge(VICTIM[:3] + bytes((host,)), body(), 0.0) is Verdict.SEND
    assert table.judge(VICTIM, body(), 0.0) is Verdict.DROP
    assert table.judge(bytes((192, 0, 3, 7)), body(), 0.0) is Verdict.SEND


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "c00002"), ("2001:db8:0:1ff::1", "20010db8000001"), ("127.0.0.9", ""), ("::1", "")],
)
def test_a_network_is_a_24_or_a_56_and_loopback_none(address: str, network: str) -> None:
    assert network_of(ipaddress.ip_address(address).packed).hex() == network


def test_loopback_is_exempt() -> None:
    table = rates(1, 1)
    assert {table.judge(bytes((127, 0, 0, 1)), body(), 0.0) for _ in range(50)} == {Verdict.SEND}
    assert len(table) == 0


def test_which_responses_are_alike() -> None:
    alike = [
        (body("WWW.example.com"), body("www.example.com")),
        (body(answers=0, soa="example.com"), body(rtype=Rtype.MX, answers=0, soa="example.com")),  # NODATA: by name
        (denial("a.example.com", "example.com"), denial("b.c.Example.com", "Example.com")),
        (denial("a.example.org"), denial("b.example.org")),
        (denial("a.example.com", "."), denial("b.example.net", ".")),
        (body("a.example.com", rcode=2, answers=0), body("b.example.net", rcode=5, answers=0)),
    ]  # fmt: skip
    for one, other in alike:
        assert kind_of(one) == kind_of(other)
    kinds = [kind_of(one) for one, _ in alike]
    assert len(set(kinds)) == len(kinds)
    assert kind_of(body()) != kind_of(body(rtype=Rtype.AAAA))
    assert kind_of(body()) != kind_of(body("mail.example.com"))


def test_a_denial_behind_aliases_is_of_the_zone_that_denies() -> None:
    alias = Record(from_text("a.example.net"), 5, 1, 60, from_text("gone.example.com"))
    soa = Record(from_text("example.com"), 6, 1, 60, SOA)
    question = Question(from_text("a.example.net"), 1, 1)
    behind = compose(Message(1, codes.QR, 3, question, (alias,), (soa,)))[2:]
    assert kind_of(behind) == kind_of(denial("b.example.com", "example.com"))


def test_an_answer_without_a_question_is_an_error() -> None:
    assert kind_of(compose(Message(1, codes.QR, 0))[2:]) == kind_of(body(rcode=2, answers=0))


@pytest.mark.parametrize("cookie", [b"", bytes(16)])
def test_an_rcode_that_ends_in_the_opt_is_an_error(cookie: bytes) -> None:
    """BADVERS is 16: its header alone says NOERROR, and every name would have an account of its own."""
    edns = Edns(options=((codes.OptionCode.COOKIE, cookie),) if cookie else ())

    def reply(name: str, rcode: int) -> bytes:
        question = Question(from_text(name), int(Rtype.A), 1)
        return compose(Message(1, codes.QR, rcode, question, edns=edns))[2:]

    assert kind_of(reply("a.pz", codes.Rcode.BADVERS)) == kind_of(reply("b.pz", codes.Rcode.REFUSED))
    assert kind_of(reply("a.pz", codes.Rcode.NOERROR)) != kind_of(reply("b.pz", codes.Rcode.NOERROR))


def test_the_table_is_bounded_and_forgets_who_was_silent_longest() -> None:
    table = rates(1, slip=0, table=100)
    for step in range(5000):
        assert table.judge(bytes((10, step >> 8, step & 255, 1)), body(), 0.0) is Verdict.SEND
        assert table.judge(VICTIM, body(), 0.0) is (Verdict.DROP if step else Verdict.SEND)
    assert len(table) == 100


def test_a_full_table_counts_who_is_new() -> None:
    table = rates(1, slip=0, table=100)
    for step in range(200):
        table.judge(bytes((10, 0, step, 1)), body(), 0.0)
    assert [table.judge(VICTIM, body(), 0.0) for _ in range(2)] == [Verdict.SEND, Verdict.DROP]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    table = rates(1, slip=0)
    assert [table.judge(VICTIM, body(), at) for at in (10.0, 5.0, 10.0)] == [
        Verdict.SEND,
        Verdict.DROP,
        Verdict.DROP,
    ]


def test_in_shadow_mode_it_is_told_and_nothing_else() -> None:
    told: list[Event] = []
    table = rates(1, 2, told=told, mode="shadow")
    assert {table.judge(VICTIM, body(), 0.0) for _ in range(10)} == {Verdict.SEND}
    limits = [event.limit for event in told if isinstance(event, LimitHit) and not event.enforced]
    assert limits.count("admission.responses_per_second") == 9
    assert limits.count("admission.responses_per_network") == 8
