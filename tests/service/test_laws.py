# SPDX-License-Identifier: ISC
"""Laws of the room over random histories: outages, recoveries, TTLs and patience (architecture, "Laws")."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.engine.outcome import Cause
from resolver.wire import Ede, Message, Rcode, Rtype, read_ede
from tests.service.fakes import Scene, ask, cname, negative, positive, read

NAMES = ("a.example.com", "b.example.com", "c.example.net")
STALE = {Ede.STALE_ANSWER, Ede.STALE_NXDOMAIN_ANSWER}

happening = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(NAMES), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0.01, 120.0), st.just(0)),
    st.tuples(st.just("takes"), st.floats(0.0, 12.0), st.just(0)),
    st.tuples(st.just("positive"), st.sampled_from(NAMES), st.integers(0, 100)),
    st.tuples(st.just("alias"), st.sampled_from(NAMES), st.integers(0, 100)),
    st.tuples(st.just("negative"), st.sampled_from(NAMES), st.integers(1, 100)),
    st.tuples(st.just("fails"), st.sampled_from(NAMES), st.sampled_from(list(Cause))),
    st.tuples(st.just("crash"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("flush"), st.just(0), st.just(0)),
)


def happen(scene: Scene, what: str, first: object, second: object) -> None:
    name = str(first)
    if what == "wait":
        scene.world.advance(float(str(first)))
    elif what == "takes":
        scene.takes = float(str(first))
    elif what == "positive":
        scene.knows(name, positive(name, ttl=float(str(second))))
    elif what == "alias":
        target = f"t.{name}"
        scene.knows(name, cname(name, target, ttl=float(str(second))), positive(target, ttl=50))
    elif what == "negative":
        scene.knows(name, negative(name, ttl=float(str(second))))
    elif what == "fails":
        assert isinstance(second, Cause)
        scene.fails(name, second)
    elif what == "crash":
        scene.answers[f"{name}."] = lambda now: RuntimeError("our bug")
    else:
        scene.caches.flush(now=scene.world.now())


def check(message: Message, seconds: float, rd: bool) -> None:
    """What every response keeps to, whatever happened before."""
    codes = {code for code, _ in read_ede(message.edns)}
    assert seconds <= 4.5 + 1e-6
    assert all(0 <= record.ttl <= 100 for record in message.answer + message.authority)
    assert message.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN, Rcode.SERVFAIL, Rcode.REFUSED)
    if codes & STALE:
        assert rd
        assert message.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)
        assert any(record.ttl == 30 for record in message.answer + message.authority)
        assert seconds <= 1.8 + 1e-6
    if message.rcode == Rcode.SERVFAIL:
        assert codes
        assert not message.answer
    if not rd:
        assert seconds == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(happening, min_size=3, max_size=25))
def test_every_history(history: list[tuple[str, object, object]]) -> None:
    scene = Scene()
    for name in NAMES:
        scene.knows(name, positive(name, ttl=20))
    asked = 0
    for what, first, second in history:
        if what != "ask":
            happen(scene, what, first, second)
            continue
        began_at, rd = scene.world.ticks(), bool(second)
        fresh_before = scene.at_once(ask(str(first), flags=0)) if rd else None
        message = scene.response(str(first), Rtype.A, flags=0x0100 if rd else 0)
        check(message, scene.world.ticks() - began_at, rd)
        asked += 1 + rd
        if fresh_before is not None and read(fresh_before).rcode != Rcode.REFUSED:
            # Stale is never served while fresh exists, and no failure shadows it.
            assert message.rcode == read(fresh_before).rcode
            assert message.answer == read(fresh_before).answer
    assert sum(scene.counters.responses.values()) == asked == sum(scene.counters.requests.values())
    scene.assert_empty()
