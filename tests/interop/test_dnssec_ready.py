# SPDX-License-Identifier: ISC
"""Zones signed by real tools, seen through us: who asks with DO gets the proofs, and validators behind us are content.

We do not validate yet; what must hold is that nothing a validator needs is lost, changed or given unasked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop import zones
from tests.interop.authorities import unbound
from tests.interop.dig import Dig
from tests.interop.hierarchy import Hierarchy
from tests.live.serving import Serving, run
from tests.ports import free_port

SIGNED = [
    ("elm", "SOA", zones.ELM_AT),
    ("oak", "NS", zones.OAK_AT),
    ("elm", "DS", zones.ROOT_AT),
    ("example.elm", "DNSKEY", zones.LEAVES_AT),
    ("www.example.elm", "A", zones.LEAVES_AT),
    ("old.example.elm", "DNAME", zones.LEAVES_AT),
    ("any.wild.example.elm", "TXT", zones.LEAVES_AT),
]
DENIED = [
    ("nowhere.elm", "A", zones.ELM_AT),  # NSEC of Knot DNS
    ("nowhere.oak", "A", zones.OAK_AT),  # NSEC of BIND's tools
    ("nowhere.example.elm", "A", zones.LEAVES_AT),  # NSEC3
    ("example.elm", "SRV", zones.LEAVES_AT),
    ("plain.oak", "DS", zones.OAK_AT),  # an insecure delegation, proved at the parent
]
PROOFS = {"RRSIG", "NSEC", "NSEC3"}


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize(("name", "rtype", "authority"), SIGNED, ids=lambda value: value)
def test_signatures_come_with_do_and_only_then(
    dig: Dig, internet: Hierarchy, name: str, rtype: str, authority: str, transport: str
) -> None:
    theirs = dig.at(authority, internet.port)(name, rtype, "+norec", "+dnssec")
    ours = dig(name, rtype, "+dnssec", transport)
    assert ours.said() == theirs.said()
    assert "RRSIG" in ours.types()
    assert "ad" not in ours.flags  # we have not validated anything
    assert not dig(name, rtype, transport).types() & PROOFS


@pytest.mark.parametrize(("name", "rtype", "authority"), DENIED, ids=lambda value: value)
def test_proofs_of_a_denial_come_with_do_and_only_then(
    dig: Dig, internet: Hierarchy, name: str, rtype: str, authority: str
) -> None:
    theirs = dig.at(authority, internet.port)(name, rtype, "+norec", "+dnssec")
    ours = dig(name, rtype, "+dnssec")
    assert ours.status == theirs.status
    assert sorted(row.said for row in ours.authority) == sorted(row.said for row in theirs.authority)
    assert ours.types() & {"NSEC", "NSEC3"}
    assert dig(name, rtype).types() == {"SOA"}


def test_cd_is_echoed_and_changes_no_answer(dig: Dig) -> None:
    plain = dig("www.bogus.elm", "A", "+dnssec")
    checking_disabled = dig("www.bogus.elm", "A", "+dnssec", "+cd")
    assert "cd" in checking_disabled.flags
    assert "cd" not in plain.flags
    assert checking_disabled.said() == plain.said() != []


def test_an_asked_rrsig_is_an_answer_without_do(dig: Dig) -> None:
    """Types that are asked for are given, whatever DO says (RFC 3225 section 3)."""
    assert dig("example.elm", "DNSKEY").status == "NOERROR"
    assert {row.rtype for row in dig("example.elm", "NSEC3PARAM").answer} == {"NSEC3PARAM"}


@pytest.fixture(scope="module")
def anchor(internet: Hierarchy, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The root's key, as `drill` and as `delv` read it."""
    folder = tmp_path_factory.mktemp("anchor")
    record = folder / "root.key"
    record.write_text(internet.root_key + "\n", "ascii")
    flags, protocol, algorithm, *key = internet.root_key.split()[3:]
    bind_keys = folder / "bind.keys"
    bind_keys.write_text(
        f'trust-anchors {{ . static-key {flags} {protocol} {algorithm} "{"".join(key)}"; }};\n', "ascii"
    )
    return record, bind_keys


SECURE = [
    ("www.example.elm", "A"),
    ("example.elm", "MX"),
    ("any.wild.example.elm", "TXT"),
    ("txt.oak", "TXT"),
    ("oak", "DNSKEY"),
    ("elm", "DS"),
]


