# SPDX-License-Identifier: ISC
"""B9, F18: what a public name may not say (`[rebinding]`): networks, forms of an address, names, and the answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import replace

import dns.rdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.cache.entry import Entry
from resolver.service.rebinding import Rebinding, RebindingSettings
from resolver.wire import Ede, Edns, Message, Rcode, Record, Rtype, from_text, read_ede
from tests.service.fakes import Scene, ask, cname, lifetime, negative, positive, read

NAME = "a.public.example.net"
ON = RebindingSettings(filter=True)
DEFAULT = [ipaddress.ip_network(text) for text in ON.networks]
PUBLIC = (
    *(
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
    ),
    *("169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"),
    *("::2", "fbff::1", "fe00::1", "fe7f::1", "fec0::1", "2001:db8::1", "64:ff9b::808:808", "::ffff:8.8.8.8"),
)


def address(text: str, name: str = NAME) -> Entry:
    packed = ipaddress.ip_address(text).packed
    return positive(name, Rtype.A if len(packed) == 4 else Rtype.AAAA, packed)


def service(text: str, name: str = NAME, rtype: Rtype = Rtype.HTTPS) -> Entry:
    return positive(name, rtype, dns.rdata.from_text("IN", rtype.name, text).to_digestable())


def withholds(
    *chain: Entry, allow: Sequence[str] = (), zones: Sequence[str] = (), networks: Sequence[str] = ON.networks
) -> bool:
    settings = RebindingSettings(filter=True, networks=tuple(networks), allow=tuple(allow))
    return Rebinding(settings, map(from_text, zones)).withholds(chain)


# --- which addresses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", DEFAULT, ids=str)
def test_every_network_is_withheld_from_its_first_address_to_its_last(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> None:
    assert withholds(address(str(network[0])))
    assert withholds(address(str(network[-1])))


@pytest.mark.parametrize("text", PUBLIC)
def test_what_lies_beside_them_is_told(text: str) -> None:
    assert not withholds(address(text))


@pytest.mark.parametrize("prefix", ["::ffff:", "64:ff9b::"])
@pytest.mark.parametrize("network", [network for network in DEFAULT if network.version == 4], ids=str)
def test_an_ipv4_address_inside_an_ipv6_address_is_the_same(
    prefix: str, network: ipaddress.IPv4Network
) -> None:
    assert withholds(address(f"{prefix}{network[0]}"))
    assert withholds(address(f"{prefix}{network[-1]}"))


def test_one_private_address_withholds_the_whole_rrset() -> None:
    both = [ipaddress.ip_address(text).packed for text in ("8.8.8.8", "10.0.0.1")]
    assert withholds(positive(NAME, Rtype.A, *both))


@pytest.mark.parametrize("rtype", [Rtype.SVCB, Rtype.HTTPS])
@pytest.mark.parametrize(
    "hints",
    [
        "ipv4hint=10.0.0.1",
        "ipv4hint=8.8.8.8,192.168.0.1",
        "ipv6hint=fe80::1",
        "ipv6hint=2001:db8::1,::ffff:127.0.0.1",
        "alpn=h2 port=8443 ipv4hint=8.8.8.8 ipv6hint=fd00::1",
    ],
)
def test_hints_of_services_are_addresses(rtype: Rtype, hints: str) -> None:
    assert withholds(service(f"1 svc.public.example.net. {hints}", rtype=rtype))


@pytest.mark.parametrize(
    "text", ["1 . alpn=h2 ipv4hint=8.8.8.8 ipv6hint=2001:db8::1", "0 svc.other.example.net.", "1 . port=10"]
)
def test_services_without_private_hints_are_told(text: str) -> None:
    assert not withholds(service(text))


WELL_FORMED = b"\x00\x01\x00" + b"\x00\x04\x00\x04\x08\x08\x08\x08"


@pytest.mark.parametrize("cut", range(len(WELL_FORMED)))
def test_rfc9460_section_2_2_a_malformed_service_is_rejected_as_clients_must(cut: int) -> None:
    whole = 3  # priority and target alone are a record too
    assert withholds(positive(NAME, Rtype.HTTPS, WELL_FORMED[:cut])) == (cut != whole)
    assert not withholds(positive(NAME, Rtype.HTTPS, WELL_FORMED))
    assert withholds(positive(NAME, Rtype.HTTPS, b"\x00\x01\x00\x00\x04\x00\x05\x08\x08\x08\x08\x08"))


def test_other_types_and_denials_are_not_looked_at() -> None:
    assert not withholds(positive(NAME, Rtype.TXT, b"\x0810.0.0.1"))
    assert not withholds(negative(NAME))
    assert not withholds(negative(NAME, Rtype.A))
    assert not withholds(cname(NAME, "printer.corp.example.net"))


def test_networks_are_the_operators_to_choose() -> None:
    assert withholds(address("203.0.113.9"), networks=["203.0.113.0/24"])
    assert not withholds(address("10.0.0.1"), networks=["203.0.113.0/24"])
    assert withholds(address("::ffff:8.8.8.8"), networks=["::ffff:0:0/96"])


def test_off_is_the_default() -> None:
    assert not Rebinding(RebindingSettings()).withholds([address("10.0.0.1")])


# --- which names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "allowed", ["corp.example.net", "corp.example.net.", "Corp.EXAMPLE.net", "nas.corp.example.net", "."]
)
def test_names_at_and_below_what_is_allowed_pass_in_any_case(allowed: str) -> None:
    for name in ("nas.corp.example.net", "NAS.Corp.Example.NET", "x.nas.corp.example.net"):
        assert not withholds(address("10.0.0.1", name), allow=[allowed])


@pytest.mark.parametrize("allowed", ["x.corp.example.net", "orp.example.net", "corp.example.org"])
def test_names_beside_or_above_it_do_not(allowed: str) -> None:
    assert withholds(address("10.0.0.1", "corp.example.net"), allow=[allowed])


def test_ones_own_zones_pass_but_not_a_forwarder_of_everything() -> None:
    inside = address("10.0.0.1", "nas.corp.example.net")
    assert not withholds(inside, zones=["corp.example.net"])
    assert withholds(inside, zones=["."])
    assert withholds(inside, zones=[".", "other.example.net"])


def test_an_alias_into_allowed_names_is_no_way_round() -> None:
    """Who owns the name that was asked is the site that a browser sees: it has to be allowed as well."""
    chain = (
        cname("evil.example.net", "printer.corp.example.net"),
        address("10.0.0.9", "printer.corp.example.net"),
    )
    assert withholds(*chain, allow=["corp.example.net"])
    assert not withholds(*chain, allow=["corp.example.net", "evil.example.net"])


def test_an_alias_out_of_allowed_names_is_told_when_its_target_is_allowed_too() -> None:
    chain = cname("www.corp.example.net", "lb.cloud.example.net"), address("10.0.0.9", "lb.cloud.example.net")
    assert withholds(*chain, allow=["corp.example.net"])
    assert not withholds(*chain, allow=["corp.example.net", "lb.cloud.example.net"])


def test_a_dname_is_judged_by_the_name_that_was_asked() -> None:
    chain = (
        positive("example.net", Rtype.DNAME, from_text("corp.test")),
        positive("nas.corp.example.net", Rtype.CNAME, from_text("nas.corp.corp.test"), synthesized=True),
        address("10.0.0.9", "nas.corp.corp.test"),
    )
    assert not withholds(*chain, allow=["corp.example.net", "corp.test"])
    assert withholds(*chain, allow=["corp.test"])


inside = st.sampled_from(DEFAULT).flatmap(lambda network: st.integers(int(network[0]), int(network[-1])))
plain = inside | st.integers(0, 2**32 - 1) | st.integers(0x2001 << 112, (0x2002 << 112) - 1)
numbers = plain | st.integers(0, 2**32 - 1).map(lambda number: 0xFFFF << 32 | number)
owners = st.sampled_from(
    ["a.public.example.net", "corp.example.net", "b.corp.example.net", "notcorp.example.net", "example.net"]
)


@given(st.lists(owners, min_size=1, max_size=4, unique=True), st.lists(numbers, min_size=1, max_size=4))
def test_law_nothing_private_is_told_unless_every_name_on_the_way_is_allowed(
    owners_of: list[str], found: list[int]
) -> None:
    """Judged by the library of addresses, which knows nothing of masks and of how we read an RRset."""
    addresses = [ipaddress.ip_address(number) for number in found]
    family = addresses[0].version
    same = [address for address in addresses if address.version == family]
    end = positive(owners_of[-1], Rtype.A if family == 4 else Rtype.AAAA, *(one.packed for one in same))
    chain = [*map(cname, owners_of[:-1], owners_of[1:]), end]
    private = any(one in network for one in same for network in DEFAULT) or any(
        one.ipv4_mapped in network
        for one in same
        if one.version == 6 and one.ipv4_mapped
        for network in DEFAULT
    )
    ours = all(owner == "corp.example.net" or owner.endswith(".corp.example.net") for owner in owners_of)
    assert withholds(*chain, allow=["corp.example.net"]) == (private and not ours)


# --- the answer -----------------------------------------------------------------------------------------------------


def scene(*, allow: tuple[str, ...] = (), is_on: bool = True) -> Scene:
    return Scene(rebinding=RebindingSettings(filter=is_on, allow=allow))


def edes(message: Message) -> list[int]:
    return [code for code, _ in read_ede(message.edns)]


def assert_withheld(message: Message) -> None:
    assert (message.rcode, message.answer, message.authority) == (Rcode.NOERROR, (), ())
    assert edes(message) == [Ede.BLOCKED]


def test_rfc8914_section_4_16_no_data_and_ede_15_from_the_servers_and_from_the_cache() -> None:
    here = scene()
    here.knows(NAME, address("10.0.0.1"))
    for _ in range(3):
        assert_withheld(here.response(NAME))
    assert len(here.engine.asked) == 1  # the cache holds what was published
    assert here.counters.responses == {(0, "miss"): 1, (0, "hit"): 2}
    assert here.counters.withheld == {"A": 3}


def test_nothing_changes_for_a_client_that_cannot_be_told_why() -> None:
    here = scene()
    here.knows(NAME, address("10.0.0.1"))
    message = here.response(NAME, edns=None)
    assert (message.rcode, message.answer, message.edns) == (Rcode.NOERROR, (), None)


def test_aliases_on_the_way_are_told_with_their_signatures() -> None:
    here = scene()
    signed = Record(
        from_text(NAME), int(Rtype.RRSIG), 1, 60, bytes(18) + from_text("public.example.net") + bytes(8)
    )
    here.knows(
        NAME,
        cname(NAME, "b.public.example.net", signatures=(signed,)),
        address("10.0.0.1", "b.public.example.net"),
    )
    for _ in range(2):
        message = here.response(NAME, edns=Edns(do=True))
        assert [record.rtype for record in message.answer] == [Rtype.CNAME, Rtype.RRSIG]
        assert edes(message) == [Ede.BLOCKED]


def test_those_who_wait_together_are_all_told_the_same() -> None:
    here = scene()
    here.knows(NAME, address("10.0.0.1"))
    jobs = [here.start(ask(NAME, id=number)) for number in range(3)]
    here.world.advance(1)
    for job in jobs:
        assert read(here.world.run(job.join())).answer == ()
    assert here.counters.withheld == {"A": 3}


def test_rfc8767_stale_data_is_judged_as_well() -> None:
    here = scene()
    here.knows(NAME, address("10.0.0.1"))
    here.response(NAME)
    here.fails(NAME)
    here.world.advance(400)
    for _ in range(2):
        assert_withheld(here.response(NAME))
    assert here.counters.served_stale == 2


def test_a_prefetch_that_brings_a_private_address_is_judged_when_it_is_told() -> None:
    """The classic attack: a short TTL, a public address first, then one of the inside."""
    here = scene()
    here.knows(NAME, address("8.8.8.8"))
    assert here.response(NAME).answer
    here.knows(NAME, address("192.168.1.1"))
    here.world.advance(295)
    assert here.response(NAME).answer  # and begins the prefetch
    here.world.advance(1)
    assert here.counters.prefetch["started"] == 1
    assert_withheld(here.response(NAME))


def test_any_is_told_one_rrset_and_that_is_judged() -> None:
    here = scene()
    here.knows(NAME, address("10.0.0.1"))
    assert_withheld(here.response(NAME, Rtype.ANY))
    here.knows("c.public.example.net", cname("c.public.example.net", NAME), address("10.0.0.1"))
    message = here.response("c.public.example.net", Rtype.ANY)
    assert [record.rtype for record in message.answer] == [Rtype.CNAME]
    assert edes(message) == []


def test_special_use_answers_are_ours_and_pass() -> None:
    assert scene().response("localhost").answer
    assert scene().response("localhost", Rtype.AAAA).answer


def test_what_is_not_withheld_has_an_image_and_what_is_has_none() -> None:
    here = scene(allow=("corp.example.net",))
    here.knows("nas.corp.example.net", address("10.0.0.1", "nas.corp.example.net"))
    here.knows(NAME, cname(NAME, "b.public.example.net"), address("10.0.0.1", "b.public.example.net"))
    for _ in range(3):
        assert here.response("nas.corp.example.net").answer
        here.response(NAME)
    assert len(here.images) == 1


def test_a_reload_that_switches_it_on_holds_at_once_for_what_is_cached() -> None:
    old = scene(is_on=False)
    old.knows(NAME, address("10.0.0.1"))
    for _ in range(3):
        assert old.response(NAME).answer
    assert len(old.images) == 1
    new = Scene(rebinding=ON, over=old)
    old.images.begin_epoch()
    assert_withheld(new.response(NAME))
    again = Scene(rebinding=RebindingSettings(), over=old)
    old.images.begin_epoch()
    assert again.response(NAME).answer
    assert new.engine.asked == again.engine.asked == []


def test_an_entry_from_elsewhere_is_judged_like_one_that_was_asked_for() -> None:
    """What a dump or a file of the cache brings is an entry like any other."""
    here = scene()
    now = here.world.now()
    entry = address("10.0.0.1")
    here.caches.records.store(replace(entry, lifetime=lifetime(now, 60)), now)
    assert_withheld(here.response(NAME))
    assert here.engine.asked == []
