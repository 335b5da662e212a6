# SPDX-License-Identifier: ISC
"""How we speak with real servers: cookies, letter case, EDNS. That nothing of it fell back shows in the counters."""

from __future__ import annotations

import json

from tests.interop import zones
from tests.interop.dig import Dig
from tests.interop.hierarchy import Hierarchy
from tests.live.serving import Serving


def test_rfc7873_a_server_that_insists_on_its_cookie_gets_it(
    dig: Dig, internet: Hierarchy, resolver: Serving
) -> None:
    strict = dig.at(zones.OAK_AT, internet.port)("oak", "SOA", "+norec", "+cookie", "+nobadcookie")
    assert strict.status == "BADCOOKIE"
    assert dig("txt.oak", "TXT").status == "NOERROR"
    refusals = resolver.statistics("upstream.results.badcookie")
    assert refusals >= 1  # from then on the cookie is known
    assert dig("nowhere.oak").status == "NXDOMAIN"
    assert resolver.statistics("upstream.results.badcookie") == refusals


def test_proper_servers_are_never_found_broken(dig: Dig, resolver: Serving) -> None:
    """0x20, EDNS, QNAME minimisation and cookies at once, with three makers: no reply is dropped, none is an error."""
    for name in ("www.example.elm", "a.b.c.example.elm", "www.plain.oak", "25.0.18.198.in-addr.arpa"):
        assert dig(name, "ANY").status == "NOERROR"
    assert resolver.statistics("upstream.dropped_replies") == 0
    results = json.loads(resolver.command("stats", "--format", "json").stdout)["upstream"]["results"]
    assert not results.keys() & {"lame", "formerr", "notimp", "servfail", "refused", "badvers", "incoherent"}
    assert resolver.statistics("crashes") == 0
