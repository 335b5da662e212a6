# SPDX-License-Identifier: ISC
"""The words of `query`, in any order, as fingers trained on dig type them."""

from __future__ import annotations

from itertools import permutations

import pytest

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.words import read_name, read_words, reverse_name
from resolver.wire import from_text

NAME = from_text("example.com.")


def test_word_order_is_free():
    words = ["MX", "example.com", "@127.0.0.1:5300", "+short"]
    readings = {read_words(order) for order in permutations(words)}
    (said,) = readings
    assert (said.names, said.rtypes, said.server, said.short) == ((NAME,), (15,), "127.0.0.1:5300", True)


def test_defaults_are_an_a_query_with_recursion_and_edns():
    said = read_words(["example.com"])
    assert (said.rtypes, said.rec, said.edns, said.tcp, said.cd, said.dnssec) == (
        (1,),
        True,
        True,
        False,
        False,
        False,
    )


def test_flags_have_digs_names_and_their_no_forms():
    said = read_words(["x", "+dnssec", "+vc", "+cdflag", "+norec", "+noedns", "+bufsize=512", "+tries=1"])
    assert (said.dnssec, said.tcp, said.cd, said.rec, said.edns, said.bufsize, said.tries) == (
        True, True, True, False, False, 512, 1,
    )  # fmt: skip


def test_a_lone_type_asks_for_the_root_and_a_final_dot_makes_a_name():
    assert read_words(["ns"]).names == (b"\x00",)
    said = read_words(["mx.", "A", "AAAA"])
    assert (said.names, said.rtypes) == ((from_text("mx."),), (1, 28))


def test_unknown_types_by_number_and_chaos_class():
    assert read_words(["x", "TYPE65280"]).rtypes == (65280,)
    assert read_words(["version.bind", "CH", "TXT"]).rclass == 3


def test_unicode_becomes_a_labels():
    assert read_name("bücher.example") == from_text("xn--bcher-kva.example.")


def test_reverse_names():
    assert reverse_name("192.0.2.1") == from_text("1.2.0.192.in-addr.arpa.")
    assert reverse_name("2001:db8::1").endswith(from_text("8.b.d.0.1.0.0.2.ip6.arpa."))


@pytest.mark.parametrize(
    "words", [[], ["+short"], ["a..b"], ["x", "+nope"], ["x", "+bufsize=much"], ["x", "+short=1"]]
)
def test_bad_words_are_usage_errors_with_a_remedy(words):
    with pytest.raises(CommandFailed, match=" - ") as failed:
        read_words(words)
    assert failed.value.code is Exit.USAGE


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("a..b", "labels are 1 to 63 octets"), ("a b", "as .DDD"), ("a\\9", "write a backslash as")],
)
def test_what_is_no_name_says_what_would_be_one(name, remedy):
    with pytest.raises(CommandFailed, match=remedy):
        read_name(name)


@pytest.mark.parametrize(
    "words",
    [
        ["cache", "show"],
        ["cache", "explain"],
        ["cache", "flush"],
        ["cache", "notify"],
        ["trace"],
        ["watch"],
        ["query"],
    ],
)
def test_every_command_refuses_the_same_names_in_the_same_words(command, words):
    code, out, err = command(*words, "a..b")
    assert (code, out) == (2, "")
    assert err == "error: 'a..b' is not a domain name - labels are 1 to 63 octets, and all of it 255\n"


@pytest.mark.parametrize(
    "words",
    [
        ["cache", "show", "--type"],
        ["cache", "explain", "x"],
        ["cache", "flush", "--type"],
        ["lab", "set", "x"],
    ],
)
def test_every_command_refuses_the_same_types(command, words):
    more = ["60", "192.0.2.1"] if words[0] == "lab" else []
    code, _, err = command(*words, "BOGUS", *more)
    assert (code, err) == (2, "error: 'BOGUS' is not a record type - write it like AAAA or TYPE65280\n")


@pytest.mark.parametrize("name", ["trace", "watch"])
def test_a_mistyped_type_is_not_taken_for_a_second_name(command, name):
    code, _, err = command(name, "www.example.com", "BOGUS")
    assert (code, err) == (
        2,
        "error: 'BOGUS' is no record type, and one NAME is enough - give one NAME and one TYPE\n",
    )
    assert command(name)[2] == f"error: no name given - write: resolver {name} www.example.com [TYPE]\n"


def test_unicode_names_go_to_the_socket_as_a_labels(command, control):
    control.replies["/api/v1/cache/entries"] = (200, {"schema": 1, "entries": []})
    assert command("cache", "show", "bücher.example")[0] == 0
    assert "name=xn--bcher-kva.example." in control.asked[-1][1]


def test_an_age_that_is_none_says_how_one_is_written(command):
    code, _, err = command("cache", "flush", "--stored-before", "yesterday")
    assert code == 2
    assert err.endswith("neither an age nor an instant - write it like 2h or 2026-11-21T02:30Z\n")
