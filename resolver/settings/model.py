# SPDX-License-Identifier: ISC
"""The whole configuration: every room's own settings under the name of its table in the file.

    resolver.toml   [server] [upstream] [[zone]] [cache] [policy] [stale] [prefetch] [limits] [admission] [http]
                    [control] [log] [lab]

No key is defined here: each lives, with its default, bounds and documentation, in the room that obeys it.
"""

from __future__ import annotations

from resolver.engine.limits import Limits, StaticZone, UpstreamSettings
from resolver.telemetry.logs import LogSettings
from resolver.units import Settings


class Configuration(Settings, frozen=True):
    """The whole configuration, one field for each table of the file, in the order the default file has them."""

    upstream: UpstreamSettings = UpstreamSettings()
    zone: tuple[StaticZone, ...] = ()
    limits: Limits = Limits()
    log: LogSettings = LogSettings()
