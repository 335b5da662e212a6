# SPDX-License-Identifier: ISC
"""The internet of the differential run: a root, three TLDs and zones of every shape, some of whose servers are broken.

What may be asked of a zone is `differential_questions`' to draw. Every answer is the same whenever it is asked for.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

from resolver.engine.ports import Transport
from resolver.lab.authority import TCP_LIMIT, UDP_SIZE, Zones, fit, respond, udp_limit
from resolver.lab.lookup import Alias, Data, Redirect, look_up
from resolver.lab.zone_text import read_zone
from resolver.lab.zones import Zone
from resolver.wire import Rtype, from_text, names
from tests.faults.world import ROOT_SERVER, Action, Asked, Behaviour, Forgetful, packets, silent
from tests.faults.world_answers import saying

ZONES: Final = 60
TLDS: Final = ("aa", "bb", "cc")
HOSTS: Final = 20
_TTLS: Final = (2, 30, 60, 300, 3600, 86400)
_SOA: Final = "@ {ttl} SOA ns0 hostmaster 1 7200 900 1209600 {minimum}\n"
_BIG: Final = " ".join(f'"{letter * 200}"' for letter in "abcdefghijkl")


def zone_name(number: int) -> str:
    """The zone of that number, round and round."""
    number %= ZONES
    return f"z{number}.{TLDS[number % len(TLDS)]}."


@dataclass(slots=True)
class Served:
    """All of it: the servers, and what is published, for TTLs to be held against."""

    world: Forgetful = field(default_factory=Forgetful)
    zones: dict[bytes, Zone] = field(default_factory=dict)

    def published_ttl(self, owner: bytes, rtype: int) -> int | None:
        """What the owner's zone says; None for what no zone has. `owner` is a key: lower-case wire form."""
        above = [name for name in names.ancestors(owner) if name in self.zones]
        if rtype == Rtype.DS and len(above) > 1 and above[0] == owner:
            above.pop(0)
        match look_up(self.zones[above[0]], owner, rtype):
            case Data(sets):
                return sets[0].ttl
            case Alias(cname):
                return cname.ttl if rtype == Rtype.CNAME else None
            case Redirect(dname):
                return dname.ttl
            case _:
                return None

    def add(self, name: str, addresses: list[str], text: str, broken: dict[str, Behaviour]) -> None:
        """One zone at these addresses, some of which behave otherwise."""
        origin = from_text(name)
        self.zones[origin] = Zone.build(origin, read_zone(text, origin, 3600))
        served = _serving({origin: self.zones[origin]})
        self.world.zone(
            name, addresses, lambda asked: broken.get(asked.server, served)(asked), text="@ NS ns\n"
        )


def _serving(zones: Zones) -> Behaviour:
    def behave(asked: Asked) -> Action:
        udp = asked.transport is Transport.UDP
        return packets(
            fit(respond(zones, asked.message), udp_limit(asked.message, UDP_SIZE) if udp else TCP_LIMIT)
        )

    return behave


def build(seed: int) -> Served:
    """The same world for the same seed."""
    served, draw = Served(), random.Random(seed)
    root = ". 86400 SOA ns.root. hostmaster.root. 1 7200 900 1209600 900\n"
    root += f". 86400 NS ns.root.\nns.root. 86400 A {ROOT_SERVER}\n"
    cuts: dict[str, str] = dict.fromkeys(TLDS, "")
    for number in range(ZONES):
        cuts[TLDS[number % len(TLDS)]] += _add_zone(served, number, draw)
    for place, tld in enumerate(TLDS):
        address = f"127.67.0.{place + 1}"
        root += f"{tld}. 86400 NS ns.{tld}.\nns.{tld}. 86400 A {address}\n"
        apex = f"@ 86400 SOA ns hostmaster 1 7200 900 1209600 600\n@ 86400 NS ns\nns 86400 A {address}\n"
        lame = "lame NS ns0.lame\nlame NS ns1.lame\nns0.lame A 127.67.200.1\nns1.lame A 127.67.200.2\n"
        dead = "dead NS ns0.dead\nns0.dead A 127.67.200.3\n"
        served.add(f"{tld}.", [address], apex + cuts[tld] + lame + dead, {})
        served.world.zone(f"lame.{tld}.", ["127.67.200.1", "127.67.200.2"], saying(5))
        served.world.zone(f"dead.{tld}.", "127.67.200.3", silent)
    served.add(".", [ROOT_SERVER], root, {})
    return served


