# SPDX-License-Identifier: ISC
"""The resolver beside Unbound, BIND, PowerDNS Recursor and Knot Resolver, doing the same work in the same run.

    steps ─► questions (files) ─┐
    internet (NSD) ─────────────┼─► running: every round, every contender, step by step ─► result (JSON) ─► table
    contenders (configuration) ─┘        └─ dnsperf (load) · accounting (the kernel's figures)

Nothing here is imported by the resolver, and nothing of the resolver is imported here: it is measured from outside, as
a process, like the others.
"""
