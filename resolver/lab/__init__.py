# SPDX-License-Identifier: ISC
"""The laboratory: a simulated internet, on a virtual clock or on loopback sockets.

    config/lab/*.toml ──► world_file ──► Internet ◄── deliver ── virtual_world    heap and seed, no sockets
                          (strict)       zones, servers,    ◄── deliver ── loopback         127/8, UDP and TCP
                                         latency, loss,
                                         outages, script

Nothing here decides anything for the live server: the engine cannot tell which world it runs in.
"""
