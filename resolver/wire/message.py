# SPDX-License-Identifier: ISC
"""One DNS message as an immutable value (RFC 1035 section 4). Change it with dataclasses.replace.

No bytes, no judgement of what the message means: engine and service do that.
"""

from dataclasses import dataclass

from resolver.wire import codes
from resolver.wire.edns import Edns
from resolver.wire.records import Question, Record

__all__ = ["Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """Header, question and sections. OPT is taken out of `additional` and stands in `edns`.

    `flags` is the header's flag word with the opcode and without the response code; `rcode` is the whole
    response code, 12 bits with EDNS (RFC 6891 section 6.1.3).
    """

    id: int = 0
    flags: int = 0
    rcode: int = 0
    question: Question | None = None
    answer: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    edns: Edns | None = None

    @property
    def opcode(self) -> int:
        """The operation, see codes.Opcode."""
        return self.flags >> 11 & 0xF

    @property
    def qr(self) -> bool:
        """Is this a response?"""
        return self.flags & codes.QR != 0

    @property
    def aa(self) -> bool:
        """Authoritative answer."""
        return self.flags & codes.AA != 0

    @property
    def tc(self) -> bool:
        """Truncated."""
        return self.flags & codes.TC != 0

    @property
    def rd(self) -> bool:
        """Recursion desired."""
        return self.flags & codes.RD != 0

    @property
    def ra(self) -> bool:
        """Recursion available."""
        return self.flags & codes.RA != 0

    @property
    def ad(self) -> bool:
        """Authentic data (RFC 4035 section 3.1.6)."""
        return self.flags & codes.AD != 0

    @property
    def cd(self) -> bool:
        """Checking disabled (RFC 4035 section 3.1.6)."""
        return self.flags & codes.CD != 0
