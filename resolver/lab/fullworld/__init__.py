# SPDX-License-Identifier: ISC
"""Replay in the full world: the server's own service and engine, asked a trace over a simulated internet.

    Trace ──► questions ──► owners (what each name says at that instant) ──► hierarchy: root, TLD and zone servers
                  │                                                              ▲ latency, jitter, loss, outages
                  └──► Service.handle ──► Engine ──► VirtualWorld ───────────────┘
                              │
                              └──► replies: kind, data, TTL ──► replaying ──► outcomes, as in `lab.replay`

Nothing about caching is decided or assumed here: what became of a question is read from the octets that came back.
The service is handed in ready to be made, for what puts it together lies above the laboratory (`composition`).
"""
