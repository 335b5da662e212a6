# SPDX-License-Identifier: ISC
"""What a zone's serial number says about what is held of it: older, current, unknown. Pure; nobody is asked here.

    NOTIFY(serial) ──► Fence ──► standing(serial of a reply): CURRENT ──► kept as any answer
                                                             LAGGING, UNKNOWN ──► cut_short: kept briefly
    expired entry, its version, the zone's latest ──► plan: LiveOn(checked_at) | AskSerial | Refetch

How serials are learnt is the engine's business, where they are remembered the cache's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final, NamedTuple

from resolver.policy.lifetime import Lifetime, Reason
from resolver.units import Doc, Settings

_HALF: Final = 1 << 31
_SERIALS: Final = 1 << 32


class RevalidationRules(Settings, frozen=True):
    """For which zones an unchanged SOA serial lets entries live on. The block `[revalidation]`."""

    zones: Annotated[
        tuple[str, ...],
        Doc(
            "zones (and those below them) whose entries live on while the SOA serial stays; '.' for all. Only for "
            "servers that raise the serial with every change, which those that choose answers by client do not"
        ),
    ] = ()
    zone_version: Annotated[
        bool,
        Doc("ask servers of those zones, and after a NOTIFY, for ZONEVERSION with each answer (RFC 9660)"),
    ] = True


class Standing(Enum):
    """How a reply stands to what a NOTIFY announced."""

    CURRENT = "current"  # of the version announced, or a later one
    LAGGING = "lagging"  # of an earlier one: the server has not got the new zone yet
    UNKNOWN = "unknown"  # nobody said of which


class Fence(NamedTuple):
    """After a NOTIFY: what is older than `serial` is kept for `brief_s` seconds at most, until the instant `until`.

    `serial` is the one announced, None when the NOTIFY had none; `after` is then the last one known before it came.
    """

    serial: int | None
    after: int | None
    until: float
    brief_s: float


class Checked(NamedTuple):
    """The latest serial of a zone: at the instant `at`, `server` (an address) had it."""

    serial: int
    at: float
    server: str


@dataclass(frozen=True, slots=True)
class LiveOn:
    """The zone was unchanged at the check: the entry lives as if it had been received then."""

    check: Checked


@dataclass(frozen=True, slots=True)
class AskSerial:
    """One query for the zone's SOA may spare this one, and those for the zone's other entries."""


@dataclass(frozen=True, slots=True)
class Refetch:
    """Nothing speaks for the entry."""


Plan = LiveOn | AskSerial | Refetch


def is_newer(serial: int, than: int) -> bool:
    """Whether a serial comes after another in the arithmetic of RFC 1982 section 3.2; half-way apart, neither does."""
    return 0 < (serial - than) % _SERIALS < _HALF


def standing(serial: int | None, fence: Fence) -> Standing:
    """Judge a reply by the serial that its server had; None when that is not known."""
    if serial is None:
        return Standing.UNKNOWN
    if fence.serial is not None:
        is_old = serial != fence.serial and not is_newer(serial, fence.serial)
    elif fence.after is not None:
        is_old = not is_newer(serial, fence.after)
    else:
        return Standing.UNKNOWN
    return Standing.LAGGING if is_old else Standing.CURRENT


def plan(
    version: int | None, latest: Checked | None, granted_until: float, asking_grants: float, needed_at: float
) -> Plan:
    """What to do about an entry of `version` (None: not known) that is needed at the instant `needed_at`.

    It would be fresh until `granted_until` had it come at the `latest` check, until `asking_grants` if it came now. An
    entry of another version than the latest is fetched again, whichever of the two is the newer: a lower serial may be
    a server that lags, or a zone begun anew.
    """
    if version is None or latest is None or latest.serial != version:
        return Refetch()
    if needed_at < granted_until:
        return LiveOn(latest)
    return AskSerial() if needed_at < asking_grants else Refetch()


def cut_short(lifetime: Lifetime, seconds: float, rule: str) -> Lifetime:
    """The same, but fresh for no more than `seconds` and never stale: it may already be superseded."""
    fresh_until = min(lifetime.fresh_until, lifetime.stored_at + seconds)
    if max(lifetime.fresh_until, lifetime.stale_until) <= fresh_until:
        return lifetime
    reason = Reason(
        rule, lifetime.kept_ttl, fresh_until - lifetime.stored_at
    )  # also where only staleness goes
    reasons = (*lifetime.reasons, reason)
    return Lifetime(lifetime.stored_at, fresh_until, fresh_until, lifetime.published_ttl, reasons)
