# SPDX-License-Identifier: ISC
"""Policies that rule nothing, judged on what clients ask: what would each have answered, fetched, served too long?

    hit on an image ──once a second──► watch ──┐
    hit, the slow way ─────────────────────────┤
    question that waits ──► its flight ends ───┴──► book ──► rows: by name and type, what each policy would hold
                                                      │
                                                      └────► tallies by policy ──► telemetry · estimates ──► status

No data and no query: a row has instants and a four-byte tag. The policy in force is judged beside the candidates by the
same bookkeeping, so that the numbers compare. What a candidate would fetch and the policy in force does not is taken to
come back as it was last seen. Only names of the sample are looked at, and nobody waits for any of this.
"""
