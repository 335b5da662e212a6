# SPDX-License-Identifier: ISC
"""The compare mode: the rows' worlds through Unbound, BIND, Knot Resolver, PowerDNS and ourselves, side by side.

case       what is compared: a row, its figures, and how a session is played
cases_*    the cases, by topic; every world is the one of the row's test
peers      a resolver of `benchmarks.peers` as a `modes.Mode`: a fresh process in a network namespace of its own
running    every case of every resolver, many at once
result     what came of it, as JSON
table      the same as Markdown, with a summary for the README
asking     any world of yours through any of them, with every packet its servers got

Nothing is judged here: rows are judged by their tests.
"""
