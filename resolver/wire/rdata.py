# SPDX-License-Identifier: ISC
"""Where names are embedded in rdata: one table for reading and for writing.

A type that is not in the table is opaque, whatever its rdata says (RFC 3597 section 3); later types
forbid compression and need nothing here.
"""

from typing import Final, NamedTuple

from resolver.wire.codes import Rtype

__all__ = ["FIXED_LENGTHS", "LAYOUTS", "Layout"]


class Layout(NamedTuple):
    """The shape of an rdata with names in it, in octets from left to right."""

    before: int  # fixed fields in front of the first name
    strings: int  # <character-string>s after those (NAPTR alone)
    names: int  # names, one after the other
    after: int | None  # octets that must follow the names; None for any number
    compress: bool  # an RFC 1035 type: its names may be compressed on output (RFC 3597 section 4)


_NAME: Final = Layout(before=0, strings=0, names=1, after=0, compress=True)
_TWO_NAMES: Final = Layout(before=0, strings=0, names=2, after=0, compress=True)

# RFC 1035 section 3.3 defines the first group; RFC 3597 section 4 names the second, which servers
# once compressed: we take that apart but never do it.
LAYOUTS: Final[dict[int, Layout]] = {
    int(rtype): layout
    for rtype, layout in {
        Rtype.NS: _NAME,
        Rtype.MD: _NAME,
        Rtype.MF: _NAME,
        Rtype.CNAME: _NAME,
        Rtype.SOA: _TWO_NAMES._replace(after=20),
        Rtype.MB: _NAME,
        Rtype.MG: _NAME,
        Rtype.MR: _NAME,
        Rtype.PTR: _NAME,
        Rtype.MINFO: _TWO_NAMES,
        Rtype.MX: _NAME._replace(before=2),
        Rtype.RP: _TWO_NAMES._replace(compress=False),
        Rtype.AFSDB: _NAME._replace(before=2, compress=False),
        Rtype.RT: _NAME._replace(before=2, compress=False),
        Rtype.SIG: _NAME._replace(before=18, after=None, compress=False),
        Rtype.PX: _TWO_NAMES._replace(before=2, compress=False),
        Rtype.NXT: _NAME._replace(after=None, compress=False),
        Rtype.SRV: _NAME._replace(before=6, compress=False),
        Rtype.NAPTR: _NAME._replace(before=4, strings=3, compress=False),
    }.items()
}

# Addresses of class IN, whose length everybody downstream relies on.
FIXED_LENGTHS: Final[dict[int, int]] = {int(Rtype.A): 4, int(Rtype.AAAA): 16}
