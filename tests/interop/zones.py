# SPDX-License-Identifier: ISC
"""The zones of the real hierarchy, as text. Which program serves which: `hierarchy`. No process is started here.

.                   NSD, signed by BIND's tools
├─ elm.             Knot DNS, which signs it by itself
│  ├─ example.elm.  NSD, signed with NSEC3: every type there is
│  └─ bogus.elm.    NSD, its signatures are broken on purpose
├─ oak.             BIND, signed with NSEC
│  ├─ plain.oak.    NSD, unsigned, its only server's name is in example.elm (no glue)
│  └─ many.oak.     NSD, unsigned, 5,000 names of its own and a wildcard
└─ 18.198.in-addr.arpa.  NSD, delegated from the root over three empty non-terminals
"""

from __future__ import annotations

from collections.abc import Mapping

ROOT_AT = "127.88.0.1"
LEAVES_AT = "127.88.0.2"
ELM_AT = "127.88.0.3"
OAK_AT = "127.0.0.1"  # BIND listens only on addresses that an interface bears
ADDRESSES = (ROOT_AT, LEAVES_AT, ELM_AT, OAK_AT)

GENERATED = 5000

_SOA = "@ 3600 SOA {ns} hostmaster.{ns} 1 7200 900 1209600 300\n@ 3600 NS {ns}\n"

ROOT = f"""\
$TTL 86400
. SOA a.rootnet. hostmaster.rootnet. 1 7200 900 1209600 300
. NS a.rootnet.
a.rootnet. A {ROOT_AT}
elm. NS ns.elm.
ns.elm. A {ELM_AT}
oak. NS ns.oak.
ns.oak. A {OAK_AT}
18.198.in-addr.arpa. NS ns.example.elm.
"""

ELM = (
    "$ORIGIN elm.\n$TTL 3600\n"
    + _SOA.format(ns="ns.elm.")
    + f"""\
ns          A    {ELM_AT}
example     NS   ns.example.elm.
ns.example  A    {LEAVES_AT}
bogus       NS   ns.example.elm.
"""
)

OAK = (
    "$ORIGIN oak.\n$TTL 3600\n"
    + _SOA.format(ns="ns.oak.")
    + f"""\
ns     A    {OAK_AT}
txt    TXT  "a TLD with a record of its own"
plain  NS   ns.example.elm.
many   NS   ns.example.elm.
"""
)

_LONG = " ".join(f'"{number:03d} {"x" * 230}"' for number in range(12))

EXAMPLE = (
    "$ORIGIN example.elm.\n$TTL 300\n"
    + _SOA.format(ns="ns.example.elm.")
    + f"""\
ns         3600  A      {LEAVES_AT}
@          A      198.18.0.1
@          AAAA   2001:2::1
@          MX     10 mail
@          MX     20 mail.plain.oak.
@          TXT    "v=spf1 -all" "second string"
@          CAA    0 issue "ca.example.elm"
@          CAA    128 iodef "mailto:security@example.elm"
@          HTTPS  1 . alpn="h2,h3" ipv4hint=198.18.0.1
mail       A      198.18.0.25
www        60     CNAME  @
far        60     CNAME  www.plain.oak.
farther    60     CNAME  back.plain.oak.
gone       60     CNAME  nowhere.plain.oak.
old        DNAME  plain.oak.
*.wild     TXT    "expanded"
a.b.c      A      198.18.0.3
long       TXT    {_LONG}
many       A      198.18.0.4
many       A      198.18.0.5
many       A      198.18.0.6
_sip._tcp  SRV    1 2 5060 mail
_sip._tcp  SRV    3 4 5061 sip.plain.oak.
naptr      NAPTR  10 20 "u" "E2U+sip" "!^.*$!sip:info@example.elm!" .
_443._tcp.www  TLSA  3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971
ssh        SSHFP  4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
_dns       SVCB   1 dns.example.elm. alpn=dot port=8853
rp         RP     admin.example.elm. txt.example.elm.
hinfo      HINFO  "PDP-11" "UNIX"
loc        LOC    52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
uri        URI    10 1 "https://www.example.elm/"
private    TYPE65280  \\# 4 0a000001
"""
)

BOGUS = (
    "$ORIGIN bogus.elm.\n$TTL 300\n"
    + _SOA.format(ns="ns.example.elm.")
    + "www A 198.18.0.66\nother A 198.18.0.67\n"
)

PLAIN = (
    "$ORIGIN plain.oak.\n$TTL 300\n"
    + _SOA.format(ns="ns.example.elm.")
    + """\
www   A      198.18.1.1
mail  A      198.18.1.25
sip   AAAA   2001:2::5060
back  60     CNAME  www.example.elm.
loop1 60     CNAME  loop2
loop2 60     CNAME  loop1
"""
)

MANY = (
    "$ORIGIN many.oak.\n$TTL 300\n"
    + _SOA.format(ns="ns.example.elm.")
    + "*.wild A 198.18.2.1\n"
    + "".join(f"n{number} A 198.18.{3 + number // 250}.{number % 250}\n" for number in range(GENERATED))
)

REVERSE = (
    "$ORIGIN 18.198.in-addr.arpa.\n$TTL 300\n"
    + _SOA.format(ns="ns.example.elm.")
    + "1.0 PTR example.elm.\n25.0 PTR mail.example.elm.\n"
)

UNSIGNED: Mapping[str, str] = {"plain.oak.": PLAIN, "many.oak.": MANY, "18.198.in-addr.arpa.": REVERSE}
SIGNED: Mapping[str, str] = {"example.elm.": EXAMPLE, "bogus.elm.": BOGUS}


def hints() -> str:
    """The root hints file of this hierarchy."""
    return f". 3600000 NS a.rootnet.\na.rootnet. 3600000 A {ROOT_AT}\n"
