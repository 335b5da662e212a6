# SPDX-License-Identifier: ISC
"""Rows F17 and F19: addresses that are never asked, and names that nobody is asked about. Numbers: the matrix's."""

from __future__ import annotations

import signal
from collections.abc import Sequence

import pytest

from resolver.settings.model import Configuration
from tests.faults.assertions import Row
from tests.faults.modes import Mode, Told
from tests.faults.modes_live import live
from tests.faults.modes_scenario import scenario
from tests.faults.test_amplification import basis, warmed
from tests.faults.world import ROOT_SERVER, World
from tests.live.asking import wait_until

UNSAFE = ("0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1", "240.0.0.1")
UNSAFE_6 = ("::", "::1", "::ffff:127.0.0.1", "fc00::1", "fe80::1", "ff02::1")
PRIVATE = ("10.0.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.168.0.1", "100.64.0.1")


def unsafe(addresses: Sequence[str]) -> World:
    glue = ((n, "AAAA" if ":" in address else "A", address) for n, address in enumerate(addresses))
    return basis("".join(f"z{n} NS ns.z{n}\nns.z{n} {rtype} {address}\n" for n, rtype, address in glue))


def test_F17_unsafe_server_addresses(row: Row) -> None:
    """Servers of the outer zones are forwarders here, which an operator gives: `dont_query` keeps its default."""
    networks = ",".join(Configuration().upstream.dont_query)
    addresses = UNSAFE + PRIVATE + UNSAFE_6
    world = unsafe(addresses)
    world.zone(".", [ROOT_SERVER, *addresses], world.behaviour("."))
    kept = [network for network in networks.split(",") if network != "127.0.0.0/8"] + ["127.0.0.0/16"]
    with scenario(world, {"upstream.dont_query": ",".join(kept)}) as session:
        warmed(session)
        for n in range(len(addresses)):
            assert session.ask(f"www.z{n}.pz.").rcode == "SERVFAIL"
        session.settle()
        sent = [asked.server for asked in session.world.log if asked.server in addresses]
        row.exactly("packets", len(sent), 0)


@pytest.mark.live
def test_F17_unsafe_server_addresses_on_sockets(row: Row) -> None:
    """What the process says it has sent is what the world got: nothing went elsewhere."""
    networks = [network for network in Configuration().upstream.dont_query if network != "127.0.0.0/8"]
    addresses = UNSAFE + UNSAFE_6 + tuple(address for address in PRIVATE if not address.startswith("127."))
    with live(unsafe(addresses), {"upstream.dont_query": ",".join(networks)}) as session:
        warmed(session)
        before = session.serving.statistics("upstream.queries")
        for n in range(len(addresses)):
            assert session.ask(f"www.z{n}.pz.").rcode == "SERVFAIL"
        session.settle()
        sent = session.serving.statistics("upstream.queries") - before
        row.exactly("packets elsewhere", sent - len(session.world.log), 0)


@pytest.mark.live
def test_F17_our_own_address(row: Row) -> None:
    """Our listener as the server of a zone: even an operator's word does not have us ask ourselves."""
    with live(basis()) as session:
        serving = warmed(session).serving
        serving.write(f'[[zone]]\nname = "self."\nstub = ["127.0.0.1#{serving.port}"]\n')
        serving.signal(signal.SIGHUP)
        wait_until(lambda: "configuration read again" in serving.log(), "it was read again")
        before = serving.statistics("upstream.queries")
        assert session.ask("www.self.").rcode == "SERVFAIL"
        row.exactly("packets to ourselves", serving.statistics("upstream.queries") - before, 0)


SPECIAL = (
    ("localhost.", "A"),
    ("localhost.", "AAAA"),
    ("foo.localhost.", "A"),
    ("1.0.0.127.in-addr.arpa.", "PTR"),
    ("1.0.0.10.in-addr.arpa.", "PTR"),
    ("1.1.168.192.in-addr.arpa.", "PTR"),
    ("1.0.16.172.in-addr.arpa.", "PTR"),
    ("1.1.254.169.in-addr.arpa.", "PTR"),
    ("1.1.64.100.in-addr.arpa.", "PTR"),
    ("1.2.0.192.in-addr.arpa.", "PTR"),
    ("1." + "0." * 29 + "d.f.ip6.arpa.", "PTR"),
    ("1." + "0." * 31 + "ip6.arpa.", "PTR"),
    ("x.test.", "A"),
    ("x.invalid.", "A"),
    ("x.onion.", "A"),
    ("x.local.", "A"),
    ("x.home.arpa.", "A"),
    ("_dns.resolver.arpa.", "SVCB"),
    ("resolver.arpa.", "A"),
    ("x.internal.", "A"),
    ("x.alt.", "A"),
    ("x.example.", "A"),
    ("x.service.arpa.", "A"),
    ("x.6tisch.arpa.", "A"),
    ("x.eap-noob.arpa.", "A"),
)


# What has data; `resolver.arpa.` is there without any (RFC 9462), all the others are not.
LOCAL = {
    ("localhost.", "A"): "127.0.0.1",
    ("localhost.", "AAAA"): "::1",
    ("foo.localhost.", "A"): "127.0.0.1",
    ("1.0.0.127.in-addr.arpa.", "PTR"): "localhost.",
    ("1." + "0." * 31 + "ip6.arpa.", "PTR"): "localhost.",
}


def is_locally_right(name: str, rtype: str, told: Told) -> bool:
    if (name, rtype) in LOCAL:
        return told.data == [LOCAL[name, rtype]]
    return not told.data and told.rcode == ("NOERROR" if "resolver.arpa" in name else "NXDOMAIN")


def test_F19_special_use_names(mode: Mode, row: Row) -> None:
    assert len(SPECIAL) == 25
    with mode(basis()) as session:
        right = [question for question in SPECIAL if is_locally_right(*question, session.ask(*question))]
        row.exactly("packets to the root", len(session.world.log), 0)
        row.exactly("names answered of 25", len(right), 25)


def test_F19_can_be_switched_off(row: Row) -> None:
    """A fresh resolver for each: one denial of the root's would answer for all names below it."""
    asked = 0
    for question in SPECIAL:
        with scenario(basis(), {"server.special_use": "false"}) as session:
            session.ask(*question)
            asked += len(session.world.log) > 0
    row.exactly("names asked for of 25", asked, 25)


@pytest.mark.live
def test_F19_can_be_switched_off_for_a_process(row: Row) -> None:
    with live(basis(), {"server.special_use": "false"}) as session:
        told = [
            session.ask(*question) for question in (("x.test.", "A"), ("localhost.", "A"), ("x.local.", "A"))
        ]
        row.exactly("names asked for of 3", len({a.text.split(".")[-2] for a in session.world.log}), 3)
        assert not any(one.data for one in told)
