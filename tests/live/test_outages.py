# SPDX-License-Identifier: ISC
"""What clients of the running process get when servers fall silent, and who gets nothing at all."""

from __future__ import annotations

from pathlib import Path

import dns.edns
import dns.message

from tests.live.asking import ask, rcode, wait_until
from tests.live.serving import Serving

ALDER = ("ns1.alder.shop0.", "ns2.alder.shop0.")


def errors(message: dns.message.Message) -> list[int]:
    """The extended errors of a response (RFC 8914)."""
    return [int(option.code) for option in message.options if isinstance(option, dns.edns.EDEOption)]


def test_an_outage_is_bridged_by_stale_data_and_ends(resolver: Serving) -> None:
    """RFC 8767: TTL 1 s, then 30 s with EDE 3, within the client response timer; SERVFAIL for what was never known."""
    fresh = ask(resolver.port, "short.alder.shop0")
    assert (fresh.answer[0].ttl, errors(fresh)) == (1, [])
    for server in ALDER:
        assert resolver.command("lab", "outage", server).returncode == 0
    answers: list[dns.message.Message] = [fresh]

    def stale() -> bool:
        answers.append(ask(resolver.port, "short.alder.shop0"))
        return errors(answers[-1]) == [dns.edns.EDECode.STALE_ANSWER]

    wait_until(stale, "the answer is stale")
    assert {rcode(answer) for answer in answers} == {"NOERROR"}
    assert answers[-1].answer[0].ttl == 30
    unknown = ask(resolver.port, "mail.alder.shop0")
    assert (rcode(unknown), errors(unknown)) == ("SERVFAIL", [dns.edns.EDECode.NO_REACHABLE_AUTHORITY])


def test_a_stranger_is_refused_and_costs_no_query(config: str, tmp_path: Path) -> None:
    flags = ["--set", 'server.allow=["192.0.2.0/24"]', "--set", "upstream.priming=false"]
    with Serving(tmp_path, config, *flags) as resolver:
        before = resolver.statistics("upstream.queries")
        refused = ask(resolver.port, "www.host.net0")
        assert (rcode(refused), errors(refused)) == ("REFUSED", [dns.edns.EDECode.PROHIBITED])
        assert refused.answer == []
        assert resolver.statistics("upstream.queries") == before
