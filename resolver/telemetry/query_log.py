# SPDX-License-Identifier: ISC
"""One line per client question, if `log.queries` asks for it. Off by default: names and clients are personal.

Only spelling happens here; `logs` knows the kind `query` and does not thin it out.
"""

from __future__ import annotations

from typing import NamedTuple

from resolver.telemetry.logs import Log
from resolver.wire import FormatError, to_text
from resolver.wire.codes import rcode_to_text, type_to_text


class Answered(NamedTuple):
    """One question a client asked and what it got. `source` is a value of `dns_responses_total`'s label."""

    client: str
    transport: str
    name: bytes
    rtype: int
    rcode: int
    source: str
    seconds: float


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
        )
