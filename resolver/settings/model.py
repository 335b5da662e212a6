# SPDX-License-Identifier: ISC
"""The whole configuration: every room's own settings under the name of its table in the file.

    resolver.toml   [server] [upstream] [[zone]] [cache] [policy] [stale] [prefetch] [notify] [[notify.key]]
                    [revalidation] [rebinding] [limits] [admission] [http] [control] [log] [lab]

No key is defined here: each lives, with its default, bounds and documentation, in the room that obeys it.
"""

from __future__ import annotations

from typing import Annotated

from resolver.cache.budget import CacheSettings
from resolver.control.settings import ControlSettings, HttpSettings
from resolver.engine.limits import Limits, StaticZone, UpstreamSettings
from resolver.lab.settings import LabSettings
from resolver.policy import Policy, PrefetchRules, StaleRules
from resolver.policy.presets import load_policy
from resolver.policy.revalidation import RevalidationRules
from resolver.policy.settings import BY_POLICY, PolicySettings, policy_of
from resolver.runtime.settings import ServerSettings
from resolver.service.admission import AdmissionSettings
from resolver.service.notify import NotifySettings
from resolver.service.rebinding import RebindingSettings
from resolver.service.shadows.book import Candidate, Shadowing
from resolver.telemetry.logs import LogSettings
from resolver.units import Settings


class Configuration(Settings, frozen=True):
    """The whole configuration, one field for each table of the file, in the order the default file has them."""

    server: ServerSettings = ServerSettings()
    upstream: UpstreamSettings = UpstreamSettings()
    zone: tuple[StaticZone, ...] = ()
    cache: CacheSettings = CacheSettings()
    policy: PolicySettings = PolicySettings()
    stale: Annotated[StaleRules, BY_POLICY] = StaleRules()
    prefetch: Annotated[PrefetchRules, BY_POLICY] = PrefetchRules()
    notify: NotifySettings = NotifySettings()
    revalidation: RevalidationRules = RevalidationRules()
    rebinding: RebindingSettings = RebindingSettings()
    limits: Limits = Limits()
    admission: AdmissionSettings = AdmissionSettings()
    http: HttpSettings = HttpSettings()
    control: ControlSettings = ControlSettings()
    log: LogSettings = LogSettings()
    lab: LabSettings = LabSettings()

    @property
    def rules(self) -> Policy:
        """The three tables that decide on lifetimes, as the one value that everybody is handed."""
        return policy_of(self.policy, self.stale, self.prefetch)

    @property
    def shadowing(self) -> Shadowing:
        """The policies that are judged beside that. Raises PolicyError for one that cannot be used."""
        wanted = self.policy
        candidates: list[Candidate] = []
        for name in wanted.shadow:
            policy = load_policy(name)
            taken = [candidate.name for candidate in candidates]
            candidates.append(Candidate(name if policy.name in taken else policy.name, policy))
        return Shadowing(tuple(candidates), wanted.shadow_sample, wanted.shadow_size)
