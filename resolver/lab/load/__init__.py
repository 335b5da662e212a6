# SPDX-License-Identifier: ISC
"""A load generator: questions to a real server, from many ports, at a pace, and an account of what came back.

    questions ──► driver.drive ──► udp.UdpPorts | tcp.TcpStreams ──► the server
                    │    ▲                    │
          pace: how many are due         latency.Latencies ──► outcome.Outcome: rates, percentiles, modes

One thread and no event loop: the generator must cost less than what it measures, and it says so when it does not.
Where questions come from (names, Zipf, traces) is `asking`'s; nothing here knows which server it is.
"""
