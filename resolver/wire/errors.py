# SPDX-License-Identifier: ISC
"""What can go wrong between bytes and values.

No other error may leave this package because of what a peer sent.
"""

from resolver.errors import ResolverError

__all__ = ["FormatError", "MessageTooLong"]


class FormatError(ResolverError):
    """Bytes (or text) that are not what they claim to be. `reason` is a short stable token for counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MessageTooLong(ResolverError):
    """A composed message of `size` octets does not fit in `limit`; who called decides how to truncate.

    `size` is a lower bound: composing stops at the record that crosses the limit.
    """

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"message of {size} octets or more does not fit in {limit}")
        self.size = size
        self.limit = limit
