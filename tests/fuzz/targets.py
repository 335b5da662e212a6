# SPDX-License-Identifier: ISC
"""What is fuzzed: for each target where to begin, and a judge that raises when octets make us break a promise.

    codec      a message             parse, compose and peek against dnspython
    requests   a client's datagram   the whole service: one answer that belongs to it, or none
    answers    a server's reply      the whole resolver: nothing of other zones is cached, and others stay true
    worlds     a client's datagram   eight hostile servers: fifty packets, four connections, a readable answer
    dumps      a saved cache         read in whole, in part or not at all; what is read is sound
    settings   a resolver.toml       a configuration or one line of error
    control    octets on the socket  HTTP answers, never a 500

Nothing is drawn, stored or timed here: `fuzzing` does.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import shutil
import tempfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import web

from resolver.cache import RecordCache
from resolver.control.api import socket_application
from resolver.control.unix_socket import open_socket
from resolver.events import nobody
from resolver.persistence.keeping import PersistError, restore
from resolver.policy import Policy
from resolver.service import Client
from resolver.settings.errors import SettingsError
from resolver.settings.load import faults, load
from resolver.settings.render import default_file
from resolver.wire import Rtype, from_text, names
from tests.control.conftest import FakeOperations
from tests.faults.broken import RIGHT, ZONE, Zone
from tests.faults.modes import request
from tests.faults.modes_fuzz import TYPES, check_response, play
from tests.faults.modes_scenario import ScenarioSession, scenario
from tests.faults.world import Action, Asked, packets
from tests.faults.world_answers import denial, referral, reply, rr, rrs
from tests.fuzz import mutate
from tests.persistence.test_keeping import Scene, filled, saved

CORPUS: Final = Path(__file__).parent / "corpus"
_NAME: Final = f"www.{ZONE}"
_KEPT_APART: Final = (".", "pz.", ZONE)  # cuts that others answer for


class Target(NamedTuple):
    """Valid octets to begin with, and the judge."""

    seeds: Callable[[], list[bytes]]
    judge: Callable[[bytes], object]


@cache
def _folder() -> Path:
    """A private folder for what must be a file."""
    path = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _questions() -> list[bytes]:
    """Questions as clients send them, and what is no question at all."""
    asked = [request(name, rtype, 7) for name in (_NAME, "a.pz.", "localhost.", ".") for rtype in TYPES]
    asked += [request(_NAME, "A", 7, edns=False), request(_NAME, "A", 7, rd=False)]
    return asked + mutate.corpus()


@cache
def _session() -> ScenarioSession:
    """One resolver in a well world, which all questions are put to."""
    entered = scenario(Zone(2).world)
    session = entered.__enter__()
    session.ask(_NAME)
    return session


def judge_request(octets: bytes) -> None:
    """One datagram by UDP and TCP: answered at once, or by work that we do not let begin."""
    session = _session()
    for transport in ("udp", "tcp"):
        found = session.resolver._service.handle(
            octets, Client("127.0.0.1", 4000, transport), session.virtual.now()
        )
        if found is not None and not isinstance(found, bytes):
            found.close()
        else:
            check_response(octets, found)
    assert not session.crashes, session.crashes[0]


def _replies() -> list[bytes]:
    """What a server of `z.pz.` may say to the question for www.z.pz., true or not: forgeries begin so."""
    said: list[bytes] = []

    def hear(asked: Asked) -> Action:
        evil = "203.0.113.66"
        honest = rrs(asked.text, "A", [RIGHT])
        said.extend(
            [
                reply(asked, honest),
                denial(asked, ZONE),
                denial(asked, ZONE, nxdomain=False),
                denial(asked, "pz."),
                referral(
                    asked, f"www.{ZONE}", [f"ns.www.{ZONE}"], rrs(f"ns.www.{ZONE}", "A", ["127.66.9.9"])
                ),
                referral(asked, "pz.", ["ns.evil."], rrs("ns.evil.", "A", [evil])),
                reply(asked, honest, rrs("pz.", "NS", ["ns.evil."]), rrs("ns.evil.", "A", [evil])),
                reply(asked, [*honest, rr("canary.pz.", "A", evil)]),
                reply(asked, [rr(asked.text, "CNAME", "canary.pz."), rr("canary.pz.", "A", evil)]),
                reply(asked, [rr(ZONE, "DNAME", "pz."), rr(asked.text, "CNAME", "www.pz.")]),
                reply(asked, [rr("pz.", "DNAME", "evil."), rr(asked.text, "CNAME", "www.z.evil.")]),
                reply(asked, rrs(asked.text, "A", [f"192.0.2.{n}" for n in range(40)])),
                reply(asked, rrs(asked.text, "TXT", ['"x"'])),
                reply(asked, flags=0x8600),
                reply(asked, rcode=2),
                reply(asked, rcode=5),
            ]
        )
        return packets(said[-1])

    with scenario(Zone(1).change(hear).world) as session:
        session.ask(_NAME)
    return said[:16]


def judge_answer(octets: bytes) -> None:
    """The octets as the reply of `z.pz.`'s servers, with the ID and the spelling that were asked for."""

    def behave(asked: Asked) -> Action:
        data = bytearray(octets)
        data[:2] = asked.data[:2]
        end = 12 + len(asked.name)
        if bytes(data[12:end]).lower() == asked.name:
            data[12:end] = asked.data[12:end]
        return packets(bytes(data))

    zone = Zone(1)
    with scenario(zone.world) as session:
        true = session.ask("canary.pz.").data
        zone.change(behave)
        session.ask(_NAME)
        session.settle()
        _judge_cache(session, zone.servers)
        assert session.ask("canary.pz.").data == true == [RIGHT], "another zone's name was changed"
        assert session.ask("warm.pz.").data == ["192.0.2.1"], "another zone's name was changed"


