# SPDX-License-Identifier: ISC
"""A total outage with stale answers switched on in each peer's own way: rows R17, R18 and R22 (security.md 5.6)."""

from __future__ import annotations

import statistics
import time

from resolver.engine.ports import Transport
from tests.faults import test_broken_outages as outages
from tests.faults.broken import Zone, is_right
from tests.faults.modes import Mode, Session, Told
from tests.faults.modes_compare.case import Case, Found, Variant, case, packets, percent, seconds
from tests.faults.world import Action, Asked, Close, silent
from tests.faults.world import packets as sending
from tests.faults.world_answers import reply, rr

EXPIRED_AFTER_S = 6.5  # the names live for a second, and the greatest least TTL of a peer is five
RENEWED = "192.0.2.10"  # what names have once the servers are back
AFTERMATH_S = 1.0  # in which packets still count
PATIENCE_S = 15.0


def gone(asked: Asked) -> Action:
    """A host that is not there keeps no connection open; on sockets, mere silence would."""
    return Close(0.0) if asked.transport is Transport.TCP else silent(asked)


def outage(mode: Mode) -> Found:
    """Three hundred expired names at once, and once more; then the servers are back, with other data."""
    zone = Zone(2, text=outages.STALE_TEXT)
    with mode(zone.world) as session:
        names, values, ttls = outages.THREE_HUNDRED, list[float | None](), set[int]()
        outages.expired(session, zone, names, gone, EXPIRED_AFTER_S)
        for _ in range(2):
            told = outages.all_at_once(session, names)
            session.pass_time(AFTERMATH_S)
            share = 100 * sum(map(_is_stale, told)) / len(told)
            values += [
                share,
                statistics.median(one.seconds for one in told) if share else None,
                len(zone.world.log),
            ]
            ttls |= {one.ttl for one in told if is_right(one) and one.ttl is not None}
            zone.world.clear()
        values.append(_recovery(session, zone))
        return Found(tuple(values), f"TTL {' '.join(map(str, sorted(ttls))) or 'none'}")


def _is_stale(told: Told) -> bool:
    """Its servers are silent: whatever is right is stale."""
    return is_right(told) or told.rcode == "NXDOMAIN"


def _recovery(session: Session, zone: Zone) -> float | None:
    """Seconds until a name that was answered stale has its new data, while new names are asked for as well."""
    zone.change(lambda asked: sending(reply(asked, [rr(asked.text, "A", RENEWED, 1)])))
    begun_at = time.monotonic()
    while (took := time.monotonic() - begun_at) < PATIENCE_S:
        _, old = outages.all_at_once(session, [f"new{took:.2f}".replace(".", "-") + ".z.pz.", "t0.z.pz."])
        if old.data == [RENEWED]:
            return took + old.seconds
        session.pass_time(0.1)
    return None


CASES: tuple[Case, ...] = (
    case(
        "R17",
        "total outage, 300 expired names",
        (
            percent(100, "% stale", "total outage, 300 expired names at once"),
            seconds(1.9, "s, median", "how long clients wait for these"),
            packets(None),
            percent(100, "% stale, again (R18)"),
            seconds(None, "s, median, again"),
            packets(300, "packets, again"),
            seconds(5, "s to new data when it is over (R22)"),
        ),
        outage,
        busy=True,
        variant=Variant.STALE,
    ),
)
