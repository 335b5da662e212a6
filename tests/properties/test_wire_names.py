# SPDX-License-Identifier: ISC
"""Laws of names, with dnspython's Name as the oracle."""

import dns.name
from hypothesis import given
from hypothesis import strategies as st

from resolver.wire import names
from resolver.wire.errors import FormatError
from tests.properties.wire_strategies import names as any_name
from tests.properties.wire_strategies import related_names


def theirs(name: bytes) -> dns.name.Name:
    return dns.name.from_wire(name, 0)[0]


@given(any_name)
def test_text_and_back_is_the_identity(name: bytes) -> None:
    assert names.from_text(names.to_text(name)) == name
    assert dns.name.from_text(names.to_text(name)).to_wire() == name
    assert names.from_text(theirs(name).to_text()) == name


@given(st.text(max_size=300))
def test_no_text_raises_anything_but_format_error(text: str) -> None:
    try:
        name = names.from_text(text)
    except FormatError:
        return
    assert names.check(name) == name


@given(st.binary(max_size=300))
def test_no_octets_raise_anything_but_format_error(data: bytes) -> None:
    try:
        end = names.end_of_name(data)
    except FormatError:
        return
    assert theirs(data).to_wire() == data[:end]


@given(related_names)
def test_below_means_what_dnspython_means(pair: tuple[bytes, bytes]) -> None:
    key, other = (names.key_of(name) for name in pair)
    assert names.is_at_or_below(key, other) == theirs(key).is_subdomain(theirs(other))
    assert names.is_below(key, other) == (names.is_at_or_below(key, other) and key != other)


@given(related_names)
def test_keys_are_equal_when_dnspython_says_names_are(pair: tuple[bytes, bytes]) -> None:
    assert (names.key_of(pair[0]) == names.key_of(pair[1])) == (theirs(pair[0]) == theirs(pair[1]))


@given(related_names)
def test_the_common_ancestor_is_the_lowest(pair: tuple[bytes, bytes]) -> None:
    key, other = (names.key_of(name) for name in pair)
    common = names.common_ancestor(key, other)
    assert common == names.common_ancestor(other, key)
    shared = [a for a in names.ancestors(key) if names.is_at_or_below(other, a)]
    assert common == max(shared, key=len)


@given(any_name)
def test_ancestors_parent_suffix_and_join_tell_one_story(name: bytes) -> None:
    above = list(names.ancestors(name))
    assert len(above) == names.count_labels(name) + 1 == len(names.labels(name)) + 1
    for count, ancestor in enumerate(reversed(above)):
        assert names.suffix(name, count) == ancestor
        if count:
            assert names.join(names.labels(ancestor)[0], names.parent(ancestor)) == ancestor
