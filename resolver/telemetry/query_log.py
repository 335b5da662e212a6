# SPDX-License-Identifier: ISC
"""One line per client question, if `log.queries` asks for it. Off by default: names and clients are personal.

Only spelling happens here; `logs` knows the kind `query` and does not thin it out.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from resolver.service.admission import Client
from resolver.telemetry.answer_facts import read_facts
from resolver.telemetry.logs import Log
from resolver.wire import FormatError, peek, to_text
from resolver.wire.codes import rcode_to_text, type_to_text


class Answered(NamedTuple):
    """One question a client asked and what it got. `source`: `cache` when answered at once, else `resolved`.

    `response` is the message that was sent, from which TTL and data are read only when a line is written.
    """

    client: str
    transport: str
    name: bytes
    rtype: int
    rcode: int
    source: str
    seconds: float
    response: bytes = b""


class QueryLog:
    """Writes `Answered` facts to the log at level info; `enabled` may change at run time."""

    def __init__(self, log: Log, enabled: bool) -> None:
        self._log = log
        self.enabled = enabled

    def __call__(self, answered: Answered) -> None:
        """Log one answered question, or nothing when switched off."""
        if not self.enabled:
            return
        try:
            name = to_text(answered.name)
        except FormatError:
            name = answered.name.hex()
        self._log.info(
            "query",
            f"{name} {type_to_text(answered.rtype)}",
            client=answered.client,
            transport=answered.transport,
            rcode=rcode_to_text(answered.rcode),
            source=answered.source,
            seconds=round(answered.seconds, 6),
            **_facts(answered.response),
        )


def _facts(response: bytes) -> dict[str, object]:
    """The fields that make the log a trace (`resolver traces`): what is not there is left out."""
    facts = read_facts(response)
    if facts is None:
        return {}
    rdata_hash = None if facts.rdata_hash is None else f"{facts.rdata_hash:016x}"
    return {
        key: value for key, value in (("ttl", facts.ttl), ("rdata_hash", rdata_hash)) if value is not None
    }


Reply = bytes | None
Handle = Callable[[bytes, Client, float], Reply | Coroutine[Any, Any, Reply]]


def logged(handle: Handle, query_log: QueryLog, ticks: Callable[[], float]) -> Handle:
    """Return `handle` (the service's) with every plain question and its response told to `query_log`."""

    def note(datagram: bytes, client: Client, response: Reply, source: str, seconds: float) -> None:
        asked = peek(datagram)
        if asked is not None and response is not None:
            rcode = response[3] & 0x0F
            query_log(
                Answered(
                    client.address,
                    client.transport,
                    asked.qname,
                    asked.qtype,
                    rcode,
                    source,
                    seconds,
                    response,
                )
            )

    async def wait(
        datagram: bytes, client: Client, work: Coroutine[Any, Any, Reply], began_at: float
    ) -> Reply:
        response = await work
        note(datagram, client, response, "resolved", ticks() - began_at)
        return response

    def handled(datagram: bytes, client: Client, now: float) -> Reply | Coroutine[Any, Any, Reply]:
        began_at = ticks()
        given = handle(datagram, client, now)
        if isinstance(given, Coroutine):
            return wait(datagram, client, given, began_at)
        note(datagram, client, given, "cache", ticks() - began_at)
        return given

    return handled
