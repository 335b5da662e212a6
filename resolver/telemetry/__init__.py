# SPDX-License-Identifier: ISC
"""Listens and tells the operator: metrics, log lines, a query log. Decides nothing; no room below knows it.

events ──► listener ──► counters ──(at scrape)──► collector ──► /metrics
   └─────► logs ──(queue, rate limit)──► stderr
service ─► query_log (off by default)
catalogue: the one table behind all three of collector, docs/metrics.md and the test
"""
