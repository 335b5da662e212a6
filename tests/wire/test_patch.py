# SPDX-License-Identifier: ISC
"""Images changed in place say what composing again would say."""

from dataclasses import replace

import pytest

from resolver.wire import patch
from resolver.wire.compose import compose
from resolver.wire.edns import Edns
from resolver.wire.message import Message
from resolver.wire.names import from_text
from resolver.wire.parse import parse
from resolver.wire.records import Question, Record

WWW = from_text("www.example.com")
HOST = from_text("host.other.test")
MESSAGE = Message(
    id=1,
    flags=0x8180,
    question=Question(WWW, 1),
    answer=(Record(WWW, 5, 1, 300, HOST), Record(HOST, 1, 1, 20, b"1234")),
    authority=(Record(from_text("other.test"), 2, 1, 3600, HOST),),
    additional=(Record(HOST, 28, 1, 0, b"1" * 16),),
    edns=Edns(do=True, options=((15, b"\x00\x03"),)),
)
IMAGE = compose(MESSAGE)


def test_with_id() -> None:
    assert parse(patch.with_id(IMAGE, 0xABCD)) == replace(MESSAGE, id=0xABCD)
    assert patch.with_id(bytearray(IMAGE), 1) == IMAGE


def test_ttl_offsets_leave_opt_alone() -> None:
    offsets = patch.ttl_offsets(IMAGE)
    assert patch.read_ttls(IMAGE, offsets) == (300, 20, 3600, 0)
    assert patch.ttl_offsets(compose(Message(question=Question(WWW, 1)))) == ()


def test_rewriting_ttls() -> None:
    image = bytearray(IMAGE)
    patch.rewrite_ttls(image, patch.ttl_offsets(image), (1, 2, 3, 4))
    assert parse(bytes(image)).answer == (
        MESSAGE.answer[0]._replace(ttl=1),
        MESSAGE.answer[1]._replace(ttl=2),
    )
    patch.rewrite_ttls(image, patch.ttl_offsets(image), 30)
    changed = parse(bytes(image))
    assert {r.ttl for r in changed.answer + changed.authority + changed.additional} == {30}
    assert changed.edns == MESSAGE.edns
    with pytest.raises(ValueError, match="zip"):
        patch.rewrite_ttls(image, patch.ttl_offsets(image), (1, 2))


def test_ageing_never_goes_below_the_least() -> None:
    image = bytearray(IMAGE)
    offsets = patch.ttl_offsets(image)
    patch.age_ttls(image, offsets, (300, 20, 3600, 0), 25)
    assert patch.read_ttls(image, offsets) == (275, 1, 3575, 1)
    patch.age_ttls(image, offsets, (300, 20, 3600, 0), 25, least=0)
    assert patch.read_ttls(image, offsets) == (275, 0, 3575, 0)


def test_set_flags() -> None:
    image = bytearray(IMAGE)
    patch.set_flags(image, on=0x0210, off=0x0100)
    assert parse(bytes(image)) == replace(MESSAGE, flags=0x8290)


SHORT = replace(MESSAGE, additional=(), edns=Edns(do=True))


def test_a_cookie_is_put_where_composing_would() -> None:
    body = compose(SHORT)[2:]
    whole = parse(b"\0\1" + patch.with_cookie(body, b"c" * 24))
    assert whole == replace(SHORT, edns=Edns(do=True, options=((10, b"c" * 24),)))


@pytest.mark.parametrize("edns", [None, Edns(), Edns(do=True)])
@pytest.mark.parametrize("rcode", [0, 3])
def test_cut_short_is_what_composing_no_records_gives(edns: Edns | None, rcode: int) -> None:
    message = replace(SHORT, edns=edns, rcode=rcode)
    cut = b"\0\1" + patch.cut_short(compose(message)[2:], 10 + len(WWW) + 4)
    assert cut == compose(Message(1, 0x8380, 0, message.question, edns=edns))


def test_rfc7873_cut_short_with_a_cookie_is_badcookie() -> None:
    cut = b"\0\1" + patch.cut_short(compose(replace(SHORT, rcode=3))[2:], 10 + len(WWW) + 4, b"c" * 24)
    edns = Edns(do=True, options=((10, b"c" * 24),))
    assert cut == compose(Message(1, 0x8180, 23, SHORT.question, edns=edns))
