# SPDX-License-Identifier: ISC
"""Reading a root hints file: the names and addresses to ask first (RFC 9609 section 2).

Zone-file syntax is dnspython's business, but for the plain form in which hints are published: importing its parser
would take a quarter of our start. What priming does with the hints is the engine's.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final, NamedTuple

from resolver.settings.errors import SettingsError
from resolver.shipped import shipped
from resolver.wire import names

# A record on a line, all in it and all names absolute, as in IANA's named.root.
_PLAIN: Final = re.compile(r"(\S*\.)\s+\d+\s+(?:IN\s+)?(NS|A|AAAA)\s+(\S+)\s*(?:;.*)?", re.ASCII)
_Records = tuple[list[str], dict[str, list[str]]]


class RootServer(NamedTuple):
    """One root server of the hints: its name (wire form, as spelled) and its IPv4 and IPv6 addresses as text."""

    name: bytes
    addresses: tuple[str, ...]


def read_hints(path: str | Path = "") -> tuple[RootServer, ...]:
    """Return the root servers that the file at `path` names, in its order; empty: the hints shipped with the package.

    Raises SettingsError for `upstream.root_hints` when the file is unreadable, malformed or names no usable server.
    """
    file = Path(path) if path else shipped("root.hints")
    servers, addresses = _read_records(file)
    hints = tuple(
        RootServer(names.from_text(name), tuple(addresses[name.lower()]))
        for name in servers
        if name.lower() in addresses
    )
    if not hints:
        raise _fault(
            file, "names no root server with an address; it needs NS records of '.' and their A or AAAA"
        )
    return hints


def _read_records(file: Path) -> _Records:
    try:
        text = file.read_text("ascii")
    except OSError as error:
        raise _fault(file, f"cannot be read: {error.strerror or error}; give a readable file") from None
    except UnicodeDecodeError as error:
        raise _fault(file, f"not a zone file: {error}; mend it") from None
    return _read_plain(text) or _read_zone_file(text, file)


def _read_plain(text: str) -> _Records | None:
    """Read hints in their plain form; None when there is a line that needs a parser, or a fault to be explained."""
    servers: list[str] = []
    addresses: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line or line.startswith(";"):
            continue
        record = _PLAIN.fullmatch(line)
        if record is None or "\\" in line:
            return None
        owner, rtype, rdata = record.groups()
        if rtype == "NS":
            if owner != "." or not rdata.endswith("."):
                return None
            servers.append(rdata)
            continue
        try:
            address = ipaddress.IPv4Address(rdata) if rtype == "A" else ipaddress.IPv6Address(rdata)
        except ValueError:
            return None
        addresses.setdefault(owner.lower(), []).append(str(address))
    return servers, addresses


def _read_zone_file(text: str, file: Path) -> _Records:
    from dns.exception import DNSException
    from dns.rdatatype import AAAA, NS, A
    from dns.zonefile import read_rrsets

    try:
        rrsets = read_rrsets(text, rdclass=None, origin=".", relativize=False, default_ttl=3600000)
    except DNSException as error:
        raise _fault(file, f"not a zone file: {str(error) or type(error).__name__}; mend it") from None
    servers: list[str] = []
    addresses: dict[str, list[str]] = {}
    for rrset in rrsets:
        if rrset.rdtype == NS and rrset.name.to_text() == ".":
            servers.extend(rdata.target.to_text() for rdata in rrset)
        elif rrset.rdtype in (A, AAAA):
            addresses.setdefault(rrset.name.to_text().lower(), []).extend(rdata.address for rdata in rrset)
    return servers, addresses


def _fault(file: Path, remedy: str) -> SettingsError:
    return SettingsError("", "upstream.root_hints", str(file), remedy)
