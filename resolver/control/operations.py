# SPDX-License-Identifier: ISC
"""What the API may ask of the process it runs in. Shapes only: `app` implements them, tests fake them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

View = dict[str, Any]
Crashed = Callable[[str, str], None]  # hears where a request crashed, and the traceback


@dataclass(frozen=True, slots=True)
class FlushSpec:
    """What to flush. `name` is a name in wire form, None for everything; `subtree` takes all below it too.

    `negative` takes negative answers alone, `failures` remembered failures alone.
    """

    name: bytes | None = None
    rtype: int | None = None
    subtree: bool = True
    negative: bool = False
    failures: bool = False
    dry_run: bool = False


class Operations(Protocol):
    """The running resolver, as an operator sees it. Views are JSON-ready; durations in seconds."""

    @property
    def is_ready(self) -> bool:
        """Whether it listens and is not draining."""

    async def status(self) -> View:
        """Who runs: version, pid, uptime, listeners, configuration, readiness."""

    async def statistics(self) -> View:
        """Questions, hits, misses, upstream queries since the start."""

    async def metrics(self) -> bytes:
        """The Prometheus text."""

    async def cache_statistics(self) -> View:
        """Entries and bytes of each cache."""

    async def cache_entries(self, name: bytes | None, rtype: int | None, *, stale: bool, limit: int) -> View:
        """Entries at or below `name` (all when None), of `rtype`, only stale ones with `stale`; at most `limit`."""

    async def flush(self, spec: FlushSpec) -> int:
        """Flush, or only count with `dry_run`; how many entries went."""

    async def trace(self, name: bytes, rtype: int) -> View:
        """Resolve from the root with empty caches and return every step."""

    async def reload(self) -> View:
        """Read the configuration again. Raises ResolverError when the new file is bad; the old one then stays."""

    def stop(self) -> None:
        """Begin to drain and end."""
