# SPDX-License-Identifier: ISC
"""Subjects as whole numbers: class, type and published TTL of an answer in 63 bits, for arrays of them.

No owner is in a code: whoever looks at names has `Subject`s. Nothing is judged here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.policy import AnswerClass, Subject

# Their places are the numbers of classes; a trace has no delegations.
CLASSES: Final = (AnswerClass.POSITIVE, AnswerClass.NXDOMAIN, AnswerClass.NODATA, AnswerClass.FAILURE)
POSITIVE, NXDOMAIN, NODATA, FAILURE = range(4)
ANY_OWNER: Final = b"\0"
_CLASS: Final = 16  # bits of the type below the class
_TTL: Final = 18  # bits of both below the TTL

Codes = NDArray[np.int64]


def codes_of(answer: NDArray[np.integer], rtype: NDArray[np.integer], ttl: NDArray[np.integer]) -> Codes:
    """The code of each answer: `answer` numbers CLASSES, `ttl` is in seconds, 0 … 2^32-1."""
    return (ttl.astype(np.int64) << _TTL) | (answer.astype(np.int64) << _CLASS) | rtype.astype(np.int64)


def ttl_of(codes: Codes) -> Codes:
    """The published TTL of each."""
    return codes >> _TTL


def kind_of(codes: Codes) -> Codes:
    """Class and type of each as one number: equal when both are."""
    return codes & ((1 << _TTL) - 1)


def subject_of(code: int, owner: bytes) -> Subject:
    """The same as a value, for `owner` (folded wire form)."""
    return Subject(owner, code & ((1 << _CLASS) - 1), CLASSES[(code >> _CLASS) & 3], code >> _TTL)
