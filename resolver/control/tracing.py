# SPDX-License-Identifier: ISC
"""A listener that writes down one resolution step by step, for `resolver trace`. It decides and asks nothing.

Each try is a step; what a reply taught (lifetimes, a zone cut, records dropped) is told after the try it came in,
and is noted there. Tries of name-server addresses are steps like the others, one level deeper.
"""

from __future__ import annotations

from typing import Any

from resolver.events import (
    CutLearnt,
    Event,
    LimitHit,
    QuestionEnded,
    QuestionStarted,
    RecordsScrubbed,
    ReplyDropped,
    TryEnded,
    TtlJudged,
)
from resolver.wire import to_text
from resolver.wire.codes import type_to_text

Step = dict[str, Any]


class Recorder:
    """Collects the steps of one trace. `steps` is JSON-ready; times are seconds since `started_at` (a tick)."""

    def __init__(self, started_at: float) -> None:
        self.steps: list[Step] = []
        self._started_at = started_at
        self._depth = -1

    def __call__(self, event: Event) -> None:
        """Hear one event."""
        match event:
            case QuestionStarted():
                self._depth += 1
                if self._depth:
                    self._note(event.at, "question", event.name, event.rtype, why=event.why)
            case QuestionEnded():
                if self._depth:
                    self._note(event.at, "answered", event.name, event.rtype, outcome=event.outcome)
                self._depth -= 1
            case TryEnded():
                self._try(event)
            case TtlJudged() if self.steps:
                self.steps[-1].setdefault("ttls", []).append(
                    {
                        "name": to_text(event.owner),
                        "type": type_to_text(event.rtype) if event.rtype else "*",
                        "kind": event.kind,
                        "published": event.published,
                        "kept": round(event.kept, 3),
                        "rules": list(event.rules),
                    }
                )
            case CutLearnt() if self.steps:
                self.steps[-1]["cut"] = {
                    "zone": to_text(event.zone),
                    "names": event.names,
                    "addresses": event.addresses,
                    "published": event.published,
                    "lease": round(event.lease, 3),
                    "rules": list(event.rules),
                }
            case RecordsScrubbed() if self.steps:
                self.steps[-1]["scrubbed"] = self.steps[-1].get("scrubbed", 0) + event.records
            case ReplyDropped():
                self.steps.append(
                    {
                        "step": "dropped",
                        "at": self._since(event.at),
                        "server": event.server,
                        "why": event.why.value,
                    }
                )
            case LimitHit():
                self.steps.append({"step": "limit", "at": self._since(event.at), "limit": event.limit})
            case _:
                pass

    def _try(self, event: TryEnded) -> None:
        self._note(
            event.at,
            "query",
            event.name,
            event.rtype,
            zone=to_text(event.zone),
            server=event.server,
            transport=event.transport,
            rtt=round(event.rtt, 6),
            verdict=event.verdict.value,
            bytes=event.bytes_in,
            **({"detail": event.detail} if event.detail else {}),
        )

    def _note(self, at: float, step: str, name: bytes, rtype: int, **more: object) -> None:
        self.steps.append(
            {
                "step": step,
                "at": self._since(at),
                "depth": max(0, self._depth),
                "name": to_text(name),
                "type": type_to_text(rtype),
                **more,
            }
        )

    def _since(self, at: float) -> float:
        return round(max(0.0, at - self._started_at), 6)
