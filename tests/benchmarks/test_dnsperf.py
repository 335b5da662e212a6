# SPDX-License-Identifier: ISC
"""dnsperf's command line, and its output as version 2.10 prints it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.peers import dnsperf
from benchmarks.peers.dnsperf import Load

PRINTED = """\
[Status] Stopping after 2 runs through file
> NOERROR a1.x A 0.000619
> T a2.x A
Warning: received a response with an unexpected id: 3
> NXDOMAIN a3.x A 0.001000
[Status] Testing complete (end of file)

Statistics:

  Queries sent:         12
  Queries completed:    10 (83.33%)
  Queries lost:         2 (16.67%)

  Response codes:       NOERROR 8 (80.00%), NXDOMAIN 2 (20.00%)
  Average packet size:  request 22, response 71
  Run time (s):         0.002
  Queries per second:   4317.789292
"""


def test_report_is_read() -> None:
    report = dnsperf.parse_report(PRINTED)
    assert (report.sent, report.completed, report.lost) == (12, 10, 2)
    assert report.rate == pytest.approx(5000)
    assert report.rcodes == {"NOERROR": 8, "NXDOMAIN": 2}
    assert (report.request_octets, report.response_octets) == (22, 71)


def test_answers_with_another_response_code_are_wrong() -> None:
    report = dnsperf.parse_report(PRINTED)
    assert report.wrong("NOERROR") == pytest.approx(0.2)
    assert report.wrong("SERVFAIL") == 1


def test_a_run_without_replies_is_all_wrong_and_no_crash() -> None:
    text = PRINTED.replace("completed:    10", "completed:    0").replace("  Response codes:", "  None:")
    report = dnsperf.parse_report(text)
    assert report.rate == 0
    assert report.wrong("NOERROR") == 1


def test_output_without_statistics_is_an_error() -> None:
    with pytest.raises(ValueError, match="Queries sent"):
        dnsperf.parse_report("Error: bind: cannot assign\n")


def test_latencies_leave_out_what_timed_out_and_other_lines() -> None:
    assert list(dnsperf.latencies(PRINTED.splitlines(keepends=True))) == [0.000619, 0.001]


def test_quantiles_by_nearest_rank() -> None:
    assert dnsperf.quantiles([float(n) for n in range(1000)]) == [500.0, 990.0, 999.0]
    assert dnsperf.quantiles([3.0]) == [3.0, 3.0, 3.0]
    assert dnsperf.quantiles([]) is None


def test_a_list_is_gone_through_once_and_a_timed_run_is_not() -> None:
    once = dnsperf.command(Load(Path("q"), "127.0.0.1", 53))
    timed = dnsperf.command(Load(Path("q"), "127.0.0.1", 53, passes=None, seconds=2.5, rate=100, tcp=True))
    assert "-n" in once
    assert "-l" not in once
    assert timed[timed.index("-l") + 1] == "2.5"
    assert timed[timed.index("-Q") + 1] == "100"
    assert timed[timed.index("-m") + 1] == "tcp"
    assert "-n" not in timed


def test_no_peer_is_sent_more_on_one_connection_than_it_works_on_at_once() -> None:
    in_flight = dnsperf.OUTSTANDING_TCP / dnsperf.CLIENTS
    assert in_flight <= 10  # PowerDNS's bound
