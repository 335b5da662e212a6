# SPDX-License-Identifier: ISC
"""A listener that writes down one resolution step by step, for `resolver trace`. It decides and asks nothing.

Each try is a step, in the order of sending; what a reply taught (lifetimes, a zone cut, records dropped) is noted
at the try it came in. Tries of name-server addresses are steps like the others, one level deeper.
"""

from __future__ import annotations

from typing import Any

from resolver.events import (
    CutLearnt,
    Event,
    LimitHit,
    QuerySent,
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
    """Collects the steps of one trace. `steps` is JSON-ready; times are seconds since `started_at` (a tick).

    A try that has brought nothing yet is a step with the verdict `waiting`: tries overlap, and the first useful reply
    ends the question.
    """

    def __init__(self, started_at: float) -> None:
        self.steps: list[Step] = []
        self._started_at = started_at
        self._depth = -1
        self._waiting: dict[tuple[str, str, bytes, int], list[Step]] = {}
        self._heard: Step = {}  # the try that ended last: what is learnt was learnt from it
        self._scrubbed = 0

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
            case QuerySent():
                self._sent(event)
            case TryEnded():
                self._ended(event)
            case TtlJudged():
                self._heard.setdefault("ttls", []).append(_ttl(event))
            case CutLearnt():
                self._heard["cut"] = _cut(event)
            case RecordsScrubbed():  # told before the verdict on the reply they were in
                self._scrubbed += event.records
            case ReplyDropped():
                dropped = {"step": "dropped", "server": event.server, "why": event.why.value}
                self.steps.append(dropped | {"at": self._since(event.at)})
            case LimitHit():
                self.steps.append({"step": "limit", "limit": event.limit, "at": self._since(event.at)})
            case _:
                pass

    def _sent(self, event: QuerySent) -> None:
        step = self._note(
            event.at,
            "query",
            event.name.lower(),
            event.rtype,
            zone=to_text(event.zone),
            server=event.server,
            transport=event.transport,
            rtt=None,
            verdict="waiting",
        )
        key = event.server, event.transport, event.name.lower(), event.rtype
        self._waiting.setdefault(key, []).append(step)

    def _ended(self, event: TryEnded) -> None:
        sent = self._waiting.get((event.server, event.transport, event.name.lower(), event.rtype))
        if not sent:
            return
        self._heard = sent.pop(0)
        self._heard |= {"rtt": round(event.rtt, 6), "verdict": event.verdict.value, "bytes": event.bytes_in}
        if event.detail:
            self._heard["detail"] = event.detail
        if self._scrubbed:
            self._heard["scrubbed"], self._scrubbed = self._scrubbed, 0

    def _note(self, at: float, step: str, name: bytes, rtype: int, **more: object) -> Step:
        noted = {"step": step, "at": self._since(at), "depth": max(0, self._depth)}
        self.steps.append(noted | {"name": to_text(name), "type": type_to_text(rtype), **more})
        return self.steps[-1]

    def _since(self, at: float) -> float:
        return round(max(0.0, at - self._started_at), 6)


def _ttl(event: TtlJudged) -> Step:
    return {
        "name": to_text(event.owner),
        "type": type_to_text(event.rtype) if event.rtype else "*",
        "kind": event.kind,
        "published": event.published,
        "kept": round(event.kept, 3),
        "rules": list(event.rules),
    }


def _cut(event: CutLearnt) -> Step:
    return {
        "zone": to_text(event.zone),
        "names": event.names,
        "addresses": event.addresses,
        "published": event.published,
        "lease": round(event.lease, 3),
        "rules": list(event.rules),
    }
