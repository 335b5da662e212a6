# SPDX-License-Identifier: ISC
"""Reports: what an experiment found as figures and one page that needs nothing else, and what it came from beside it.

    Comparison ─┐                    ┌─► by_ttl, lifetimes ─┐
    Experiment ─┴─► experiment_charts┼─► outages ───────────┼─► Chart… ─► page (HTML) ─┐
                                     └─► comparison_charts ─┘          └► figures ─────┴─► folder
    migrate ────────────────────────────────────────────────► Chart… ─┘

The tables are the command's: a report shows the same rows as the terminal. Drawing is `lab.figures`'.
"""
