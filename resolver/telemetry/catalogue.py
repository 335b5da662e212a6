# SPDX-License-Identifier: ISC
"""The one table of metrics: name, kind, labels, help. The collector, the reference page and the test read it.

Nothing is counted here. No label ever holds a name or a client. What is not in this table is not published.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from resolver.service.counters import DURATION_EDGES, LAG_EDGES, TTL_EDGES

PREFIX: Final = "resolver_"

# Upstream queries made for one question; 50 is `limits.sends`.
QUERY_BUCKETS: Final = (0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50)


class Kind(StrEnum):
    """How a metric moves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """One row. `name` lacks the prefix; a counter's ends in `_total`; `values` says what labels may hold."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    values: str = ""
    buckets: tuple[float, ...] = ()


CATALOGUE: Final[tuple[Metric, ...]] = (
    Metric("build_info", Kind.GAUGE, "Constant 1; what is running.", ("version", "python", "loop")),
    Metric("start_time_seconds", Kind.GAUGE, "UNIX time at which the process began to serve."),
    Metric("ready", Kind.GAUGE, "1 when the resolver listens and is not draining, else 0."),
    Metric(
        "dns_requests_total",
        Kind.COUNTER,
        "Requests received from clients.",
        ("proto", "family", "type"),
        "proto udp|tcp; family ipv4|ipv6; type a fixed list, else other",
    ),
    Metric(
        "dns_responses_total",
        Kind.COUNTER,
        "Responses sent to clients. A stale answer is neither a plain hit nor a miss.",
        ("rcode", "source"),
        "source hit|negative|stale|failure|joined|miss|local|refused",
    ),
    Metric(
        "dns_request_duration_seconds",
        Kind.HISTOGRAM,
        "Seconds from a request to its response.",
        ("source",),
        "source as in dns_responses_total",
        DURATION_EDGES,
    ),
    Metric(
        "dns_requests_dropped_total",
        Kind.COUNTER,
        "Datagrams from clients that got no response.",
        ("reason",),
        "reason unread (the kernel's buffer was full), unsent, late, waiting_per_client, rate_limited, ...",
    ),
    Metric(
        "notifies_total",
        Kind.COUNTER,
        "NOTIFYs received where somebody's are acted upon (RFC 1996), by what was done.",
        ("result",),
        "result acted|deferred|known|refused|badsig|badkey|badtime|malformed|limited",
    ),
    Metric(
        "client_cookies_total",
        Kind.COUNTER,
        "Cookies of clients (RFC 7873), where they are answered: a client's alone, with a good server cookie, or with "
        "a bad or expired one. All other requests had none.",
        ("result",),
        "result new|good|bad",
    ),
    Metric("tcp_connections", Kind.GAUGE, "TCP connections of clients that are open."),
    Metric(
        "tcp_connections_closed_total",
        Kind.COUNTER,
        "TCP connections of clients that we ended: turned away for lack of room, or cut off for being idle or slow.",
        ("reason",),
        "reason refused|cut",
    ),
    Metric("cache_requests_total", Kind.COUNTER, "Questions put to the cache."),
    Metric(
        "cache_hits_total",
        Kind.COUNTER,
        "Questions the cache answered.",
        ("type", "state"),
        "type success|denial|failure; state fresh|stale",
    ),
    Metric(
        "cache_misses_total",
        Kind.COUNTER,
        "Questions the cache could not answer, by why.",
        ("cause",),
        "cause cold|expired|evicted|flushed|bypass|zero_ttl",
    ),
    Metric(
        "cache_entries",
        Kind.GAUGE,
        "Entries held.",
        ("type",),
        "type positive|nodata|nxdomain, or the cache's name",
    ),
    Metric("cache_size_bytes", Kind.GAUGE, "Bytes held, Python's overhead estimated.", ("cache",)),
    Metric("cache_budget_bytes", Kind.GAUGE, "Bytes a cache may hold.", ("cache",)),
    Metric(
        "cache_evictions_total",
        Kind.COUNTER,
        "Entries a cache let go.",
        ("cache", "reason"),
        "reason dead|space|flushed|replaced",
    ),
    Metric(
        "cache_prefetch_total",
        Kind.COUNTER,
        "Prefetches; used only when a client then needed the entry.",
        ("result",),
        "result started|used|wasted|failed",
    ),
    Metric(
        "cache_revalidations_total",
        Kind.COUNTER,
        "What SOA serials decided: entries that lived on or were fetched again, SOA queries, answers kept briefly.",
        ("result",),
        "result lived_on|fetched|asked|kept_briefly",
    ),
    Metric("cache_served_stale_total", Kind.COUNTER, "Answers served from stale entries (RFC 8767)."),
    Metric(
        "rebinding_filtered_total",
        Kind.COUNTER,
        "Answers from which an RRset with a private address was withheld, see `[rebinding]`.",
        ("type",),
        "type A|AAAA|SVCB|HTTPS",
    ),
    Metric(
        "cache_ttl_seconds",
        Kind.HISTOGRAM,
        "TTLs as published by the zone and as kept after the policy; of fresh hits, seconds left and seconds since the "
        "oldest record was stored; seconds an entry was held when it had to make room.",
        ("which",),
        "which published|kept|at_hit|age_at_hit|life_at_eviction",
        TTL_EDGES,
    ),
    Metric(
        "cache_ttl_clamped_total",
        Kind.COUNTER,
        "Lifetimes changed by a rule.",
        ("bound", "rule"),
        "bound min|max|negative|rrsig|lease|other; rule its key in the configuration, or a rule of the policy",
    ),
    Metric(
        "policy_requests_total",
        Kind.COUNTER,
        "Questions put to each policy, scaled up from the names looked at; mode enforce is the policy in force.",
        ("policy", "mode"),
        "mode enforce|shadow",
    ),
    Metric(
        "policy_hits_total",
        Kind.COUNTER,
        "Questions a policy would have answered from its cache.",
        ("policy", "mode", "state"),
        "state fresh|negative|stale|failure",
    ),
    Metric(
        "policy_upstream_total",
        Kind.COUNTER,
        "Resolutions a policy would have begun, prefetches included.",
        ("policy", "mode"),
    ),
    Metric(
        "policy_outdated_total",
        Kind.COUNTER,
        "Answers a policy would have given that differ from what had been fetched by then.",
        ("policy", "mode"),
    ),
    Metric(
        "policy_outdated_seconds_total",
        Kind.COUNTER,
        "For how long those answers had been outdated, summed over the answers.",
        ("policy", "mode"),
    ),
    Metric(
        "policy_beyond_ttl_total",
        Kind.COUNTER,
        "Answers a policy would have given that were older than the owner's TTL.",
        ("policy", "mode"),
    ),
    Metric(
        "upstream_queries_total",
        Kind.COUNTER,
        "Tries sent to servers, by how they ended.",
        ("proto", "family", "result"),
        "result answer|alias|referral|nodata|nxdomain|timeout|lame|servfail ...",
    ),
    Metric(
        "upstream_duration_seconds",
        Kind.HISTOGRAM,
        "Round trips of tries that brought a reply.",
        ("proto",),
        buckets=DURATION_EDGES,
    ),
    Metric("upstream_received_bytes_total", Kind.COUNTER, "Bytes of replies from servers.", ("proto",)),
    Metric(
        "upstream_replies_dropped_total",
        Kind.COUNTER,
        "Datagrams that did not belong to the try they reached (RFC 5452 section 9.1): a sign of forgery.",
        ("reason",),
    ),
    Metric(
        "upstream_records_scrubbed_total",
        Kind.COUNTER,
        "Records dropped from replies: out of bailiwick or unasked.",
    ),
    Metric(
        "upstream_per_miss",
        Kind.HISTOGRAM,
        "Upstream queries per question worked on, sub-questions included.",
        ("why",),
        "why client|address|priming|prefetch|refresh",
        QUERY_BUCKETS,
    ),
    Metric("upstream_cuts_learnt_total", Kind.COUNTER, "Delegations stored."),
    Metric(
        "questions_total",
        Kind.COUNTER,
        "Questions worked on, by their outcome.",
        ("why", "outcome"),
        "outcome an rcode's name, or failed",
    ),
    Metric("questions_in_flight", Kind.GAUGE, "Questions being worked on."),
    Metric(
        "limits_hit_total",
        Kind.COUNTER,
        "Times a limit stopped something.",
        ("limit",),
        "limit its configuration key",
    ),
    Metric(
        "limits_would_hit_total",
        Kind.COUNTER,
        "Times a limit would have stopped something, were `admission.mode` not `shadow`.",
        ("limit",),
        "limit its configuration key",
    ),
    Metric(
        "event_loop_lag_seconds",
        Kind.HISTOGRAM,
        "Seconds by which a timer of every 50 ms was late: what a hit may have waited for other work.",
        buckets=LAG_EDGES,
    ),
    Metric(
        "crashes_total", Kind.COUNTER, "Bugs of ours that surfaced and were answered SERVFAIL.", ("where",)
    ),
    Metric("worker_up", Kind.GAUGE, "1 while the worker answers, else 0.", ("worker",)),
    Metric(
        "worker_restarts_total", Kind.COUNTER, "Times a worker was begun again after its end.", ("worker",)
    ),
    Metric(
        "log_lines_suppressed_total",
        Kind.COUNTER,
        "Log lines not written because of the rate limit.",
        ("kind",),
    ),
)

BY_NAME: Final[dict[str, Metric]] = {metric.name: metric for metric in CATALOGUE}


def reference_page() -> str:
    """Return the reference of all metrics as Markdown; `docs/metrics.md` is this text (tested)."""
    rows = [
        f"| `{PREFIX}{m.name}` | {m.kind} | {', '.join(f'`{label}`' for label in m.labels) or '–'} "
        f"| {m.help}{f' ({m.values})' if m.values else ''} |"
        for m in (metric._replace(values=metric.values.replace("|", "\\|")) for metric in CATALOGUE)
    ]
    head = (
        "# Metrics",
        "",
        "Generated from `resolver/telemetry/catalogue.py`. No label ever holds a name or a client.",
        "",
        "| metric | kind | labels | what |",
        "|---|---|---|---|",
    )
    return "\n".join((*head, *rows, ""))
