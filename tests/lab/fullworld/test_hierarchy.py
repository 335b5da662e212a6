# SPDX-License-Identifier: ISC
"""The servers of a trace: referrals from the root down, owners' data, denials, and a network in front of it all."""

from __future__ import annotations

import random

from resolver.engine.ports import Server, Transport
from resolver.lab.fullworld.hierarchy import (
    DENIAL_TTL,
    NS_TTL,
    ROOT_ADDRESS,
    TOP_ADDRESS,
    Conditions,
    Hierarchy,
)
from resolver.lab.fullworld.owners import Owners
from resolver.lab.fullworld.questions import Asked
from resolver.lab.fullworld.rdata import version_of
from resolver.policy import AnswerClass
from resolver.wire import Message, Rcode, Rtype, compose_query, from_text, parse
from resolver.wire.records import soa_fields
from tests.lab.fullworld.traces import ask

A = int(Rtype.A)


def hierarchy(*told: Asked, conditions: Conditions | None = None) -> Hierarchy:
    owners = Owners()
    for question in told:
        owners.take(question)
    return Hierarchy(owners, conditions or Conditions(), random.Random(1))


def said(
    servers: Hierarchy, address: str, name: str, rtype: int = A, *, at: float = 0.0, tcp: bool = False
) -> Message | None:
    query = compose_query(from_text(name), rtype, id=9)
    transport = Transport.TCP if tcp else Transport.UDP
    delivered = servers.deliver(Server(address), transport, query, at, at)
    return parse(delivered[0].data or b"") if delivered else None


def walked(servers: Hierarchy, name: str, rtype: int = A, at: float = 0.0) -> tuple[list[str], Message]:
    """Ask from the root down, following glue; the addresses asked, and what the last one said."""
    address, way = ROOT_ADDRESS, []
    while True:
        way.append(address)
        message = said(servers, address, name, rtype, at=at)
        assert message is not None
        if message.answer or message.rcode or not any(r.rtype == Rtype.NS for r in message.authority):
            return way, message
        (glue,) = (record for record in message.additional if record.rtype == A)
        assert glue.ttl == NS_TTL
        address = ".".join(map(str, glue.rdata))


def test_from_the_root_to_the_data() -> None:
    servers = hierarchy(ask(0, "h1.z7.lab.", ttl=77, changes_at=5))
    way, message = walked(servers, "h1.z7.lab.")
    assert way[:2] == [ROOT_ADDRESS, TOP_ADDRESS]
    assert len(way) == 3
    (record,) = message.answer
    assert (record.ttl, version_of(A, record.rdata), message.aa) == (77, 0, True)
    _, later = walked(servers, "h1.z7.lab.", at=5)
    assert version_of(A, later.answer[0].rdata) == 1
    assert servers.queries == 6


def test_a_deep_name_and_the_names_on_its_way() -> None:
    servers = hierarchy(ask(0, "a.b.c.z7.lab."))
    assert len(walked(servers, "a.b.c.z7.lab.")[0]) == 3
    _, between = walked(servers, "c.z7.lab.")
    assert (between.rcode, between.answer, between.authority[0].ttl) == (Rcode.NOERROR, (), DENIAL_TTL)


def test_denials_carry_their_ttl_and_version() -> None:
    for answer, rcode in ((AnswerClass.NXDOMAIN, Rcode.NXDOMAIN), (AnswerClass.NODATA, Rcode.NOERROR)):
        servers = hierarchy(ask(0, "no.z7.lab.", ttl=33, answer=answer, changes_at=9))
        for at, serial in ((8, 0), (9, 1)):
            _, message = walked(servers, "no.z7.lab.", at=at)
            (soa,) = message.authority
            fields = soa_fields(soa.rdata)
            assert (message.rcode, soa.ttl, fields.minimum, fields.serial) == (rcode, 33, 33, serial)


def test_a_name_of_two_labels_that_does_not_exist_is_denied_by_its_tld() -> None:
    servers = hierarchy(ask(0, "gone.lab.", answer=AnswerClass.NXDOMAIN))
    way, message = walked(servers, "gone.lab.")
    assert (way, message.rcode) == ([ROOT_ADDRESS, TOP_ADDRESS], Rcode.NXDOMAIN)


def test_an_unknown_tld_is_denied_by_the_root() -> None:
    servers = hierarchy(ask(0, "nowhere.", answer=AnswerClass.NXDOMAIN))
    way, message = walked(servers, "nowhere.")
    assert (way, message.rcode) == ([ROOT_ADDRESS], Rcode.NXDOMAIN)


def test_data_at_the_root_at_a_tld_and_at_an_apex() -> None:
    servers = hierarchy(*(ask(0, name, rtype=int(Rtype.TXT)) for name in (".", "lab.", "z7.lab.")))
    for name in (".", "lab.", "z7.lab."):
        assert walked(servers, name, int(Rtype.TXT))[1].answer


def test_servers_of_a_zone_have_their_addresses_in_it() -> None:
    servers = hierarchy(ask(0, "z7.lab.", rtype=int(Rtype.NS)), ask(0, "x.z7.lab.", rtype=int(Rtype.NS)))
    for zone in ("z7.lab.", "x.z7.lab."):
        (ns,) = walked(servers, zone, int(Rtype.NS))[1].answer
        assert ns.rdata == from_text(f"lab-ns.{zone}")
    assert walked(servers, "lab-ns.z7.lab.")[1].answer
    assert walked(servers, "lab-ns.lab.")[1].answer
    assert walked(servers, "lab-ns.")[1].answer


def test_ds_is_the_parents() -> None:
    servers = hierarchy(ask(0, "z7.lab.", rtype=int(Rtype.DS)))
    message = said(servers, TOP_ADDRESS, "z7.lab.", int(Rtype.DS))
    assert message is not None
    assert message.answer


def test_servers_that_fail_say_so_and_only_for_that() -> None:
    servers = hierarchy(ask(0, "h1.z7.lab.", answer=AnswerClass.FAILURE), ask(0, "h2.z7.lab."))
    assert walked(servers, "h1.z7.lab.")[1].rcode == Rcode.SERVFAIL
    assert walked(servers, "h2.z7.lab.")[1].answer


def test_outages_loss_and_latency() -> None:
    told = ask(0, "h1.z7.lab.")
    out = hierarchy(told, conditions=Conditions(outages=((10, 20),)))
    assert [said(out, ROOT_ADDRESS, "lab.", at=at) is None for at in (9, 10, 19.9, 20)] == [
        False, True, True, False,
    ]  # fmt: skip
    lossy = hierarchy(told, conditions=Conditions(loss_pct=50))
    lost = [said(lossy, ROOT_ADDRESS, "lab.") is None for _ in range(200)]
    assert 60 < sum(lost) < 140
    assert all(said(lossy, ROOT_ADDRESS, "lab.", tcp=True) for _ in range(50))
    slow = hierarchy(told, conditions=Conditions(latency_s=0.02, jitter_s=0.01))
    query = compose_query(from_text("lab."), A, id=1)
    delays = [slow.deliver(Server(ROOT_ADDRESS), Transport.UDP, query, 0, 0)[0].delay_s for _ in range(400)]
    assert min(delays) >= 0.02
    assert 0.027 < sum(delays) / 400 < 0.033


def test_what_is_no_question_is_met_with_silence() -> None:
    assert hierarchy().deliver(Server(ROOT_ADDRESS), Transport.UDP, b"\x00" * 5, 0, 0) == ()
