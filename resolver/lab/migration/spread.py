# SPDX-License-Identifier: ISC
"""One resolver and its clients through one change: until when each of them is given the old value.

The change is at instant 0. A client *sees* the old value at an instant when a question asked then would be answered
with it; caches do not go back, so that is an interval which ends once, and the end is all there is to know.

Two steps. Long before the change only the resolver's last fetch matters: its fetches are drawn as one renewal process,
questions of all clients together being nearly Poisson. From ten lives of browsers' copies before the change on, each
question is played, but for spans in which the resolver cannot ask; copies are drawn from their stationary law.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import inf
from random import Random
from typing import Final

from resolver.lab.migration.keeping import serves_stale_first
from resolver.lab.migration.population import Client
from resolver.policy.judge import judge
from resolver.policy.prefetch import prefetch_at
from resolver.policy.subject import AnswerClass, Subject
from resolver.policy.terms import Policy

# Fetches before the change that are played to forget how the first one was drawn.
_FORGOTTEN_AFTER: Final = 20
# Browsers' lives before the change that are played question by question.
_PLAYED_COPIES: Final = 10


@dataclass(frozen=True, slots=True)
class Life:
    """A lifetime as seconds after its fetch. `stale_first`: past it, the next question is still answered with it."""

    fresh: float
    prefetch: float
    stale: float
    stale_first: bool


def life(subject: Subject, policy: Policy) -> Life:
    """What `policy` makes of `subject`, for any instant of fetching."""
    lifetime = judge(subject, 0.0, policy)
    return Life(
        lifetime.fresh_until,
        prefetch_at(subject, lifetime, policy),
        lifetime.stale_until,
        serves_stale_first(subject, policy),
    )


@dataclass(frozen=True, slots=True)
class Published:
    """The TTLs of the owner: `before` until `notice` seconds before the change, `after` from then on."""

    before: int
    after: int
    notice: float

    def ttl_at(self, instant: float) -> int:
        """The TTL that a fetch at `instant` brings."""
        return self.before if instant < -self.notice else self.after


class Judged:
    """Lives of one name under one policy, each TTL judged once."""

    def __init__(self, owner: bytes, rtype: int, policy: Policy) -> None:
        self._owner, self._rtype, self._policy = owner, rtype, policy
        self._lives: dict[int, Life] = {}

    def life(self, ttl: int) -> Life:
        """The life of an answer with this TTL."""
        found = self._lives.get(ttl)
        if found is None:
            found = life(Subject(self._owner, self._rtype, AnswerClass.POSITIVE, ttl), self._policy)
            self._lives[ttl] = found
        return found


def ends(
    clients: tuple[Client, ...], resolver: Judged, browser: Judged | None, published: Published, rng: Random
) -> list[float]:
    """For each client, the seconds after the change from which on it is given the new value; 0: at once."""
    copy = browser.life(published.before).fresh if browser else 0.0
    rate = sum(_rate_upstream(client, copy) for client in clients)
    if rate <= 0:
        return [0.0] * len(clients)
    # Not a whole number of lives: busy browsers that begin together would be together still at the change.
    play_from = -(_PLAYED_COPIES + rng.random()) * copy
    fetched_at = _last_fetch(resolver, rate, published, play_from, rng)
    return _play(clients, resolver, published, fetched_at, play_from, copy, rng)


def _rate_upstream(client: Client, copy: float) -> float:
    """Questions per second that reach the resolver: a browser asks again when its copy is over."""
    return client.rate / (1.0 + client.rate * copy) if client.is_browser else client.rate


def _last_fetch(resolver: Judged, rate: float, published: Published, before: float, rng: Random) -> float:
    """The instant of the resolver's last fetch before the instant `before`."""
    held = resolver.life(published.before)
    # The mean time between two fetches, with and without prefetch, questions being memoryless. A busy name has cycles
    # of one length, so an offset drawn from any other one would never be forgotten.
    cycle = min(held.prefetch, held.fresh) + 1.0 / rate
    at = min(before, -published.notice) - (_FORGOTTEN_AFTER + rng.random()) * cycle
    while True:
        held = resolver.life(published.ttl_at(at))
        next_at = at + held.prefetch + rng.expovariate(rate) if held.prefetch < held.fresh else inf
        if next_at >= at + held.fresh:
            next_at = at + held.fresh + rng.expovariate(rate)
        if next_at >= before:
            return at
        at = next_at


def _play(
    clients: tuple[Client, ...],
    resolver: Judged,
    published: Published,
    fetched_at: float,
    play_from: float,
    copy: float,
    rng: Random,
) -> list[float]:
    """Play question by question, from `play_from` or when the resolver can next ask, until it has the new value."""
    held = resolver.life(published.ttl_at(fetched_at))
    asks_from = fetched_at + min(held.prefetch, held.fresh)
    # A copy that a browser made earlier than this is over when the resolver asks.
    begin = max(play_from, asks_from - 2.0 * copy)
    copies, queue = _draw(clients, begin, copy, rng)
    while True:
        now, i = queue[0]
        if now >= asks_from:
            if now >= 0.0:
                break
            held = resolver.life(published.ttl_at(now))
            fetched_at, asks_from = now, now + min(held.prefetch, held.fresh)
            if asks_from - 2.0 * copy > now - play_from:  # far ahead: what is between has no effect
                copies, queue = _draw(clients, asks_from - 2.0 * copy, copy, rng)
                continue
        if clients[i].is_browser:
            copies[i] = now + copy
        heapreplace(queue, (max(now, copies[i]) + rng.expovariate(clients[i].rate), i))
    gives_until = max(0.0, fetched_at + (held.stale if held.stale_first else held.fresh))
    # With prefetch or stale data first, this question is still answered with the value that it renews.
    if now < gives_until and clients[i].is_browser:
        copies[i] = now + copy
    end = min(now, gives_until)
    return [max(end, copies[i]) if client.is_browser else end for i, client in enumerate(clients)]


def _draw(
    clients: tuple[Client, ...], begin: float, copy: float, rng: Random
) -> tuple[list[float], list[tuple[float, int]]]:
    """Ends of browsers' copies by their stationary law at `begin`, and each client's next question from then on."""
    copies = [_copy_until(begin, client, copy, rng) for client in clients]
    queue = [
        (max(begin, copies[i]) + rng.expovariate(client.rate), i)
        for i, client in enumerate(clients)
        if client.rate > 0
    ]
    heapify(queue)
    return copies, queue


def _copy_until(instant: float, client: Client, copy: float, rng: Random) -> float:
    """Until when a browser's copy lives that it has at `instant`; minus infinity when it has none.

    Lives of `copy` and pauses of Exp(rate) take turns, so it has one with probability rate·copy / (1 + rate·copy), and
    what is left of it is uniform.
    """
    share = client.rate * copy / (1.0 + client.rate * copy)
    if not client.is_browser or rng.random() >= share:
        return -inf
    return instant + rng.random() * copy
