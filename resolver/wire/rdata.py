# SPDX-License-Identifier: ISC
"""Where names are embedded in rdata: one table for reading and for writing.

A type that is not in the table is opaque, whatever its rdata says (RFC 3597 section 3); later types
forbid compression and need nothing here.
"""

from typing import Final, NamedTuple

from resolver.wire.codes import Rtype

__all__ = ["FIXED_LENGTHS", "LAYOUTS", "NAME_ALONE", "Layout"]


class Layout(NamedTuple):
    """The shape of an rdata with names in it, in octets from left to right."""

    before: int  # fixed fields in front of the first name
    strings: int  # <character-string>s after those (NAPTR alone)
    names: int  # names, one after the other
    after: int | None  # octets that must follow the names; None for any number
    compress: bool  # an RFC 1035 type: its names may be compressed on output (RFC 3597 section 4)


NAME_ALONE: Final = Layout(before=0, strings=0, names=1, after=0, compress=True)
_TWO_NAMES: Final = Layout(before=0, strings=0, names=2, after=0, compress=True)

# RFC 1035 section 3.3 defines the first group; RFC 3597 section 4 names the second, which servers
# once compressed: we take that apart but never do it.
LAYOUTS: Final[dict[int, Layout]] = {
    int(rtype): layout
    for rtype, layout in {
        Rtype.NS: NAME_ALONE,
        Rtype.MD: NAME_ALONE,
        Rtype.MF: NAME_ALONE,
        Rtype.CNAME: NAME_ALONE,
        Rtype.SOA: _TWO_NAMES._replace(after=20),
        Rtype.MB: NAME_ALONE,
        Rtype.MG: NAME_ALONE,
        Rtype.MR: NAME_ALONE,
        Rtype.PTR: NAME_ALONE,
        Rtype.MINFO: _TWO_NAMES,
        Rtype.MX: NAME_ALONE._replace(before=2),
        Rtype.RP: _TWO_NAMES._replace(compress=False),
        Rtype.AFSDB: NAME_ALONE._replace(before=2, compress=False),
        Rtype.RT: NAME_ALONE._replace(before=2, compress=False),
        Rtype.SIG: NAME_ALONE._replace(before=18, after=None, compress=False),
        Rtype.PX: _TWO_NAMES._replace(before=2, compress=False),
        Rtype.NXT: NAME_ALONE._replace(after=None, compress=False),
        Rtype.SRV: NAME_ALONE._replace(before=6, compress=False),
        Rtype.NAPTR: NAME_ALONE._replace(before=4, strings=3, compress=False),
    }.items()
}

# Addresses of class IN, whose length everybody downstream relies on.
FIXED_LENGTHS: Final[dict[int, int]] = {int(Rtype.A): 4, int(Rtype.AAAA): 16}
