# SPDX-License-Identifier: ISC
"""Row F18: with the filter on, no public name points into private networks, whatever form the address has."""

from __future__ import annotations

import pytest

from tests.faults.assertions import Row
from tests.faults.modes import Mode
from tests.faults.modes_live import live
from tests.faults.test_amplification import basis, warmed
from tests.faults.world import World

# Ten ranges, whole and inside an IPv4-mapped address, and as the hints of a service.
REBINDING = (
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.168.0.1"),
    *("::1", "fc00::1", "fe80::1"),
)
MAPPED = tuple(f"::ffff:{text}" for text in REBINDING if ":" not in text)
FILTER = {"rebinding.filter": "true"}


def rebinding() -> tuple[World, list[tuple[str, str]], list[tuple[str, str]]]:
    """`target.pz.` and below it `corp` with the same private data; what to ask of either."""
    lines, public, inside = "", [], []
    for n, text in enumerate(REBINDING + MAPPED):
        family, rtype = ("6", "AAAA") if ":" in text else ("4", "A")
        for label, kind, data in (
            (f"p{n}", rtype, text),
            (f"h{n}", "HTTPS", f"1 . alpn=h2 ipv{family}hint={text}"),
            (f"s{n}", "SVCB", f"1 svc.example.net. ipv{family}hint={text}"),
        ):
            lines += f"{label} {kind} {data}\n{label}.corp {kind} {data}\n"
            public.append((f"{label}.target.pz.", kind))
            inside.append((f"{label}.corp.target.pz.", kind))
    return basis(target=lines), public, inside


def test_F18_rebinding(mode: Mode, row: Row) -> None:
    world, public, inside = rebinding()
    with mode(world, {**FILTER, "rebinding.allow": "Corp.Target.PZ"}) as session:
        warmed(session)
        told = [
            session.ask(*question) for question in public + public
        ]  # from the servers, then from the cache
        filtered = sum(not t.data and t.rcode == "NOERROR" and t.errors == [15] for t in told)
        row.exactly("% filtered", 100 * filtered / len(told), 100)
        passed = sum(bool(session.ask(*question).data) for question in inside)
        row.exactly("% of allowed names answered", 100 * passed / len(inside), 100)
        assert session.ask("warm.target.pz.").data == ["192.0.2.2"]
        assert session.ask("localhost.").data == ["127.0.0.1"]


def test_F18_is_opt_in(mode: Mode, row: Row) -> None:
    world, public, _ = rebinding()
    with mode(world) as session:
        warmed(session)
        passed = sum(bool(session.ask(*question).data) for question in public)
        row.exactly("% told by default", 100 * passed / len(public), 100)


@pytest.mark.live
def test_F18_a_reload_that_switches_it_on_holds_for_what_is_cached(row: Row) -> None:
    world, public, _ = rebinding()
    with live(world) as session:
        for question in public + public:  # the second time they are answered from images
            assert session.ask(*question).data
        session.world.clear()
        session.serving.write("[rebinding]\nfilter = true\n")
        assert "rebinding.filter" in session.serving.command("reload").stdout
        filtered = sum(session.ask(*question).errors == [15] for question in public)
        row.exactly("% filtered", 100 * filtered / len(public), 100)
        row.exactly("packets: the cache was kept", len(session.world.log), 0)
        session.serving.write("")
        session.serving.command("reload")
        assert session.ask(*public[0]).data


def test_F18_an_alias_into_allowed_names_is_no_way_round(mode: Mode, row: Row) -> None:
    world = basis(target="evil CNAME nas.corp\nnas.corp A 192.168.0.9\nmoved DNAME corp\n")
    with mode(world, {**FILTER, "rebinding.allow": "corp.target.pz"}) as session:
        warmed(session)
        asked = ("evil.target.pz.", "nas.moved.target.pz.") * 2
        row.exactly("private addresses told", sum(len(session.ask(name).data) for name in asked), 0)
        assert session.ask("nas.corp.target.pz.").data == ["192.168.0.9"]
