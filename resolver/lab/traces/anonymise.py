# SPDX-License-Identifier: ISC
"""Takes persons out of a trace and keeps its structure: prefixes of addresses, zones of names, equality of data.

    address  Crypto-PAn's construction (Xu, Fan, Ammar, Moon 2002) with keyed BLAKE2b: two addresses that share k bits
             before share exactly k bits after
    name     each label becomes a keyed hash of itself and the labels above it: siblings stay siblings, and "www" in
             one zone is not "www" in another
    data     rdata_hash is hashed again under the key, or a list of known addresses would undo it

Times, types, codes and TTLs stay. Whoever has the key can test guesses; without the key there is no way back but
traffic analysis, which no such scheme prevents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from resolver.lab.traces.rows import EMPTY, Columns, Row, Trace
from resolver.wire import names

if TYPE_CHECKING:
    from resolver.lab.traces.columns import Numbering

KEY_OCTETS: Final = 32
_CACHED: Final = 1 << 16
_LABEL_LENGTH: Final = 16  # hexadecimal digits: 64 bits, a collision in a billion labels is one in 37
_ALPHABET_START: Final = "x"  # a label that begins with a letter is a host name everywhere


class Anonymiser:
    """Maps addresses, names and hashes under one key; the same key maps the same things alike in every trace.

    `keep` labels at the top of each name stay readable: 1 keeps the top-level domain. A name's first label never
    stays, however short the name is: a lone "printer" is somebody's.
    """

    def __init__(self, key: bytes, keep: int = 0) -> None:
        self._key = key
        self._keep = keep
        self.client = lru_cache(_CACHED)(self._client)
        self.name = lru_cache(_CACHED)(self._name)

    def row(self, row: Row) -> Row:
        """Return `row` with nobody in it."""
        return row._replace(
            client=self.client(row.client), name=self.name(row.name), rdata_hash=self._data(row.rdata_hash)
        )

    def _digest(self, kind: bytes, octets: bytes) -> bytes:
        return blake2b(octets, key=self._key, person=kind, digest_size=8).digest()

    def _client(self, text: str) -> str:
        if not text:
            return text
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return f"{_ALPHABET_START}{self._digest(b'client', text.encode()).hex()}"
        bits, size = int(address), address.max_prefixlen
        hidden = 0
        for position in range(size):
            above = bits >> (size - position)
            flip = self._digest(b"address", bytes((size, position)) + above.to_bytes(16))[0] & 1
            hidden = hidden << 1 | ((bits >> (size - 1 - position) & 1) ^ flip)
        return str(type(address)(hidden))

    def _name(self, name: bytes) -> bytes:
        every = names.labels(name)
        kept = max(0, min(self._keep, len(every) - 1))
        hidden = len(every) - kept
        result = names.suffix(name, kept)
        room = names.NAME_MAX - len(result)
        # A hundred labels of one octet leave no room for whole hashes: shorter ones, or it is no name.
        length = min(_LABEL_LENGTH, room // max(1, hidden) - 2)
        for position in range(hidden - 1, -1, -1):
            above = names.suffix(name, len(every) - position)
            result = names.join(self._label(above, length), result)
        return result

    def _label(self, name: bytes, length: int) -> bytes:
        return (_ALPHABET_START + self._digest(b"label", name).hex()[:length]).encode()

    def _data(self, rdata_hash: int | None) -> int | None:
        if rdata_hash is None or rdata_hash == EMPTY:
            return rdata_hash
        return int.from_bytes(self._digest(b"data", rdata_hash.to_bytes(8))) >> 1 or 1


class Anonymised:
    """A `Trace` seen through an `Anonymiser`."""

    def __init__(self, trace: Trace, anonymiser: Anonymiser) -> None:
        from resolver.lab.traces.columns import Numbering

        self.about = f"{trace.about}, anonymised"
        self._trace = trace
        self._anonymiser = anonymiser
        self._names: Numbering[bytes] = Numbering()
        self._clients: Numbering[str] = Numbering()

    @property
    def names(self) -> Sequence[bytes]:
        """The wire names by number, of the blocks that were read."""
        return self._names.keys

    def client(self, number: int) -> str:
        """Return the client of that number."""
        return self._clients.keys[number]

    def blocks(self) -> Iterator[Columns]:
        """Yield the rows as columns."""
        from resolver.lab.traces.columns import blocks_of, in_order

        return in_order(blocks_of(self.rows(), self._names, self._clients))

    def rows(self) -> Iterator[Row]:
        """Yield the rows."""
        return map(self._anonymiser.row, self._trace.rows())
