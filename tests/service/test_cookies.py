# SPDX-License-Identifier: ISC
"""RFC 9018: the server cookies that every implementation makes of the same secret, and for how long they are good."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.service.cookies import DailySecrets, Grant, ServerCookies, given_secrets, secrets_for

SECRET = bytes.fromhex("e5e973e5a6b2a43f48e7dc849e37bfcf")
OTHER = bytes.fromhex("445536bcd2513298075a5d379663c962")
OLD = bytes.fromhex("dd3bdf9344b678b185a6f5cb60fca715")
CLIENT = bytes.fromhex("2464c4abcf10c957")
HOME = ipaddress.ip_address("198.51.100.100").packed
NOW = 1_559_731_985
DAY = 86_400


def cookies(*secrets: bytes) -> ServerCookies:
    return ServerCookies(secrets_for(secrets or (SECRET,), b""))


def judge(cookie: str, address: str, at: float, *secrets: bytes) -> Grant:
    return cookies(*secrets).judge(bytes.fromhex(cookie), ipaddress.ip_address(address).packed, at)


def test_rfc9018_a1_learning_a_new_server_cookie() -> None:
    grant = judge("2464c4abcf10c957", "198.51.100.100", NOW)
    assert grant == (bytes.fromhex("2464c4abcf10c957010000005cf79f111f8130c3eee29480"), False)


def test_rfc9018_a2_the_same_client_learning_a_renewed_one() -> None:
    known = "2464c4abcf10c957010000005cf79f111f8130c3eee29480"
    grant = judge(known, "198.51.100.100", 1_559_734_385)
    assert grant == (bytes.fromhex("2464c4abcf10c957010000005cf7a871d4a564a1442aca77"), True)


def test_rfc9018_a3_another_client_whose_reserved_octets_are_not_zero() -> None:
    known = "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5"
    assert judge(known, "203.0.113.203", 1_559_727_985 + 600).good
    late = judge(
        known, "203.0.113.203", 1_559_734_700
    )  # the RFC's own instant is past the hour of its section 4.3
    assert late == (bytes.fromhex("fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"), False)


def test_rfc9018_a4_ipv6_with_a_secret_rolled_over() -> None:
    known = "22681ab97d52c298010000005cf7c57926556bd0934c72f8"
    address = "2001:db8:220:1:59de:d0f4:8769:82b8"
    renewed = bytes.fromhex("22681ab97d52c298010000005cf7c609a6bb79d16625507a")
    assert judge(known, address, 0x5CF7C609, OTHER, OLD).good
    assert judge(known, address, 0x5CF7C609, OTHER) == (renewed, False)


@pytest.mark.parametrize(
    ("age", "good", "new"),
    [(0, True, False), (1800, True, False), (1801, True, True), (3600, True, True), (3601, False, True),
     (-300, True, False), (-301, False, True)],
)  # fmt: skip
def test_rfc9018_section_4_3_an_hour_back_five_minutes_ahead_and_new_after_half_an_hour(
    age: int, good: bool, new: bool
) -> None:
    known = cookies().judge(CLIENT, HOME, NOW).cookie
    grant = cookies().judge(known, HOME, NOW + age)
    assert (grant.good, grant.cookie != known) == (good, new)


def test_rfc9018_section_4_3_times_are_serial_numbers() -> None:
    before_the_wrap = (1 << 32) - 10
    known = cookies().judge(CLIENT, HOME, before_the_wrap).cookie
    assert cookies().judge(known, HOME, before_the_wrap + 60) == (known, True)


@given(st.integers(0, 23), st.integers(0, 7))
def test_one_bit_makes_a_bad_cookie(octet: int, bit: int) -> None:
    known = bytearray(cookies().judge(CLIENT, HOME, NOW).cookie)
    known[octet] ^= 1 << bit
    assert not cookies().judge(bytes(known), HOME, NOW).good


@pytest.mark.parametrize("address", ["198.51.100.101", "2001:db8::1", "::ffff:198.51.100.100"])
def test_a_cookie_is_good_from_one_address_alone(address: str) -> None:
    known = cookies().judge(CLIENT, HOME, NOW).cookie
    assert not cookies().judge(known, ipaddress.ip_address(address).packed, NOW).good


@pytest.mark.parametrize("octets", [16, 23, 25, 40])
def test_rfc7873_section_5_2_4_a_cookie_of_another_make_is_a_client_cookie_alone(octets: int) -> None:
    grant = cookies().judge(CLIENT + bytes([1]) * (octets - 8), HOME, NOW)
    assert grant == (cookies().judge(CLIENT, HOME, NOW).cookie, False)


def test_they_are_counted_by_what_they_are_worth() -> None:
    ours = cookies()
    known = ours.judge(CLIENT, HOME, NOW).cookie
    ours.judge(known, HOME, NOW)
    ours.judge(known, HOME, NOW + 1900)
    ours.judge(known, HOME, NOW + 3900)
    assert ours.counts == {"new": 1, "good": 2, "bad": 1}


def test_rfc7873_section_7_1_our_own_secret_is_another_each_day_and_yesterdays_is_accepted() -> None:
    master = bytes(range(32))
    ours, of_another_worker = (ServerCookies(DailySecrets(master)) for _ in range(2))
    midnight = NOW // DAY * DAY + DAY
    known = ours.judge(CLIENT, HOME, midnight - 1).cookie
    assert DailySecrets(master)(midnight - 1) != DailySecrets(master)(midnight)
    assert of_another_worker.judge(known, HOME, midnight) == (known, True)
    assert of_another_worker.judge(known, HOME, midnight + 3000).good
    assert not ServerCookies(DailySecrets(bytes(32))).judge(known, HOME, midnight).good


def secret_file(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "cookie.secrets"
    path.write_text(text, "ascii")
    path.chmod(mode)
    return str(path)


def test_secrets_come_from_a_file_of_their_owner(tmp_path: Path) -> None:
    file = secret_file(tmp_path, f"{OTHER.hex()}\n{OLD.hex()}\n")
    assert given_secrets((), file) == (OTHER, OLD)
    assert given_secrets((SECRET.hex(),), "") == (SECRET,)
    assert given_secrets((), "") == ()


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [("", 0o600, "no secret"), ("ab" * 15, 0o600, "secret 1"), (f"{'ab' * 16} {'zz' * 16}", 0o600, "secret 2"),
     ("ab" * 16, 0o640, "chmod 600"), ("ab" * 16, 0o604, "chmod 600")],
)  # fmt: skip
def test_a_file_that_is_none_says_what_to_do_and_never_a_secret(
    tmp_path: Path, text: str, mode: int, says: str
) -> None:
    with pytest.raises(ValueError, match=says) as error:
        given_secrets((), secret_file(tmp_path, text, mode))
    assert "abab" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        given_secrets((), str(tmp_path / "none"))
