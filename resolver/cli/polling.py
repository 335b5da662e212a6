# SPDX-License-Identifier: ISC
"""Asks many servers for one RRset at once and reads what each says of it. Prints nothing and remembers nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from resolver.cli.authorities import Ask
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.stub import Asked, ask
from resolver.control.presentation import rdata_text
from resolver.lab.watching import NEGATIVE, Reading, Role, Watched
from resolver.wire import Ede, Edns, Message, Rcode, Rtype, read_ede
from resolver.wire.codes import rcode_to_text, type_to_text
from resolver.wire.records import soa_fields

_AT_ONCE: Final = 32  # servers asked at the same time
_SPELT_ANY_CASE: Final = frozenset({int(Rtype.NS), int(Rtype.CNAME), int(Rtype.PTR), int(Rtype.DNAME)})
_STALE: Final = frozenset({int(Ede.STALE_ANSWER), int(Ede.STALE_NXDOMAIN_ANSWER)})


@dataclass(frozen=True, slots=True)
class Target:
    """A server of the list, where it is reached, and the name it is asked for."""

    watched: Watched
    endpoint: tuple[str, int]
    name: bytes


@dataclass(frozen=True, slots=True)
class Poll:
    """Asks for one type. `snoop` asks resolvers with RD=0, which does not make them fetch; `timeout` is in seconds."""

    rtype: int
    clock: Callable[[], float]
    timeout: float = 2.0
    snoop: bool = False
    ask: Ask = ask

    def round(self, targets: tuple[Target, ...]) -> Mapping[Watched, Reading]:
        """Ask all of them once. A server that does not answer costs one timeout, not the others theirs."""
        with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(targets) or 1)) as pool:
            return dict(zip((t.watched for t in targets), pool.map(self.read, targets), strict=True))

    def read(self, target: Target) -> Reading:
        """Ask one server. What it does not answer, or answers with an error, is a reading with a problem."""
        is_authority = target.watched.role is Role.AUTHORITY
        asked = Asked(
            target.name,
            self.rtype,
            rd=not (is_authority or self.snoop),
            edns=Edns(udp_size=1232),
            timeout=self.timeout,
            tries=1,
        )
        try:
            message = self.ask(asked, target.endpoint).message
        except CommandFailed as error:
            if error.code is Exit.USAGE:  # no address at all: waiting will not mend it
                raise
            return Reading(self.clock(), problem="no reply")
        return read(message, self.rtype, self.clock(), is_authority=is_authority)


def read(message: Message, rtype: int, at: float, *, is_authority: bool) -> Reading:
    """What a reply says of the RRset that was asked for."""
    if message.rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN):
        return Reading(at, problem=rcode_to_text(message.rcode))
    if is_authority and not message.aa:
        return Reading(at, problem="not authoritative")
    stale = any(code in _STALE for code, _ in read_ede(message.edns))
    found = [record for record in message.answer if record.rtype == rtype]
    if found:
        values = sorted({spell(rtype, record.rdata) for record in found})
        return Reading(at, tuple(values), min(record.ttl for record in message.answer), stale)
    soas = [record for record in message.authority if record.rtype == Rtype.SOA]
    if message.rcode == Rcode.NOERROR and not soas and not is_authority:
        return Reading(at, problem="nothing cached" if not message.rd else "no answer")
    negative = NEGATIVE[0] if message.rcode == Rcode.NXDOMAIN else NEGATIVE[1]
    ttl = min((min(soa.ttl, soa_fields(soa.rdata).minimum) for soa in soas), default=None)
    return Reading(at, (negative,), ttl, stale)


def spell(rtype: int, rdata: bytes) -> str:
    """The one spelling by which values are compared: presentation format, a lone name in lower case."""
    text = rdata_text(rtype, rdata)
    return text.lower() if rtype in _SPELT_ANY_CASE else text


def read_value(text: str, rtype: int) -> str:
    """Read a value that a person gave as rdata of `rtype`, or NXDOMAIN or NODATA. Raises CommandFailed, code 2."""
    if text.upper() in NEGATIVE:
        return text.upper()
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype

    try:
        kind = dns.rdatatype.RdataType.make(rtype)
        value = dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError, OSError) as error:
        raise CommandFailed(
            f"{text!r} is not a value of type {type_to_text(rtype)} ({str(error) or type(error).__name__})"
            " - write it as in a zone file, or NXDOMAIN or NODATA",
            Exit.USAGE,
        ) from None
    wire = value.to_wire()
    assert wire is not None  # None is for a file that was given to write to
    return spell(rtype, wire)
