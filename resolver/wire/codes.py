# SPDX-License-Identifier: ISC
"""The numbers of the IANA DNS registries, by name.

Names for numbers only: no decision may depend on a table that lives here.
"""

import re
from enum import IntEnum
from typing import Final

from resolver.wire.errors import FormatError

__all__ = [
    "AA",
    "AD",
    "CD",
    "OPCODE_MASK",
    "QR",
    "RA",
    "RCODE_MASK",
    "RD",
    "TC",
    "Ede",
    "Opcode",
    "OptionCode",
    "Rclass",
    "Rcode",
    "Rtype",
    "class_to_text",
    "ede_to_text",
    "opcode_to_text",
    "rcode_to_text",
    "type_from_text",
    "type_to_text",
]

# The flag word of the header (RFC 1035 section 4.1.1, RFC 4035 section 3 for AD and CD).
QR: Final = 0x8000
AA: Final = 0x0400
TC: Final = 0x0200
RD: Final = 0x0100
RA: Final = 0x0080
AD: Final = 0x0020
CD: Final = 0x0010
OPCODE_MASK: Final = 0x7800
RCODE_MASK: Final = 0x000F


class Rtype(IntEnum):
    """RR types and QTYPEs (IANA "Resource Record (RR) TYPEs")."""

    A = 1
    NS = 2
    MD = 3
    MF = 4
    CNAME = 5
    SOA = 6
    MB = 7
    MG = 8
    MR = 9
    NULL = 10
    WKS = 11
    PTR = 12
    HINFO = 13
    MINFO = 14
    MX = 15
    TXT = 16
    RP = 17
    AFSDB = 18
    X25 = 19
    ISDN = 20
    RT = 21
    NSAP = 22
    NSAP_PTR = 23
    SIG = 24
    KEY = 25
    PX = 26
    GPOS = 27
    AAAA = 28
    LOC = 29
    NXT = 30
    EID = 31
    NIMLOC = 32
    SRV = 33
    ATMA = 34
    NAPTR = 35
    KX = 36
    CERT = 37
    A6 = 38
    DNAME = 39
    SINK = 40
    OPT = 41
    APL = 42
    DS = 43
    SSHFP = 44
    IPSECKEY = 45
    RRSIG = 46
    NSEC = 47
    DNSKEY = 48
    DHCID = 49
    NSEC3 = 50
    NSEC3PARAM = 51
    TLSA = 52
    SMIMEA = 53
    HIP = 55
    NINFO = 56
    RKEY = 57
    TALINK = 58
    CDS = 59
    CDNSKEY = 60
    OPENPGPKEY = 61
    CSYNC = 62
    ZONEMD = 63
    SVCB = 64
    HTTPS = 65
    DSYNC = 66
    HHIT = 67
    BRID = 68
    SPF = 99
    NID = 104
    L32 = 105
    L64 = 106
    LP = 107
    EUI48 = 108
    EUI64 = 109
    NXNAME = 128
    TKEY = 249
    TSIG = 250
    IXFR = 251
    AXFR = 252
    MAILB = 253
    MAILA = 254
    ANY = 255
    URI = 256
    CAA = 257
    AVC = 258
    DOA = 259
    AMTRELAY = 260
    RESINFO = 261
    WALLET = 262
    TA = 32768
    DLV = 32769


class Rclass(IntEnum):
    """Classes (IANA "DNS CLASSes")."""

    IN = 1
    CH = 3
    HS = 4
    NONE = 254
    ANY = 255


class Opcode(IntEnum):
    """Operations (IANA "DNS OpCodes")."""

    QUERY = 0
    IQUERY = 1
    STATUS = 2
    NOTIFY = 4
    UPDATE = 5
    DSO = 6