def _judge_cache(session: ScenarioSession, liars: tuple[str, ...]) -> None:
    """Everything that came from a server of one zone is about that zone; no cut above it was touched."""
    answering = session.resolver._service._answering
    records, delegations = answering._caches.records, answering._caches.delegations
    bad = from_text(ZONE)
    for entry in records.at_or_below(names.ROOT):
        if entry.server in liars:
            assert names.is_at_or_below(entry.key, bad), f"{entry.owner!r} is not theirs to say"
        assert entry.rtype != Rtype.OPT
    apart = {from_text(text) for text in _KEPT_APART}
    for zone in delegations.zones():
        held = delegations.get(zone)
        assert held is not None
        if zone in apart:
            assert all(address.startswith("127.66.") for _, address in held.addresses), (
                "a cut of others changed"
            )
            assert all(names.is_at_or_below(name.lower(), zone) for name in held.names), (
                "a cut of others changed"
            )
        else:
            assert names.is_below(zone, bad), f"{zone!r} is not theirs to delegate"


def judge_world(octets: bytes) -> None:
    """One client in a world that the octets themselves choose."""
    play(zlib.crc32(octets), [octets])


def _dumps() -> list[bytes]:
    _, path = saved(_folder() / "seed", filled(5))
    return [path.read_bytes()]


def judge_dump(octets: bytes) -> None:
    """Read back; what is held then is whole enough to be saved again."""
    path = _folder() / "dump"
    path.write_bytes(octets)
    scene, records = Scene(), RecordCache(1 << 20, nobody)
    try:
        asyncio.run(restore(path, records, 1 << 19, Policy, scene.clocks, scene.turn))
    except PersistError:
        return
    assert records.size_bytes <= 1 << 20
    for entry in records.at_or_below(names.ROOT):
        assert names.check(entry.owner) == entry.owner
        assert entry.lifetime.stale_until >= entry.lifetime.stored_at
    count, again = saved(_folder() / "again", records)
    assert count == len(records)
    again.unlink()


