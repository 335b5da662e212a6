# SPDX-License-Identifier: ISC
"""Names, records and messages for property tests of the codec."""

import struct

from hypothesis import strategies as st

from resolver.wire import Edns, Message, Question, Record, Rtype

# Few spellings, so that names share suffixes, repeat, and differ in letter case alone.
common_labels = st.sampled_from(
    [b"a", b"A", b"www", b"WWW", b"ns1", b"example", b"Example", b"com", b"x\x03com", b"\x00"]
)
any_label = st.binary(min_size=1, max_size=63)


def _joined(labels: list[bytes]) -> bytes:
    name = b"\x00"
    for label in labels:
        longer = bytes((len(label),)) + label + name
        if len(longer) > 255:
            break
        name = longer
    return name


names = st.one_of(
    st.lists(common_labels, max_size=6).map(_joined),
    st.lists(any_label, max_size=4).map(_joined),
    st.tuples(st.integers(100, 127), st.binary(min_size=1, max_size=2)).map(lambda t: _joined([t[1]] * t[0])),
)
related_names = st.one_of(
    st.tuples(names, names),
    st.tuples(names, st.integers(0, 127)).map(lambda t: (t[0], _cut(t[0], t[1]))),
    names.map(lambda name: (name, name.swapcase())),
)


def _cut(name: bytes, surplus: int) -> bytes:
    while surplus and name != b"\x00":
        name, surplus = name[name[0] + 1 :], surplus - 1
    return name


words = st.integers(0, 0xFFFF)
numbers = st.integers(0, 0xFFFF_FFFF)
strings = st.binary(max_size=20).map(lambda data: bytes((len(data),)) + data)
soa = st.tuples(names, names, *[numbers] * 5).map(lambda t: t[0] + t[1] + struct.pack("!5I", *t[2:]))
two_names = st.tuples(names, names).map(b"".join)
word_and_name = st.tuples(st.binary(min_size=2, max_size=2), names).map(b"".join)
signature = st.tuples(st.binary(min_size=18, max_size=18), names, st.binary(max_size=9)).map(b"".join)
rdatas = {
    Rtype.A: st.binary(min_size=4, max_size=4),
    Rtype.AAAA: st.binary(min_size=16, max_size=16),
    Rtype.NS: names,
    Rtype.MD: names,
    Rtype.MB: names,
    Rtype.CNAME: names,
    Rtype.DNAME: names,
    Rtype.PTR: names,
    Rtype.SOA: soa,
    Rtype.MINFO: two_names,
    Rtype.RP: two_names,
    Rtype.MX: word_and_name,
    Rtype.AFSDB: word_and_name,
    Rtype.RT: word_and_name,
    Rtype.KX: word_and_name,
    Rtype.PX: st.tuples(st.binary(min_size=2, max_size=2), names, names).map(b"".join),
    Rtype.SRV: st.tuples(st.binary(min_size=6, max_size=6), names).map(b"".join),
    Rtype.NAPTR: st.tuples(st.binary(min_size=4, max_size=4), strings, strings, strings, names).map(b"".join),
    Rtype.SIG: signature,
    Rtype.RRSIG: signature,
    Rtype.NXT: st.tuples(names, st.binary(max_size=9)).map(b"".join),
    Rtype.TXT: st.lists(strings, min_size=1, max_size=3).map(b"".join),
    Rtype.SVCB: word_and_name,
    Rtype.HTTPS: word_and_name,
    65280: st.binary(max_size=40),
}


def _records(rtype: int) -> st.SearchStrategy[Record]:
    return st.builds(Record, names, st.just(int(rtype)), st.just(1), numbers, rdatas[rtype])


records = st.sampled_from(sorted(rdatas)).flatmap(_records)
sections = st.lists(records, max_size=3).map(tuple)
options = st.lists(st.tuples(st.integers(65001, 65534), st.binary(max_size=20)), max_size=5).map(tuple)
edns = st.builds(Edns, words, st.integers(0, 255), st.booleans(), st.integers(0, 0x7FFF), options)
questions = st.none() | st.builds(Question, names, words, words)
messages = st.builds(
    Message,
    words,
    words.map(lambda word: word & 0xFFF0),
    st.integers(0, 15),
    questions,
    sections,
    sections,
    sections,
    st.none(),
) | st.builds(
    Message,
    words,
    words.map(lambda word: word & 0x87F0),
    st.integers(0, 4095),
    questions,
    sections,
    sections,
    sections,
    edns,
)
