# SPDX-License-Identifier: ISC
"""Reads the words of `query` in any order, as dig does: NAME, TYPE, @server, +flag. Asks and prints nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import click

from resolver.cli.exits import CommandFailed, Exit
from resolver.wire import FormatError, Rtype, from_text, to_text
from resolver.wire.codes import type_from_text, type_to_text

_CLASSES: Final = {"IN": 1, "CH": 3, "HS": 4}
_ON_OFF: Final = {
    "short": "short",
    "dnssec": "dnssec",
    "do": "dnssec",
    "tcp": "tcp",
    "vc": "tcp",
    "cd": "cd",
    "cdflag": "cd",
    "rec": "rec",
    "recurse": "rec",
    "rd": "rec",
    "edns": "edns",
}
_NAME_REMEDIES: Final = {
    "bad-character": "write other octets than printable ASCII as \\DDD",
    "bad-escape": "write a backslash as \\\\, and octets as \\DDD",
    "bad-label-length": "labels are 1 to 63 octets, and all of it 255",
}
_NUMBERS: Final = {"bufsize": "bufsize", "timeout": "timeout", "time": "timeout", "tries": "tries"}


@dataclass(frozen=True, slots=True)
class Words:
    """What the words said. `server` is None when no @server was given; `names` are in wire form."""

    names: tuple[bytes, ...] = ()
    rtypes: tuple[int, ...] = ()
    server: str | None = None
    rclass: int = 1
    short: bool = False
    dnssec: bool = False
    tcp: bool = False
    cd: bool = False
    rec: bool = True
    edns: bool = True
    bufsize: int = 1232
    timeout: int = 5
    tries: int = 2


def read_words(words: Sequence[str]) -> Words:
    """Sort `words` out. A word that is a type's mnemonic is a type; write `mx.` to mean the name.

    A lone type asks for the root, as in dig. Raises CommandFailed with exit code 2.
    """
    said = Words()
    names: list[bytes] = []
    rtypes: list[int] = []
    for word in words:
        if word.startswith("@"):
            said = replace(said, server=word[1:])
        elif word.startswith("+"):
            said = _flag(said, word)
        elif (rtype := _type(word)) is not None:
            rtypes.append(rtype)
        elif word.upper() in _CLASSES and (names or len(words) > 1):
            said = replace(said, rclass=_CLASSES[word.upper()])
        else:
            names.append(read_name(word))
    if not names and not rtypes:
        raise CommandFailed(f"no name given - write: {_command()} www.example.com [TYPE]", Exit.USAGE)
    return replace(said, names=tuple(names) or (b"\x00",), rtypes=tuple(rtypes) or (int(Rtype.A),))


def read_name(text: str) -> bytes:
    """Read a name; Unicode becomes A-labels. Raises CommandFailed with exit code 2."""
    try:
        return from_text(text if text.isascii() else text.encode("idna").decode("ascii"))
    except (FormatError, UnicodeError) as error:
        remedy = _NAME_REMEDIES.get(str(error), _NAME_REMEDIES["bad-label-length"])
        raise CommandFailed(f"{text!r} is not a domain name - {remedy}", Exit.USAGE) from None


def spell_name(text: str | None) -> str | None:
    """Return a name that may be left out as the control socket reads it. Raises CommandFailed with exit code 2."""
    return None if text is None else to_text(read_name(text))


def spell_type(text: str | None) -> str | None:
    """Return a type that may be left out by its mnemonic. Raises CommandFailed with exit code 2."""
    return None if text is None else type_to_text(read_type(text))


def read_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an IP address. Raises CommandFailed with exit code 2."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise CommandFailed(f"{text!r} is not an IP address - write it like 192.0.2.1", Exit.USAGE) from None


def require_one(said: Words) -> None:
    """Refuse more than one name or type. Raises CommandFailed with exit code 2."""
    if len(said.names) > 1:
        last = to_text(said.names[-1]).removesuffix(".")
        raise CommandFailed(
            f"{last!r} is no record type, and one NAME is enough - give one NAME and one TYPE", Exit.USAGE
        )
    if len(said.rtypes) > 1:
        raise CommandFailed("more than one TYPE - run it again for the others", Exit.USAGE)


def reverse_name(address: str) -> bytes:
    """Return the name under which PTR records of `address` are. Raises CommandFailed with exit code 2."""
    return from_text(read_ip(address).reverse_pointer)


def read_type(text: str) -> int:
    """Read a record type. Raises CommandFailed with exit code 2."""
    rtype = _type(text)
    if rtype is None:
        raise CommandFailed(f"{text!r} is not a record type - write it like AAAA or TYPE65280", Exit.USAGE)
    return rtype


def _command() -> str:
    """The command as it was called, for what to write instead."""
    context = click.get_current_context(silent=True)
    return context.command_path if context else "resolver query"


def _type(text: str) -> int | None:
    try:
        return type_from_text(text)
    except FormatError:
        return None


def _flag(said: Words, word: str) -> Words:
    flag, _, value = word[1:].lower().partition("=")
    if flag in _NUMBERS:
        if not (value.isdecimal() and 0 < int(value) < 65536):
            raise CommandFailed(f"{word}: not a number - write +{flag}=N", Exit.USAGE)
        number: dict[str, Any] = {_NUMBERS[flag]: int(value)}
        return replace(said, **number)
    on = not (flag.startswith("no") and flag[2:] in _ON_OFF)
    field = _ON_OFF.get(flag if on else flag[2:])
    if field is None or value:
        known = " ".join(
            f"+{name}" for name in ("short", "dnssec", "tcp", "cd", "norec", "noedns", "bufsize=N")
        )
        raise CommandFailed(f"{word}: no such flag - known are {known}", Exit.USAGE)
    switch: dict[str, Any] = {field: on}
    return replace(said, **switch)
