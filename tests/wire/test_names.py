# SPDX-License-Identifier: ISC
"""Names as wire bytes: boundaries, escapes and limits."""

import pytest

from resolver.wire import names
from resolver.wire.errors import FormatError
from resolver.wire.names import ROOT, from_text, to_text

WWW = b"\x03www\x07Example\x03com\x00"
LABEL63 = "a" * 63
LONGEST = ".".join([LABEL63, LABEL63, LABEL63, "a" * 61])  # 255 octets on the wire


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        (".", b"\x00"),
        ("com", b"\x03com\x00"),
        ("www.Example.com.", WWW),
        (r"a\.b.c", b"\x03a.b\x01c\x00"),
        (r"\000\255.x", b"\x02\x00\xff\x01x\x00"),
        (r"\\.\@", b"\x01\\\x01@\x00"),
        ("xn--mnchen-3ya.de", b"\x0exn--mnchen-3ya\x02de\x00"),
        ("_dns.*.x", b"\x04_dns\x01*\x01x\x00"),
    ],
)
def test_rfc1035_section_5_1_text(text: str, wire: bytes) -> None:
    assert from_text(text) == wire
    assert from_text(to_text(wire)) == wire


def test_text_is_absolute_and_escapes_what_would_mislead() -> None:
    assert to_text(ROOT) == "."
    assert to_text(WWW) == "www.Example.com."
    assert to_text(b"\x04a.\x00\xff\x00") == r"a\.\000\255."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        ".a",
        "a..b",
        "a b",
        "münchen.de",
        "a\\",
        r"a\2",
        r"a\25x",
        r"a\256",
        "a\\é",
        "a\\²",
        "a" * 64,
        LONGEST + "a",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        from_text(text)


def test_the_longest_name_is_255_octets() -> None:
    wire = from_text(LONGEST)
    assert len(wire) == 255
    assert names.check(wire) is wire
    one_more = bytes((wire[0] - 1,)) + wire[2:64] + b"\x01x" + wire[64:]
    assert len(one_more) == 256
    for too_long in (one_more, b"\x01x" + wire):
        with pytest.raises(FormatError, match="name-too-long"):
            names.check(too_long)


@pytest.mark.parametrize(
    "wire", [b"", b"\x03ww", b"\x03www", b"\x40" + b"a" * 64 + b"\x00", b"\xc0\x0c", b"\x00\x00"]
)
def test_check_takes_exactly_one_name(wire: bytes) -> None:
    with pytest.raises(FormatError):
        names.check(wire)


def test_rfc4343_folding_touches_letters_alone() -> None:
    length_65_does_not_exist = bytes((63,)) + b"A" * 63 + b"\x01\xc4\x00"
    assert names.key_of(length_65_does_not_exist) == bytes((63,)) + b"a" * 63 + b"\x01\xc4\x00"


def test_walking_up() -> None:
    assert names.labels(WWW) == (b"www", b"Example", b"com")
    assert names.labels(ROOT) == ()
    assert names.count_labels(WWW) == 3
    assert names.count_labels(ROOT) == 0
    assert names.parent(WWW) == b"\x07Example\x03com\x00"
    assert names.parent(b"\x03com\x00") == ROOT
    assert list(names.ancestors(WWW)) == [WWW, b"\x07Example\x03com\x00", b"\x03com\x00", ROOT]
    assert list(names.ancestors(ROOT)) == [ROOT]
    with pytest.raises(ValueError, match="root"):
        names.parent(ROOT)


def test_suffix_counts_from_the_right() -> None:
    assert names.suffix(WWW, 0) == ROOT
    assert names.suffix(WWW, 1) == b"\x03com\x00"
    assert names.suffix(WWW, 3) == names.suffix(WWW, 9) == WWW


def test_below_sees_label_boundaries_only() -> None:
    com, example = from_text("com"), from_text("example.com")
    assert names.is_at_or_below(example, com)
    assert names.is_at_or_below(com, com)
    assert names.is_below(example, com)
    assert not names.is_below(com, com)
    assert names.is_at_or_below(com, ROOT)
    assert names.is_at_or_below(ROOT, ROOT)
    assert not names.is_at_or_below(com, example)
    assert not names.is_at_or_below(from_text("notexample.com"), example)
    # The bytes of the ancestor stand at the end, but inside a label.
    assert not names.is_at_or_below(b"\x05a\x03com\x00", com)


def test_common_ancestor() -> None:
    a, b = from_text("a.x.example"), from_text("b.x.example")
    assert names.common_ancestor(a, b) == from_text("x.example")
    assert names.common_ancestor(a, a) == a
    assert names.common_ancestor(a, from_text("org")) == ROOT


def test_join_keeps_the_limits() -> None:
    assert names.join(b"www", b"\x03com\x00") == b"\x03www\x03com\x00"
    for label in (b"", b"a" * 64):
        with pytest.raises(FormatError):
            names.join(label, ROOT)
    with pytest.raises(FormatError):
        names.join(b"a", from_text(LONGEST))


def test_rfc6672_section_2_2_dname_substitution_may_overflow() -> None:
    name, old = from_text("a.b.old.example"), from_text("old.example")
    assert names.replace_suffix(name, len(old), from_text("new.test")) == from_text("a.b.new.test")
    assert names.replace_suffix(name, len(old), ROOT) == from_text("a.b")
    with pytest.raises(FormatError):
        names.replace_suffix(name, len(old), from_text(LONGEST))
    for size in (250, 251, 252):  # "a.b." takes four octets
        new = from_text(LONGEST[255 - size :].lstrip("."))
        assert len(new) == size
        if size + 4 <= 255:
            assert len(names.replace_suffix(name, len(old), new)) == size + 4
        else:
            with pytest.raises(FormatError, match="name-too-long"):
                names.replace_suffix(name, len(old), new)
