# SPDX-License-Identifier: ISC
"""All cases, in the order of the table, and how some of them are chosen. No case is stated here."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faults.modes_compare import (
    cases_amplification,
    cases_broken,
    cases_load,
    cases_stale,
    cases_trust,
)
from tests.faults.modes_compare.case import Case

CASES: tuple[Case, ...] = (
    *cases_amplification.CASES,
    *cases_broken.CASES,
    *cases_stale.CASES,
    *cases_trust.CASES,
    *cases_load.CASES,
)


def chosen(only: str) -> Sequence[Case]:
    """Those whose title begins with one of the words between commas, "" for all. Raises ValueError for no case's."""
    words = [word.strip().lower() for word in only.split(",") if word.strip()]
    for word in words:
        if not any(case.title.lower().startswith(word) for case in CASES):
            raise ValueError(word)
    return [case for case in CASES if not words or case.title.lower().startswith(tuple(words))]
