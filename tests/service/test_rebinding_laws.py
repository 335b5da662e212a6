# SPDX-License-Identifier: ISC
"""The law of `[rebinding]` over random histories: no response has a private address for a name that may have none."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.cache.entry import Entry
from resolver.service.rebinding import RebindingSettings
from resolver.wire import Message, Rtype, from_text
from tests.service.fakes import Scene, cname, lifetime
from tests.service.test_rebinding import address

HOSTS = ("a.public.example.net", "b.corp.example.net")
NUMBERS = ("8.8.8.8", "10.0.0.1", "2001:4860::1", "::1", "::ffff:192.168.0.1")
MAPPED = bytes(10) + b"\xff\xff"
asking = st.tuples(st.just("ask"), st.sampled_from(HOSTS), st.sampled_from([Rtype.A, Rtype.AAAA, Rtype.ANY]))
happening = st.one_of(
    asking,
    asking,
    st.tuples(st.just("wait"), st.just(""), st.sampled_from([1, 55, 70])),
    st.tuples(st.just("has"), st.sampled_from(HOSTS), st.sampled_from(NUMBERS)),
    st.tuples(st.just("leads on"), st.sampled_from(HOSTS), st.sampled_from(NUMBERS)),
    st.tuples(st.just("outage"), st.just(""), st.just(0)),
    st.tuples(st.just("reload"), st.just(""), st.just(0)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(happening, min_size=10, max_size=40))
def test_law_no_response_breaks_it_whatever_happened_before(
    history: list[tuple[str, str, str | int]],
) -> None:
    """Hits, images, stale data, prefetches, failures and reloads in any order."""
    here, is_on = Scene(rebinding=filtering(True)), True
    for name in HOSTS:
        here.knows(name, shortly(address("10.0.0.1", name)))
    for what, name, value in history:
        match what:
            case "ask":
                for _ in range(2):  # the second time perhaps from an image
                    message = here.response(name, int(value))
                    assert not (is_on and breaks_the_filter(message)), message
            case "wait":
                here.world.advance(float(value))
            case "has":
                here.knows(name, shortly(address(str(value), name)))
            case "leads on":  # the other host's address, under its name
                other = HOSTS[1 - HOSTS.index(name)]
                here.knows(name, shortly(cname(name, other)), shortly(address(str(value), other)))
            case "outage":
                for host in HOSTS:
                    here.fails(host)
            case _:
                is_on = not is_on
                here = reloaded(here, is_on)


def filtering(is_on: bool) -> RebindingSettings:
    return RebindingSettings(filter=is_on, allow=("corp.example.net",))


def shortly(entry: Entry) -> Entry:
    """The entry with a TTL that runs out during the test."""
    return replace(entry, lifetime=lifetime(entry.lifetime.stored_at, 60, 300))


def reloaded(old: Scene, is_on: bool) -> Scene:
    new = Scene(rebinding=filtering(is_on), over=old)
    new.answers = old.answers
    old.images.begin_epoch()
    return new


def breaks_the_filter(message: Message) -> bool:
    """Whether there is a private address in it, and a name that may have none."""
    told = [record for record in message.answer if record.rtype in (Rtype.A, Rtype.AAAA)]
    private = any(
        ipaddress.ip_address(
            record.rdata[-4:] if record.rdata.startswith(MAPPED) else record.rdata
        ).is_private
        for record in told
    )
    return private and any(record.owner == from_text(HOSTS[0]) for record in message.answer)
