# SPDX-License-Identifier: ISC
"""Reading a root hints file: the names and addresses to ask first (RFC 9609 section 2).

Zone-file syntax is dnspython's business; what priming does with the hints is the engine's.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from resolver.settings.errors import SettingsError
from resolver.shipped import shipped
from resolver.wire import names


class RootServer(NamedTuple):
    """One root server of the hints: its name (wire form, as spelled) and its IPv4 and IPv6 addresses as text."""

    name: bytes
    addresses: tuple[str, ...]


def read_hints(path: str | Path = "") -> tuple[RootServer, ...]:
    """Return the root servers that the file at `path` names, in its order; empty: the hints shipped with the package.

    Raises SettingsError for `upstream.root_hints` when the file is unreadable, malformed or names no usable server.
    """
    file = Path(path) if path else shipped("root.hints")
    servers, addresses = _read_zone_file(file)
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


def _read_zone_file(file: Path) -> tuple[list[str], dict[str, list[str]]]:
    from dns.exception import DNSException
    from dns.rdatatype import AAAA, NS, A
    from dns.zonefile import read_rrsets

    try:
        rrsets = read_rrsets(
            file.read_text("ascii"), rdclass=None, origin=".", relativize=False, default_ttl=3600000
        )
    except OSError as error:
        raise _fault(file, f"cannot be read: {error.strerror or error}; give a readable file") from None
    except (DNSException, UnicodeDecodeError) as error:
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
