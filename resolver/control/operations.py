# SPDX-License-Identifier: ISC
"""What the API may ask of the process it runs in. Shapes only: `app` implements them, tests fake them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from resolver.control.commands import AnyCommand, View
from resolver.policy.settings import Mode

Crashed = Callable[[str, str], None]  # hears where a request crashed, and the traceback


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

    async def run(self, command: AnyCommand) -> View:
        """Have a command done in every process that it is for. Raises ResolverError."""

    async def reload(self) -> View:
        """Read the configuration again. Raises ResolverError when the new file is bad; the old one then stays."""

    async def set_policy(self, name: str, mode: Mode) -> View:
        """Have a policy rule, be judged as a shadow, or neither, until the next reload; the cache stays.

        Raises ResolverError: everything then stays as it was.
        """

    def stop(self) -> None:
        """Begin to drain and end."""
