# SPDX-License-Identifier: ISC
"""The engine: iterative resolution as `async def` over a port, never over asyncio.

    iterator ─► question_walk      aliases: one link after another, limits, loops
                    │
                    ▼
                zone_walk          referrals: deepest cut, minimise, descend, keep
                    │
                    ▼
                ask ─► ports.World ─► servers
                 │
                 ├ schedule        when to send what to whom next
                 ├ selection       order of servers, round trips, timeouts     learning   abilities and lameness
                 ├ querying        0x20, EDNS, cookies                         matching   is this our reply?
                 └ bailiwick, classify                                         what may it say, what does it mean?

    addresses, delegation, zones, priming: where servers come from      keeping: what goes into the cache
    budget, limits: what a question may cost                            outcome: what it came to

Only `ask` sends and listens; the walks and `priming` read clocks and begin work. All else decides, synchronously, on
what it is handed. Anything but ResolutionFailed that comes out of here is a bug of ours.
"""
