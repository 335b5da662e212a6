# SPDX-License-Identifier: ISC
"""The cache outside of the process: entries as lines of JSON, read back with the age they have by then.

    records ──form──► line ──► file, or the operator's `cache dump`
    file, `cache load` ──► line ──form, elapsed──► entry ──admit──► records (never over anything newer)

A line is one entry and stands for itself. Nothing here asks anything upstream or reads a clock.
"""