def _add_zone(served: Served, number: int, draw: random.Random) -> str:
    """Serve it and its child; the delegation that its TLD holds."""
    name, servers = zone_name(number), 1 + number % 4
    addresses = [f"127.67.{number + 1}.{n + 1}" for n in range(servers)]
    # Every fourth zone's servers have names in a zone that is reached without them: no glue.
    elsewhere = zone_name(number + 1) if number % 4 == 3 else ""
    label = name.partition(".")[0]
    apex = _SOA.format(ttl=draw.choice((60, 3600)), minimum=draw.choice((5, 60, 300, 3600)))
    cut, glue = "", ""
    for n, address in enumerate(addresses):
        if elsewhere:
            host = f"to{number}x{n}.{elsewhere}"
            apex += f"@ 3600 NS {host}\n"
            cut += f"{label} 3600 NS {host}\n"
        else:
            apex += f"@ 3600 NS ns{n}\nns{n} 3600 A {address}\n"
            cut += f"{label} 3600 NS ns{n}.{label}\nns{n}.{label} 3600 A {address}\n"
    if number % 4 == 0:  # the names of the last zone's servers
        last = (number - 1) % ZONES
        glue = "".join(f"to{last}x{n} 3600 A 127.67.{last + 1}.{n + 1}\n" for n in range(1 + last % 4))
    broken = _broken(number, addresses)
    child = (
        f"127.67.{number + 1}.{1 if number % 2 == 0 else 200}"  # at the parent's own server, or at another
    )
    text = apex + glue + _contents(number, draw) + f"sub NS ns.sub\nns.sub A {child}\n"
    served.add(name, addresses, text, broken)
    below = (
        f"@ 300 SOA ns hostmaster 1 7200 900 1209600 60\n@ 300 NS ns\nns 300 A {child}\nwww 300 A 192.0.2.3\n"
    )
    served.add(f"sub.{name}", [child], below + "* 60 TXT below\n@ 60 MX 5 www\n", {})
    return cut


def _broken(number: int, addresses: list[str]) -> dict[str, Behaviour]:
    """One server in some zones that have others, and never the first, which the child may live at."""
    if len(addresses) < 2:
        return {}
    for divisor, behaviour in ((5, saying(5)), (7, silent), (11, saying(2)), (13, saying(1))):
        if number % divisor == 0:
            return {addresses[-1]: behaviour}
    return {}


def _contents(number: int, draw: random.Random) -> str:
    """Every shape of data: hosts, wildcards, aliases in and out, empty non-terminals, strange types, big sets."""
    other, third = zone_name(number + 7), zone_name(number + 20)

    def ttl() -> int:
        return draw.choice(_TTLS)

    lines = [
        f"@ {ttl()} A 192.0.2.1",
        f"@ {ttl()} AAAA 2001:db8::1",
        f"@ {ttl()} MX 10 mail",
        f'@ {ttl()} TXT "v=spf1 -all"',
        f'@ {ttl()} CAA 0 issue "ca.example"',
        f"@ {ttl()} HTTPS 1 . alpn=h2",
        f"www {ttl()} A 192.0.2.2",
        f"mail {ttl()} A 192.0.2.25",
        f"mail {ttl()} AAAA 2001:db8::25",
        f"_sip._tcp {ttl()} SRV 0 5 5060 h1",
        f"_443._tcp.www {ttl()} TLSA 3 1 1 {'ab' * 32}",
        f'naptr {ttl()} NAPTR 100 10 "U" "E2U+sip" "!^.*$!sip:a@b.example!" .',
        f"loc {ttl()} LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
        f'hi {ttl()} HINFO "PC" "OS"',
        f"u {ttl()} TYPE65280 \\# 4 01020304",
        f"svc {ttl()} SVCB 1 h2 port=8443",
        f"ptr {ttl()} PTR h3",
        f"Mixed.Case {ttl()} A 192.0.2.4",
        f"*.w {ttl()} A 192.0.2.5",
        f"*.w {ttl()} TXT wild",
        f"held.w {ttl()} MX 10 mail",
        f"*.wc {ttl()} CNAME h0",
        f"*.wo {ttl()} CNAME www.{other}",
        f"x.y.ent {ttl()} TXT deep",
        f"c0 {ttl()} CNAME www",
        f"c1 {ttl()} CNAME h1.{other}",
        f"c2 {ttl()} CNAME c3",
        f"c3 {ttl()} CNAME c4",
        f"c4 {ttl()} CNAME c1.{third}",
        f"c5 {ttl()} CNAME nothing",
        f"c6 {ttl()} CNAME nothing.{other}",
        f"c7 {ttl()} CNAME any.w",
        f"c8 {ttl()} CNAME x.wc.{other}",
        f"c9 {ttl()} CNAME www.sub",
        f"c10 {ttl()} CNAME www.dn",
        f"c11 {ttl()} CNAME ent",
        f"cl {ttl()} CNAME cl.{zone_name(number + 1)}" if number % 6 else f"cl {ttl()} A 192.0.2.6",
        f"dn {ttl()} DNAME {other}",
        f"di {ttl()} DNAME y.ent",
        "zero 0 A 192.0.2.7",
        f"big {ttl()} TXT {_BIG}",
    ]
    lines += [f"h{n} {t} A 198.51.100.{n + 1}" for n in range(HOSTS) for t in (ttl(),)]
    lines += [f"h{n} {ttl()} AAAA 2001:db8:1::{n + 1}" for n in range(0, HOSTS, 3)]
    many = ttl()
    lines += [f"many {many} A 203.0.113.{n + 1}" for n in range(60)]
    return "\n".join(lines) + "\n"
