# SPDX-License-Identifier: ISC
"""The internet of the soak: honest zones of every kind of answer beside those that lie, drip, refuse and are dead.

Which questions are asked, and how often, is `soak_clients`' to draw; here stands what each name holds.
"""

from __future__ import annotations

from typing import Final

from resolver.engine.ports import Transport
from resolver.wire.codes import QR, TC
from tests.faults.world import ROOT_SERVER, Action, Asked, Behaviour, Drip, Forgetful, Packet, Packets, silent
from tests.faults.world_answers import reply, rr, saying, with_id
from tests.faults.world_hostile import hostile

ZONES: Final = 8  # honest ones: z0.sk. to z7.sk.
TTLS: Final = (1, 5, 30, 60, 300, 3600)  # seconds; a name below tN has N
_TLD, _EVIL = "127.66.1.1", "127.66.1.2"
_REFUSING, _DEAD, _FORGING, _DRIPPING, _NXNS = (f"127.66.1.{n}" for n in (10, 11, 12, 13, 14))
_BIG: Final = " ".join(f'"{letter * 200}"' for letter in "abcdefghijkl")


class SoakWorld(Forgetful):
    """A world whose honest zones can each be dead for a while."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.dead: int | None = None  # the honest zone whose servers say nothing
        self.lately_dead: frozenset[int] = frozenset()  # it, and still for a while after
        self._root()
        for number in range(ZONES):
            self._honest_zone(number)
        self.zone("ref.sk.", _REFUSING, saying(5))
        self.zone("dead.sk.", _DEAD, silent)
        self.zone("forge.sk.", _FORGING, _forging)
        self.zone("drip.sk.", _DRIPPING, _dripping)
        self.zone("nxns.sk.", _NXNS, text="@ NS ns\n" + "".join(f"evil NS n{n}.z0.sk.\n" for n in range(99)))
        # Whatever servers of `pz.` say, they may say it from each address that their own records name.
        self.zone("pz.", [_EVIL, *(f"127.66.0.{n}" for n in range(2, 9))], hostile(seed))

    def _root(self) -> None:
        root = f"@ NS ns.root.\nns.root. A {ROOT_SERVER}\nsk. NS ns.sk.\nns.sk. A {_TLD}\n"
        self.zone(".", ROOT_SERVER, text=root + f"pz. NS ns.pz.\nns.pz. A {_EVIL}\n")
        cuts = "".join(
            f"z{n} NS ns0.z{n}\nz{n} NS ns1.z{n}\n"
            + "".join(f"ns{k}.z{n} A 127.66.{2 + k}.{n}\n" for k in (0, 1))
            for n in range(ZONES)
        )
        for name, address in (
            ("ref", _REFUSING),
            ("dead", _DEAD),
            ("forge", _FORGING),
            ("drip", _DRIPPING),
            ("nxns", _NXNS),
        ):
            cuts += f"{name} NS ns.{name}\nns.{name} A {address}\n"
        self.zone("sk.", _TLD, text=f"@ NS ns\nns A {_TLD}\n" + cuts)

    def _honest_zone(self, number: int) -> None:
        """`*.tN` has data of TTL N, `*.big` needs TCP, `*.alias` leads through the next two zones, no other name is."""
        text = "".join(f"@ NS ns{k}\nns{k} A 127.66.{2 + k}.{number}\n" for k in (0, 1))
        for ttl in TTLS:
            text += f"*.t{ttl} {ttl} A 192.0.2.{number + 1}\n*.t{ttl} {ttl} AAAA 2001:db8::{number + 1}\n"
            text += f"*.t{ttl} {ttl} MX 10 mail.t300\n*.t{ttl} {ttl} TXT soak\n"
        text += f"*.big 60 TXT {_BIG}\n*.alias 60 CNAME c.via.z{(number + 1) % ZONES}.sk.\n"
        text += f"*.via 30 CNAME end.t30.z{(number + 1) % ZONES}.sk.\n"
        name = f"z{number}.sk."
        addresses = [f"127.66.{2 + k}.{number}" for k in (0, 1)]
        well = self.zone(name, addresses, text=text)
        self.zone(name, addresses, self._mortal(number, well))

    def _mortal(self, number: int, well: Behaviour) -> Behaviour:
        return lambda asked: silent(asked) if self.dead == number else well(asked)


def _right(asked: Asked) -> bytes:
    return reply(asked, [rr(asked.text, "A", "192.0.2.77", 1)])


def _forging(asked: Asked) -> Action:
    """Twenty answers under other IDs, with another address, before the right one."""
    false = reply(asked, [rr(asked.text, "A", "203.0.113.66", 3600)])
    lies = [Packet(with_id(false, asked.message.id + n + 1)) for n in range(20)]
    return Packets((*lies, Packet(_right(asked), 0.01)))


def _dripping(asked: Asked) -> Action:
    """TC over UDP, and then an octet a second."""
    if asked.transport is Transport.UDP:
        return Packets((Packet(reply(asked, flags=QR | TC)),))
    return Drip(_right(asked))
