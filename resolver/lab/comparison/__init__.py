# SPDX-License-Identifier: ISC
"""Which policy serves a trace best: candidates replayed side by side, with intervals, ceilings and a front.

    names, files, sweeps ──► candidates ──┐
    trace or spec, seeds ─────────────────┼──► comparing ──► figures (by the latency model) ──► Comparison
    sizes, orders of eviction ────────────┘                                                        │
                                                                  assertion ◄── front, intervals ──┘

Every lifetime is decided by the server's policy code, through `lab.replay`. Printing is the command's business.
"""