class Rcode(IntEnum):
    """Response codes, 12 bits with the EDNS extension (IANA "DNS RCODEs")."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5
    YXDOMAIN = 6
    YXRRSET = 7
    NXRRSET = 8
    NOTAUTH = 9
    NOTZONE = 10
    DSOTYPENI = 11
    BADVERS = 16
    BADKEY = 17
    BADTIME = 18
    BADMODE = 19
    BADNAME = 20
    BADALG = 21
    BADTRUNC = 22
    BADCOOKIE = 23


class OptionCode(IntEnum):
    """EDNS options (IANA "DNS EDNS0 Option Codes (OPT)")."""

    LLQ = 1
    UPDATE_LEASE = 2
    NSID = 3
    DAU = 5
    DHU = 6
    N3U = 7
    CLIENT_SUBNET = 8
    EXPIRE = 9
    COOKIE = 10
    TCP_KEEPALIVE = 11
    PADDING = 12
    CHAIN = 13
    KEY_TAG = 14
    EDE = 15
    CLIENT_TAG = 16
    SERVER_TAG = 17
    REPORT_CHANNEL = 18
    ZONEVERSION = 19


class Ede(IntEnum):
    """Extended DNS Errors (RFC 8914 section 4, RFC 9567, IANA "Extended DNS Error Codes")."""

    OTHER = 0
    UNSUPPORTED_DNSKEY_ALGORITHM = 1
    UNSUPPORTED_DS_DIGEST_TYPE = 2
    STALE_ANSWER = 3
    FORGED_ANSWER = 4
    DNSSEC_INDETERMINATE = 5
    DNSSEC_BOGUS = 6
    SIGNATURE_EXPIRED = 7
    SIGNATURE_NOT_YET_VALID = 8
    DNSKEY_MISSING = 9
    RRSIGS_MISSING = 10
    NO_ZONE_KEY_BIT_SET = 11
    NSEC_MISSING = 12
    CACHED_ERROR = 13
    NOT_READY = 14
    BLOCKED = 15
    CENSORED = 16
    FILTERED = 17
    PROHIBITED = 18
    STALE_NXDOMAIN_ANSWER = 19
    NOT_AUTHORITATIVE = 20
    NOT_SUPPORTED = 21
    NO_REACHABLE_AUTHORITY = 22
    NETWORK_ERROR = 23
    INVALID_DATA = 24
    SIGNATURE_EXPIRED_BEFORE_VALID = 25
    TOO_EARLY = 26
    UNSUPPORTED_NSEC3_ITERATIONS_VALUE = 27
    UNABLE_TO_CONFORM_TO_POLICY = 28
    SYNTHESIZED = 29
    INVALID_QUERY_TYPE = 30
    RATE_LIMITED = 31
    OVER_QUOTA = 32


_TYPE_TEXT: Final = {int(t): t.name.replace("_", "-") for t in Rtype}
_TYPE_UNNAMED: Final = re.compile(r"TYPE(\d{1,5})", re.ASCII)
_TYPE_NUMBER: Final = {text: number for number, text in _TYPE_TEXT.items()}
_CLASS_TEXT: Final = {int(c): c.name for c in Rclass}
_OPCODE_TEXT: Final = {int(o): o.name for o in Opcode}
_RCODE_TEXT: Final = {int(r): r.name for r in Rcode}
_EDE_TEXT: Final = {int(e): e.name.replace("_", " ").capitalize() for e in Ede}


def type_to_text(rtype: int) -> str:
    """The mnemonic of a type, or TYPE<n> (RFC 3597 section 5)."""
    return _TYPE_TEXT.get(rtype) or f"TYPE{rtype}"


def type_from_text(text: str) -> int:
    """The number of a type named by mnemonic or as TYPE<n>, in any letter case; FormatError if neither."""
    upper = text.upper()
    known = _TYPE_NUMBER.get(upper)
    if known is not None:
        return known
    unnamed = _TYPE_UNNAMED.fullmatch(upper)
    if unnamed and int(unnamed[1]) <= 0xFFFF:
        return int(unnamed[1])
    raise FormatError("unknown-type")


def class_to_text(rclass: int) -> str:
    """The mnemonic of a class, or CLASS<n> (RFC 3597 section 5)."""
    return _CLASS_TEXT.get(rclass) or f"CLASS{rclass}"


def opcode_to_text(opcode: int) -> str:
    """The mnemonic of an opcode, or OPCODE<n>."""
    return _OPCODE_TEXT.get(opcode) or f"OPCODE{opcode}"


def rcode_to_text(rcode: int) -> str:
    """The mnemonic of a (12-bit) response code, or RCODE<n>."""
    return _RCODE_TEXT.get(rcode) or f"RCODE{rcode}"


def ede_to_text(code: int) -> str:
    """The purpose of an extended error in words, or EDE<n>."""
    return _EDE_TEXT.get(code) or f"EDE{code}"
