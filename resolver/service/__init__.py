# SPDX-License-Identifier: ISC
"""One client question in, one answer out. No sockets and no clock: datagrams come in as bytes, time from the world.

    datagram ──► admission.Access ──► fast ──image──────────────────────────────► bytes, now
                                       │ none
                                       ▼
                    request.read_request ──malformed, not ours──► respond ──────► bytes, now
                                       ▼
                    local (RFC 6761, 6303 …) ─────────────────────► respond ────► bytes, now
                                       ▼
                    answering.look: cache, policy.stale.plan ─────► respond ────► bytes, now   (kept as an image)
                                       │ must wait
                                       ▼
                    answering.wait: single_flight ──► engine ─────► respond ────► a coroutine that ends in bytes
                                       │
                                       └──► aftermath (failures, rechecks) · refresh (prefetch) · counters

What a client gets is decided once, in the order above; the runtime only carries octets.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from resolver.cache import Caches
from resolver.cache.images import ImageCache
from resolver.engine.limits import Limits, UpstreamSettings
from resolver.engine.ports import World
from resolver.events import Crashed, Tell
from resolver.policy import Policy
from resolver.service.admission import (
    Access,
    AdmissionSettings,
    Bites,
    Client,
    ClientClass,
    Seat,
    ServiceOptions,
    WaitingClients,
    octets_of,
)
from resolver.service.aftermath import Aftermath
from resolver.service.answering import Answering, MustWait, Said, flight_key
from resolver.service.cookies import NO_GRANT
from resolver.service.counters import ServiceCounters, Source
from resolver.service.fast import RATE_LIMITED, Fast
from resolver.service.local import LocalZones
from resolver.service.notify import NotifyDoor, NotifySettings, door, is_notify
from resolver.service.per_client import per_client
from resolver.service.rates import Verdict
from resolver.service.rebinding import Rebinding, RebindingSettings
from resolver.service.refresh import Refresher
from resolver.service.request import Refusal, Request, is_version_question, read_request, refuse
from resolver.service.respond import (
    Answer,
    chaos_version,
    compose_refusal,
    compose_response,
    compose_slip,
    turned,
)
from resolver.service.shadows.book import Shadowing, Shadows
from resolver.service.single_flight import Engine, FlightEnded, SingleFlight, SubResolve
from resolver.service.zone_changes import PassOn, ZoneChanges
from resolver.wire import ROOT, Ede, Rclass, Rcode

__all__ = [
    "AdmissionSettings",
    "Client",
    "Engine",
    "NotifySettings",
    "RebindingSettings",
    "Service",
    "ServiceCounters",
    "ServiceOptions",
    "SubResolve",
]


class Service:
    """The room's front: `handle` takes every datagram; everything else is composition.

    `make_engine` is given the way back for sub-questions. `configured_zones` are the names of all `[[zone]]` blocks.
    `counters`, `flights`, `waiting` and `rebinding` are there for telemetry and control to read; `changes` takes the
    news that a zone has changed, and `pass_on` hears of what a NOTIFY said, for the processes beside this one. `lag`
    gives the seconds by which the event loop is late.
    """

    def __init__(
        self,
        world: World,
        make_engine: Callable[[SubResolve], Engine],
        caches: Caches,
        images: ImageCache,
        policy: Policy,
        *,
        upstream: UpstreamSettings,
        limits: Limits,
        admission: AdmissionSettings,
        options: ServiceOptions,
        configured_zones: Collection[bytes] = (),
        rebinding: RebindingSettings | None = None,
        notify: NotifySettings | None = None,
        pass_on: PassOn | None = None,
        shadowing: Shadowing | None = None,
        lag: Callable[[], float] = lambda: 0.0,
        tell: Tell,
    ) -> None:
        self._counters = ServiceCounters()
        self._bites = Bites(admission.mode, world.ticks, tell)
        self.waiting = WaitingClients(admission.waiting_per_client, self._bites)
        self._late_reply = float(admission.late_reply)
        self._world = world
        self._delegations = caches.delegations
        self._options = options
        self._tell = tell
        self._turns = (
            options.rrset_order == "cyclic"
        )  # and then no image: it would say the same order for its life
        self._responses = 0
        self._access = Access(options)
        self._local = LocalZones(configured_zones, enabled=options.special_use)
        self.rebinding = Rebinding(rebinding or RebindingSettings(), configured_zones)
        self._aftermath = Aftermath(world, caches.failures, policy)
        self._refresher = Refresher(policy, self._counters)
        self._per_client = per_client(options.secrets_for, admission, world, self._bites, self._counters)
        self.fast = Fast(images, self._counters, self._access, options.edns_udp_size, self._per_client)
        self.flights = self._single_flight(
            make_engine, admission, limits, float(upstream.resolution_limit), lag
        )
        self.shadows = self._shadowed(policy, shadowing, limits, caches)
        self._answering = Answering(
            world,
            caches,
            policy,
            limits,
            self.flights,
            self._aftermath,
            self._refresher,
            self._counters,
            self.rebinding,
            float(upstream.deadline),
            self.shadows,
        )
        notify = notify or NotifySettings()
        self.changes = ZoneChanges(world, caches, self.flights, notify, pass_on)
        self._notify = door(notify, self.changes.notified, world.wall, self._counters.notifies)

    def _shadowed(
        self, policy: Policy, shadowing: Shadowing | None, limits: Limits, caches: Caches
    ) -> Shadows | None:
        if shadowing is None or not shadowing.candidates:
            return None
        key = self._world.draw(1 << 64).to_bytes(8, "big")
        links, under_way = limits.cname_links, self.flights.is_under_way
        shadows = Shadows(policy, shadowing, key, caches.records, links, under_way, self._world.now())
        self._counters.judged = shadows.judged
        return shadows

    def _single_flight(
        self,
        make_engine: Callable[[SubResolve], Engine],
        admission: AdmissionSettings,
        limits: Limits,
        resolution_limit: float,
        lag: Callable[[], float],
    ) -> SingleFlight:
        return SingleFlight(
            self._world,
            make_engine,
            admission,
            limits,
            resolution_limit,
            self._tell,
            zone_of=self._zone_of,
            known_failure=self._aftermath.known_failure,
            ended=self._ended,
            lag=lag,
        )

    @property
    def counters(self) -> ServiceCounters:
        """What was counted up to now; hits on images are counted in bulk, so ask here and do not keep it."""
        self.fast.settle(self._world.now())
        return self._counters

    def handle(
        self, datagram: bytes, client: Client, now: float
    ) -> bytes | Coroutine[Any, Any, bytes | None] | None:
        """Answer one datagram at the instant `now`: octets to send back, None to send nothing, or work to run for them.

        Nothing that a client sends makes it raise, and neither does what it returns.
        """
        client_class = self._access.classify(client.address)
        if client_class is not ClientClass.STRANGER:
            octets = self.fast.look_up(datagram, client, client_class, now)
            if octets is not None:
                return octets or None
        return self._work_out(datagram, client, client_class, now)

    def handle_missed(
        self, datagram: bytes, client: Client, now: float
    ) -> bytes | Coroutine[Any, Any, bytes | None] | None:
        """The same for a datagram for which `fast` had no image a moment ago: it is not looked for again.

        Looking twice would find the image that has just sent this one caller the slow way, to start a prefetch.
        """
        return self._work_out(datagram, client, self._access.classify(client.address), now)

    def _work_out(
        self, datagram: bytes, client: Client, client_class: ClientClass, now: float
    ) -> bytes | Coroutine[Any, Any, bytes | None] | None:
        """What there is no image of."""
        if self._notify is not None and is_notify(datagram):
            return self._answer_notify(self._notify, datagram, client)
        tcp, most = client.transport == "tcp", self._options.edns_udp_size
        judge = None if self._per_client is None else self._per_client.judge(client.address)
        read = read_request(datagram, tcp=tcp, udp_size_max=most, judge=judge)
        if isinstance(read, str):
            self._counters.drop(read)
            return None
        rtype = read.rtype if isinstance(read, Request) else read.question.rtype if read.question else 0
        self._counters.asked(client.transport, client.family, rtype)
        if isinstance(read, Refusal):
            return self._refuse(read, client, client_class)
        try:
            return self._answer(read, datagram, client, client_class, now)
        except Exception:  # noqa: BLE001 - a bug of ours fails one question; the server lives on
            return self._crashed(read, client, client_class)

    def drain(self) -> None:
        """Begin no more work.

        The runtime then ends the world's jobs: all who wait hear of it, and get stale data or SERVFAIL at once.
        """
        self.flights.closed = True

    def _answer(
        self, request: Request, datagram: bytes, client: Client, client_class: ClientClass, now: float
    ) -> bytes | Coroutine[Any, Any, bytes | None] | None:
        if client_class is ClientClass.STRANGER:
            refusal = refuse(request, Rcode.REFUSED, (Ede.PROHIBITED, ""))
            return self._refuse(refusal, client, client_class)
        if request.rclass == Rclass.CH:
            return self._answer_chaos(request, client, client_class)
        local = self._local.answer(request)
        if local is not None:
            return self._respond(request, Said(local, Source.LOCAL), client)
        if not request.rd and client_class is not ClientClass.SNOOPER:
            refusal = refuse(request, Rcode.REFUSED, (Ede.NOT_AUTHORITATIVE, ""))
            return self._refuse(refusal, client, client_class)
        found = self._answering.look(request, now)
        if isinstance(found, MustWait):
            return self._wait(found, client, client_class)
        octets = self._compose(request, found.answer)
        if found.chain is not None and found.answer.fresh_untils and not self._turns:
            key = flight_key(request)
            fresh_until, prefetch_at = self._refresher.image_bounds(key, found.chain.entries)
            own = request.grant.cookie  # and so no part of an image
            self.fast.keep(
                datagram,
                client,
                client_class,
                self._compose(request._replace(grant=NO_GRANT), found.answer) if own else octets,
                found.answer,
                found.chain,
                now,
                fresh_until=fresh_until,
                prefetch_at=prefetch_at,
                watch=None if self.shadows is None else self.shadows.watch(key),
            )
        return self._let_out(octets, request, found.answer.rcode, found.source, client)

    async def _wait(self, waiting: MustWait, client: Client, client_class: ClientClass) -> bytes | None:
        """The rest of the way for a question that takes a resolution."""
        seat = self.waiting.enter(client.address)
        if seat is None:
            self._counters.drop("waiting_per_client")
            return None
        began_at = self._world.ticks()
        try:
            said = await self._answering.wait(waiting, seat)
            waited_s = self._world.ticks() - began_at
            if self._is_too_late(client, seat, waited_s):
                self._counters.drop("late")
                return None
            return self._respond(waiting.request, said, client, waited_s)
        except Exception:  # noqa: BLE001 - a bug of ours fails one question; the server lives on
            return self._crashed(waiting.request, client, client_class)
        finally:
            seat.leave()

    def _is_too_late(self, client: Client, seat: Seat, waited_s: float) -> bool:
        """Whether a reply would only add to a pulse (DNSBomb, CVE-2024-33655): old, over UDP, and under pressure.

        Its client has asked again or given up. Over TCP it goes out: that client has shown that it is there.
        """
        if waited_s <= self._late_reply or client.transport != "udp":
            return False
        pressed = seat.is_of_a_crowd or self.flights.pressure.is_on
        return pressed and self._bites("admission.late_reply")

    def _answer_notify(self, door: NotifyDoor, datagram: bytes, client: Client) -> bytes | None:
        """A NOTIFY, where somebody's is acted upon; everywhere else it is answered NOTIMP as any such opcode."""
        try:
            return door.answer(datagram, client)
        except Exception:  # noqa: BLE001 - a bug of ours fails one NOTIFY; the server lives on
            self._tell(Crashed(self._world.ticks(), "notify", traceback.format_exc()))
            return None

    def _answer_chaos(self, request: Request, client: Client, client_class: ClientClass) -> bytes | None:
        """CH TXT version.bind, when configured; nothing else lives in that class."""
        version = self._options.chaos_version
        if not version or not is_version_question(request):
            return self._refuse(refuse(request, Rcode.REFUSED), client, client_class)
        return self._respond(request, Said(chaos_version(request, version), Source.LOCAL), client)

    def _respond(self, request: Request, said: Said, client: Client, seconds: float = 0.0) -> bytes | None:
        octets = self._compose(request, said.answer)
        return self._let_out(octets, request, said.answer.rcode, said.source, client, seconds)

    def _compose(self, request: Request, answer: Answer) -> bytes:
        if self._turns:
            self._responses += 1
            answer = turned(answer, self._responses)
        return compose_response(request, answer, edns_udp_size=self._options.edns_udp_size)

    def _refuse(self, refusal: Refusal, client: Client, client_class: ClientClass) -> bytes | None:
        recursion = client_class is not ClientClass.STRANGER
        octets = compose_refusal(refusal, edns_udp_size=self._options.edns_udp_size, recursion=recursion)
        return self._let_out(octets, refusal, refusal.rcode, Source.REFUSED, client, recursion=recursion)

    def _let_out(
        self,
        octets: bytes,
        asked: Request | Refusal,
        rcode: int,
        source: Source,
        client: Client,
        seconds: float = 0.0,
        *,
        recursion: bool = True,
    ) -> bytes | None:
        """The response as it goes out, counted; where replies are counted by network, perhaps another one or none."""
        if self._per_client is not None and client.transport == "udp":
            match self._per_client.verdict(octets_of(client.address), octets[2:], asked.grant):
                case Verdict.DROP:
                    self._counters.drop(RATE_LIMITED)
                    return None
                case Verdict.SLIP:
                    size, source = self._options.edns_udp_size, Source.REFUSED
                    octets = compose_slip(asked, edns_udp_size=size, recursion=recursion)
                    rcode = Rcode.BADCOOKIE if asked.grant.cookie else Rcode.NOERROR
                case Verdict.SEND:
                    pass
        self._counters.answered(rcode, source, seconds)
        return octets

    def _crashed(self, request: Request, client: Client, client_class: ClientClass) -> bytes | None:
        self._tell(Crashed(self._world.ticks(), "service", traceback.format_exc()))
        refusal = refuse(request, Rcode.SERVFAIL, (Ede.OTHER, "internal error"))
        return self._refuse(refusal, client, client_class)

    def _ended(self, event: FlightEnded) -> None:
        self._aftermath.ended(event)
        self._refresher.ended(event)
        if self.shadows is not None:
            self.shadows.ended(event, self._world.now())

    def _zone_of(self, key: bytes) -> bytes:
        delegation = self._delegations.deepest(key, self._world.now())
        return ROOT if delegation is None else delegation.zone
