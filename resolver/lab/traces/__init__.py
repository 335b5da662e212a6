# SPDX-License-Identifier: ISC
"""Traces: who asked what, when, and what the answer was. Read, generated, converted, anonymised.

    pcap, dnstap, dnsperf, JSONL, CSV, Parquet, Zeek, logs of servers        a spec or a scenario, and a seed
        │  sources (files, compression)   formats (which reader?)                 │  spec
        ▼                                                                         ▼
    one small reader a file ──► Row ──► columns ──► Columns ◄─────────────── synthetic
                                 │                    │
                                 ▼                    ▼
                     writing, anonymise, summary    replay at cache level (numpy)

Streaming everywhere: no reader holds more than a window of rows. What is bad is counted with its place and passed
over. No policy, no cache and no clock live here: the time of a trace is the time it tells.
"""