@pytest.mark.parametrize(("name", "rtype"), SECURE)
def test_delv_validates_through_us(
    program: Callable[[str], str], resolver: Serving, anchor: tuple[Path, Path], name: str, rtype: str
) -> None:
    done = _delv(program, resolver, anchor, name, rtype)
    assert "; fully validated" in done, done


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere.example.elm", "; negative response, fully validated"),
        ("nowhere.elm", "; negative response, fully validated"),
        ("www.plain.oak", "; unsigned answer"),
        ("www.bogus.elm", "resolution failed: RRSIG failed to verify"),
    ],
)
def test_delv_tells_denied_unsigned_and_bogus_apart(
    program: Callable[[str], str], resolver: Serving, anchor: tuple[Path, Path], name: str, says: str
) -> None:
    done = _delv(program, resolver, anchor, name, "A")
    assert says in done, done


def _delv(
    program: Callable[[str], str], resolver: Serving, anchor: tuple[Path, Path], name: str, rtype: str
) -> str:
    arguments = ["-a", str(anchor[1]), "+root=.", "@127.0.0.1", "-p", str(resolver.port), name, rtype]
    done = run(program("delv"), *arguments)
    return done.stdout + done.stderr


@pytest.mark.parametrize(("name", "rtype"), [("www.example.elm", "AAAA"), ("txt.oak", "TXT")])
def test_drill_chases_signatures_through_us(
    program: Callable[[str], str], resolver: Serving, anchor: tuple[Path, Path], name: str, rtype: str
) -> None:
    arguments = ["-S", "-k", str(anchor[0]), "-p", str(resolver.port), "@127.0.0.1", name, rtype]
    done = run(program("drill"), *arguments)
    assert "Chase successful" in done.stdout, done.stdout + done.stderr


@pytest.fixture(scope="module")
def validator(
    program: Callable[[str], str],
    internet: Hierarchy,
    resolver: Serving,
    dig: Dig,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Dig]:
    """`dig` at an Unbound that validates and has nobody to ask but us."""
    port = free_port()
    folder = tmp_path_factory.mktemp("validator")
    us = f"127.0.0.1@{resolver.port}"
    with unbound(program, folder, "127.0.0.1", port, us, internet.root_key):
        yield dig.at("127.0.0.1", port)


@pytest.mark.parametrize(
    ("name", "rtype"),
    [
        *SECURE,
        ("far.example.elm", "CNAME"),
        ("nowhere.example.elm", "A"),
        ("example.elm", "SRV"),
        ("old.example.elm", "DNAME"),
        ("long.example.elm", "TXT"),
    ],
)
def test_a_validating_unbound_behind_us_says_ad(validator: Dig, name: str, rtype: str) -> None:
    assert "ad" in validator(name, rtype, "+dnssec").flags


def test_a_validating_unbound_behind_us_takes_unsigned_zones_and_refuses_bogus_ones(validator: Dig) -> None:
    unsigned = validator("www.plain.oak")
    assert (unsigned.status, "ad" in unsigned.flags) == ("NOERROR", False)
    assert validator("www.bogus.elm").status == "SERVFAIL"
    assert validator("www.bogus.elm", "A", "+cd").status == "NOERROR"


def test_we_forward_to_a_real_unbound(validator: Dig, dig: Dig, tmp_path: Path) -> None:
    """A forward zone for everything: ours to Unbound, and that one to our other resolver."""
    forward = f'[[zone]]\nname = "."\nforward = ["127.0.0.1#{validator.port}"]\n'
    with Serving(tmp_path, forward) as forwarder:
        ask = dig.at("127.0.0.1", forwarder.port)
        assert ask("www.example.elm").said() == dig("www.example.elm").said()
        assert ask("far.example.elm").said() == dig("far.example.elm").said()
        assert ask("nowhere.example.elm").status == "NXDOMAIN"
        assert "RRSIG" in ask("txt.oak", "TXT", "+dnssec").types()
        assert ask("www.bogus.elm").status == "SERVFAIL"
        assert ask("long.example.elm", "TXT").said() == dig("long.example.elm", "TXT").said()


def test_a_stub_zone_is_asked_at_its_own_servers(dig: Dig, internet: Hierarchy, tmp_path: Path) -> None:
    """No root, no hints that lead anywhere: the zone is iterated from the servers given."""
    stub = f'[[zone]]\nname = "elm"\nstub = ["{zones.ELM_AT}#{internet.port}"]\n'
    with Serving(tmp_path, internet.settings() + stub, "--set", "upstream.priming=false") as ours:
        ask = dig.at("127.0.0.1", ours.port)
        assert ask("example.elm", "MX").said() == dig("example.elm", "MX").said()
        assert ask("nowhere.elm").status == "NXDOMAIN"
