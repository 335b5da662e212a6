# SPDX-License-Identifier: ISC
"""Traps that others fell into with what an answer or a failure is taken to be of; the table is in docs/policies.md."""

from __future__ import annotations

from resolver.wire import Rtype
from tests.engine.scripted import Asked, Sent, referral, reply, soa
from tests.scenarios.traps.world import LEAF, WWW, ZONE, Leaf, Resolver

OTHER = "other.shop0."


def test_trap_a_denial_reaches_over_to_names_it_does_not_deny() -> None:
    """An NSEC from one end of the zone to the other, and a question for the wildcard itself: neither denies `www`."""

    def leaf(asked: Asked) -> Sent:
        if asked.name == WWW:
            return reply(asked, [f"{WWW} 60 A 192.0.2.77"])
        reach = f"{ZONE} 3600 NSEC {ZONE} SOA NS RRSIG NSEC"
        return reply(asked, authority=[soa(ZONE, 3600, 3600), reach], rcode=3)

    resolver = Resolver(leaf)
    assert resolver.ask(f"none.{ZONE}").rcode == "NXDOMAIN"
    assert resolver.ask(f"*.{ZONE}").rcode == "NXDOMAIN"
    assert resolver.ask(WWW).rcode == "NOERROR"


def test_trap_a_server_lame_for_one_zone_is_shut_out_of_all_others() -> None:
    """A cache of lame servers lets whoever delegates to your server take your zones away."""

    def leaf(asked: Asked) -> Sent:
        if asked.name.endswith(OTHER):
            return reply(asked, rcode=5)
        return reply(asked, [f"{asked.name} 60 A 192.0.2.77"])

    def tld(asked: Asked) -> Sent:
        zone = OTHER if asked.name.endswith(OTHER) else ZONE
        return referral(asked, zone, ns=LEAF)

    resolver = Resolver(leaf, None, {"192.0.2.2": tld})
    for number in range(20):
        assert resolver.ask(f"w{number}.{OTHER}").rcode == "SERVFAIL"
        assert resolver.ask(f"w{number}.{ZONE}").rcode == "NOERROR"


def test_trap_stale_answers_turn_hits_into_misses() -> None:
    """Whether stale data is on does not change what a hit is: an answer from the cache, fresh or stale by label."""
    seen = {}
    for enabled in ("true", "false"):
        leaf = Leaf(ttl=60)
        resolver = Resolver(leaf, {"stale.enabled": enabled})
        resolver.ask()
        resolver.ask()
        leaf.out = True
        resolver.wait(61)
        resolver.ask()
        resolver.ask()
        hits = resolver.service.counters.cache_hits
        seen[enabled] = {
            state: sum(count for (kind, label), count in hits.items() if label == state and kind != "failure")
            for state in ("fresh", "stale")
        }
        assert resolver.service.counters.cache_requests == 4
    assert seen == {"true": {"fresh": 1, "stale": 2}, "false": {"fresh": 1, "stale": 0}}


def test_trap_a_cache_of_packets_hides_questions_from_the_counters() -> None:
    """Finished responses are kept here too; a hit on one counts like any other."""
    resolver = Resolver(Leaf(ttl=600))
    resolver.ask(WWW, Rtype.A)
    for _ in range(1000):
        resolver.ask(WWW, Rtype.A)
    counters = resolver.service.counters
    assert counters.cache_requests == 1001
    assert sum(count for (_, state), count in counters.cache_hits.items() if state == "fresh") == 1000
