# SPDX-License-Identifier: ISC
"""RFC 8945: signatures of dnspython's making are checked, ours are checked by dnspython."""

from __future__ import annotations

from pathlib import Path

import dns.rdata
import dns.tsig
import pytest
from dns.rdtypes.ANY.TSIG import TSIG

from resolver.lab.virtual_world import START_WALL
from resolver.service import NotifySettings
from resolver.service.tsig import (
    BADKEY,
    BADSIG,
    BADTIME,
    BadSignature,
    Keyring,
    Malformed,
    Signed,
    TsigKey,
    Unsigned,
    read_secret,
    sign,
    sign_error,
)
from resolver.wire import FormatError, parse
from tests.service.notifying import KEY, SECRET, notify, signed

RING = Keyring([KEY])


def verdict(datagram: bytes, wall: float = START_WALL, ring: Keyring = RING) -> object:
    return ring.check(datagram, parse(datagram), wall)


def tsig_of(message: bytes) -> TSIG:
    record = parse(message).additional[-1]
    rdata = dns.rdata.from_wire("ANY", "TSIG", record.rdata, 0, len(record.rdata))
    assert isinstance(rdata, TSIG)
    return rdata


@pytest.mark.parametrize(
    "algorithm", ["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"]
)
def test_rfc8945_5_2_a_good_signature_is_good(algorithm: str) -> None:
    key = TsigKey(name="Some.Key", algorithm=algorithm, secret=SECRET)  # type: ignore[arg-type]  # one of them
    datagram, _, mac = signed(serial=7, key=key)
    good = verdict(datagram, ring=Keyring([key]))
    assert isinstance(good, Signed)
    assert good.mac == mac


def test_rfc8945_5_2_every_octet_is_covered() -> None:
    datagram, _, _ = signed(serial=7)
    end = len(notify(serial=7))
    for at in [2, 3, *range(12, end)]:
        changed = datagram[:at] + bytes([datagram[at] ^ 0x01]) + datagram[at + 1 :]
        try:
            message = parse(changed)
        except FormatError:
            continue
        assert not isinstance(RING.check(changed, message, START_WALL), Signed), at


def test_no_signature_is_no_signature() -> None:
    assert isinstance(verdict(notify()), Unsigned)


@pytest.mark.parametrize(
    ("datagram", "wall", "error"),
    [
        (signed(secret="bm90LXRoZS1zZWNyZXQ=")[0], START_WALL, BADSIG),
        (signed(key=TsigKey(name="other.key", secret=SECRET))[0], START_WALL, BADKEY),
        (signed(key=TsigKey(name=KEY.name, algorithm="hmac-sha512", secret=SECRET))[0], START_WALL, BADKEY),
        (signed()[0], START_WALL + 301, BADTIME),
        (signed()[0], START_WALL - 301, BADTIME),
    ],
)
def test_rfc8945_5_2_what_is_wrong_is_named(datagram: bytes, wall: float, error: int) -> None:
    bad = verdict(datagram, wall)
    assert isinstance(bad, BadSignature)
    assert bad.error == error
    assert (bad.key is not None) is (error == BADTIME)


def test_rfc8945_5_2_time_decides_only_after_the_signature() -> None:
    late = verdict(signed(secret="bm90LXRoZS1zZWNyZXQ=")[0], START_WALL + 9999)
    assert isinstance(late, BadSignature)
    assert late.error == BADSIG


def test_rfc8945_5_1_tsig_is_the_last_record_and_alone() -> None:
    datagram, _, _ = signed()
    tsig = datagram[len(notify()) :]
    twice = datagram[:11] + bytes([datagram[11] + 1]) + datagram[12:] + tsig
    assert isinstance(verdict(twice), Malformed)
    followed = (
        datagram[:11]
        + b"\x02"
        + datagram[12:]
        + b"\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x7f\x00\x00\x01"
    )
    assert isinstance(verdict(followed), Malformed)
    cut = datagram[:-6] + b"\x00\x00\x00\x00\xff\xff"  # other data that is not there
    assert isinstance(verdict(cut), Malformed)


def test_rfc8945_5_3_our_signature_answers_theirs() -> None:
    datagram, key, mac = signed()
    good = verdict(datagram)
    assert isinstance(good, Signed)
    response = sign(notify(flags=0xA400), good, START_WALL)
    rdata, start = tsig_of(response), len(notify(flags=0xA400))
    dns.tsig.validate(response, key, key.name, rdata, int(START_WALL), mac, start)
    with pytest.raises(dns.tsig.BadSignature):
        dns.tsig.validate(response, key, key.name, rdata, int(START_WALL), b"x" + mac[1:], start)


def test_rfc8945_5_2_3_bad_time_is_signed_and_tells_ours() -> None:
    datagram, key, mac = signed()
    late = verdict(datagram, START_WALL + 1000)
    assert isinstance(late, BadSignature)
    bare = notify(flags=0xA400)
    response = sign_error(bare, late, START_WALL + 1000)
    rdata = tsig_of(response)
    assert (rdata.error, rdata.time_signed) == (BADTIME, int(START_WALL))
    assert int.from_bytes(rdata.other, "big") == int(START_WALL) + 1000
    with pytest.raises(dns.tsig.PeerBadTime):
        dns.tsig.validate(response, key, key.name, rdata, int(START_WALL), mac, len(bare))


def test_rfc8945_5_3_2_other_errors_are_not_signed() -> None:
    bad = verdict(signed(secret="bm90LXRoZS1zZWNyZXQ=")[0])
    assert isinstance(bad, BadSignature)
    rdata = tsig_of(sign_error(notify(flags=0xA400), bad, START_WALL))
    assert (rdata.error, rdata.mac) == (BADSIG, b"")


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n", "ascii")
    in_file = TsigKey(name="k", secret_file=str(path))
    assert read_secret(in_file) == read_secret(KEY)


@pytest.mark.parametrize("text", ["", "  \n", "not base64!", "\xff"])
def test_a_secret_that_is_none_is_told_with_the_remedy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret"
    path.write_text(text, "latin-1")
    with pytest.raises(ValueError, match=r"tsig-keygen|base64"):
        read_secret(TsigKey(name="k", secret_file=str(path)))
    with pytest.raises(ValueError, match="cannot be read"):
        read_secret(TsigKey(name="k", secret_file=str(tmp_path / "none")))


@pytest.mark.parametrize("given", [{}, {"secret": SECRET, "secret_file": "f"}])
def test_a_key_has_one_secret(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        TsigKey(name="k", **given)  # type: ignore[arg-type]  # by name


def test_workers_get_the_secret_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n", "ascii")
    settings = NotifySettings(key=(TsigKey(name=KEY.name, secret_file=str(path)),))
    assert settings.with_secrets() == NotifySettings(key=(KEY,))
