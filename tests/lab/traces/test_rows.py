# SPDX-License-Identifier: ISC
"""Response codes by any of their spellings."""

from __future__ import annotations

import pytest

from resolver.lab.traces.rows import rcode_from_text
from resolver.wire import FormatError


@pytest.mark.parametrize(
    ("text", "code"), [("NXDOMAIN", 3), ("servfail", 2), ("RCODE3841", 3841), ("23", 23), ("BADCOOKIE", 23)]
)
def test_a_code_is_a_mnemonic_or_a_number(text, code):
    assert rcode_from_text(text) == code


@pytest.mark.parametrize("text", ["", "RCODE", "RCODE4096", "NOBODY", "-1"])
def test_anything_else_is_refused(text):
    with pytest.raises(FormatError):
        rcode_from_text(text)
