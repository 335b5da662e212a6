# SPDX-License-Identifier: ISC
"""Replay at cache level: a trace, many policies, millions of questions a second; no engine and no network.

    Trace ──► questions ──► kernels (`step` in `unbounded` and `bounded`) ──► results
                 ▲              ▲ equal, question by question
    policy ──► numbers      `reference`: the server's policy code, one question at a time

Lifetimes are decided by the policy code of the server, in `reference` at each question and in `numbers` once for each
subject. Upstream answers at once or not at all; the latency of misses is a model's business (`lab.compare`).
"""
