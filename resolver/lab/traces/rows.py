# SPDX-License-Identifier: ISC
"""What a trace is made of: a row for one question, columns for many, names by number.

Values and protocols only: no file, no format and no generator lives here, and numpy is not imported at run time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from resolver.wire.codes import Rcode, rcode_to_text
from resolver.wire.errors import FormatError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNKNOWN: Final = -1  # of `ttl`, `rcode`, `rdata_hash` and `client` in columns; `upstream_ms` has NaN
EMPTY: Final = 0  # `rdata_hash` of an answer without records: NODATA or NXDOMAIN (RFC 2308 section 2)


class Row(NamedTuple):
    """One question of a client, and what is known of its answer.

    `time` is seconds, since 1970 or since the start of the trace. `client` is an address or any other name of who
    asked, "" when the source does not tell. `name` is the folded wire name. `ttl` is the least TTL of the answer in
    seconds as the client saw it or, in generated traces, as its owner published it; of a negative answer, its
    negative TTL (RFC 2308 section 5). `rdata_hash` is 63 bits over the answer's records without TTLs: equal when
    the data are; EMPTY without any. `upstream_ms` is the time the resolver waited for others. None: not told.
    """

    time: float
    client: str
    name: bytes
    rtype: int
    ttl: int | None = None
    rcode: int | None = None
    rdata_hash: int | None = None
    upstream_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Consecutive rows of a trace as arrays of one length; `time` never decreases, from block to block either.

    `name` numbers the trace's `names`, `client` its clients; both are dense from 0. The pair (name, rtype) is an RRset.
    """

    time: NDArray[np.float64]
    client: NDArray[np.int32]
    name: NDArray[np.int32]
    rtype: NDArray[np.uint16]
    ttl: NDArray[np.int32]
    rcode: NDArray[np.int16]
    rdata_hash: NDArray[np.int64]
    upstream_ms: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.time)


class Trace(Protocol):
    """A trace that can be read again and again, by rows or by blocks of columns: the same questions in both.

    The `names` of a file grow while its blocks are read.
    """

    @property
    def about(self) -> str:
        """What the trace is, in one line: a file, or a spec and a seed."""
        ...

    @property
    def names(self) -> Sequence[bytes]:
        """Wire names by number; its length is an upper bound for the numbers seen so far."""
        ...

    def client(self, number: int) -> str:
        """Return the client of that number."""
        ...

    def blocks(self) -> Iterator[Columns]:
        """Yield the trace from its start, in blocks of columns."""
        ...

    def rows(self) -> Iterator[Row]:
        """Yield the same questions from the start, one by one."""
        ...


_RCODES: Final = {rcode_to_text(code): int(code) for code in Rcode}


def rcode_from_text(text: str) -> int:
    """Return the number of a response code by mnemonic, `RCODE<n>` or number. Raises FormatError on anything else."""
    upper = text.strip().upper()
    number = _RCODES.get(upper)
    if number is not None:
        return number
    digits = upper.removeprefix("RCODE")
    if digits.isascii() and digits.isdigit() and int(digits) <= 0xFFF:
        return int(digits)
    raise FormatError("unknown-rcode")
