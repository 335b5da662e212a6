# SPDX-License-Identifier: ISC
"""The live world and the servers: the only home of asyncio, sockets, clocks and entropy.

    clients ──► listeners ──► udp_server | tcp_server ──► handle (service) ──► answer out
                                    └─ coroutine ──► tasks ─┐
                                                            ├─ strands: what is woken goes on at once
    engine ──► aio_world ──► upstream_udp | upstream_tcp (flights) ──► servers
                   └─ jobs, deadlines, readers ─────────────┘       clocks, entropy

Nothing here knows what a question means. Nothing that a peer sends ends the process: what a handler raises is
told as `events.Crashed` and the datagram is dropped. Every table (sockets, jobs, tasks, connections) is bounded.
"""