def _settings() -> list[bytes]:
    uncommented = "\n".join(
        line.removeprefix("# ") for line in default_file().splitlines() if "=" in line or "[" in line
    )
    small = '[server]\nlisten = ["127.0.0.1:5300"]\n[cache]\nsize = "64MiB"\n'
    small += '[[zone]]\nname = "a."\nstub = ["192.0.2.1#53"]\n'
    return [default_file().encode(), uncommented.encode()[:4000], small.encode()]


def judge_settings(octets: bytes) -> None:
    """Loaded, or refused in one line; and `faults` is of the same mind."""
    path = _folder() / "resolver.toml"
    path.write_bytes(octets)
    try:
        load(path)
    except SettingsError as error:
        text = str(error)
        assert text.isprintable(), "an error is one line"
        assert faults(path)
    else:
        assert not faults(path)


def _http() -> list[bytes]:
    def post(path: str, body: object) -> bytes:
        text = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(text)}\r\n\r\n"
        return head.encode() + text

    gets = (
        "/",
        "/metrics",
        "/readyz",
        "/api/v1/status",
        "/api/v1/cache/entries?name=a&below=1&limit=5",
        "/x",
    )
    return [
        *(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode() for path in gets),
        post("/api/v1/cache/flush", {"name": "www.a", "type": "AAAA", "exact": True, "dry_run": False}),
        post("/api/v1/policy", {"name": "cap1d", "mode": "shadow"}),
        post("/api/v1/trace", {"name": "a.", "type": "A"}),
        post("/api/v1/reload", {}),
    ]


class Control:
    """The API on a socket of its own, with one loop that lives as long as the fuzzer."""

    def __init__(self) -> None:
        logging.getLogger("aiohttp.server").disabled = True  # it says what it makes of each bad request
        self.crashes: list[object] = []
        self.loop = asyncio.new_event_loop()
        self.path = _folder() / "control.sock"
        self.runner = web.AppRunner(
            socket_application(FakeOperations(), lambda *crash: self.crashes.append(crash)), access_log=None
        )
        self.loop.run_until_complete(self._start())
        atexit.register(lambda: self.loop.run_until_complete(self.runner.cleanup()))

    async def _start(self) -> None:
        await self.runner.setup()
        await web.SockSite(self.runner, open_socket(self.path)).start()

    async def exchange(self, octets: bytes) -> bytes:
        """What comes back; a request that is not whole is ended by us."""
        reader, writer = await asyncio.open_unix_connection(str(self.path))
        try:
            writer.write(octets)
            writer.write_eof()
            return await asyncio.wait_for(reader.read(1 << 20), 5)
        finally:
            writer.close()


_control = cache(Control)


def judge_control(octets: bytes) -> None:
    """An HTTP response or a closed connection; what is wrong with a request is its sender's fault, never a 500."""
    control = _control()
    control.crashes.clear()
    said = control.loop.run_until_complete(control.exchange(octets))
    assert not said or said.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")), said[:80]
    assert not said.startswith((b"HTTP/1.1 500", b"HTTP/1.0 500")), said[:80]
    assert not control.crashes, control.crashes[0]


TARGETS: Final[dict[str, Target]] = {
    "codec": Target(mutate.corpus, mutate.judge),
    "requests": Target(_questions, judge_request),
    "answers": Target(_replies, judge_answer),
    "worlds": Target(_questions, judge_world),
    "dumps": Target(_dumps, judge_dump),
    "settings": Target(_settings, judge_settings),
    "control": Target(_http, judge_control),
}


def stored(target: str) -> list[Path]:
    """The stored corpus of a target, in the order of names; that of requests serves the worlds too."""
    own = sorted((CORPUS / target).glob("*.bin"))
    return own + (stored("requests") if target == "worlds" else [])
