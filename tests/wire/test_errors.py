# SPDX-License-Identifier: ISC
"""The two errors of the codec."""

from resolver.errors import ResolverError
from resolver.wire.errors import FormatError, MessageTooLong


def test_format_error_carries_its_reason() -> None:
    error = FormatError("truncated")
    assert isinstance(error, ResolverError)
    assert error.reason == str(error) == "truncated"


def test_message_too_long_carries_sizes() -> None:
    error = MessageTooLong(600, 512)
    assert isinstance(error, ResolverError)
    assert (error.size, error.limit) == (600, 512)
