# SPDX-License-Identifier: ISC
"""The codec: DNS messages between bytes and values. No I/O, no clock, no randomness, no policy.

    datagram ──► peek ──► Peek            a plain request, understood without a parse (the hit path)
        │
        └─────► parse ──► Message ──► compose ──► datagram
                  │          │           │
                  │          │           └── with_id, set_flags, rewrite_ttls (patch) on a stored image
                  │          ├── Question, Record ──► group ──► RRset        (records)
                  │          └── Edns, extended errors, cookies              (edns)
                  ├── names: wire bytes and their keys      rdata: where names are embedded
                  └── codes: the numbers of the registries

Promises: parse raises nothing but FormatError; peek never raises; composing a parsed message gives an
equal message. Where our reading is stricter than the RFCs ask, parse says so.
"""

from resolver.wire.codes import Ede, Opcode, OptionCode, Rclass, Rcode, Rtype, type_to_text
from resolver.wire.compose import compose, compose_query
from resolver.wire.edns import Edns, ede_option, read_ede
from resolver.wire.errors import FormatError, MessageTooLong
from resolver.wire.message import Message
from resolver.wire.names import ROOT, from_text, key_of, to_text
from resolver.wire.parse import parse
from resolver.wire.peek import Peek, peek
from resolver.wire.records import Question, Record, RRset, group

__all__ = [
    "ROOT",
    "Ede",
    "Edns",
    "FormatError",
    "Message",
    "MessageTooLong",
    "Opcode",
    "OptionCode",
    "Peek",
    "Question",
    "RRset",
    "Rclass",
    "Rcode",
    "Record",
    "Rtype",
    "compose",
    "compose_query",
    "ede_option",
    "from_text",
    "group",
    "key_of",
    "parse",
    "peek",
    "read_ede",
    "to_text",
    "type_to_text",
]
