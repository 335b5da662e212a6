# SPDX-License-Identifier: ISC
"""The [lab] block: defaults, and endpoints taken apart."""

from __future__ import annotations

import pytest

from resolver.engine.ports import Server
from resolver.lab.settings import LabSettings
from resolver.units import DecodeError, decode


def test_no_lab_by_default() -> None:
    assert LabSettings().internet == ""
    assert LabSettings().endpoints() == {}


def test_the_map_is_taken_apart() -> None:
    settings = decode(LabSettings, {"map": {"192.0.2.1": "127.53.0.1#5399", "2001:db8::1": "::1#53"}})
    assert settings.endpoints() == {"192.0.2.1": Server("127.53.0.1", 5399), "2001:db8::1": Server("::1", 53)}


@pytest.mark.parametrize(
    "text", ["127.53.0.1", "127.53.0.1:53", "#53", "127.53.0.1#", "127.53.0.1#0", "a#70000"]
)
def test_what_is_no_endpoint_names_its_key(text: str) -> None:
    with pytest.raises(DecodeError, match=r"lab\.map\.192\.0\.2\.1 = "):
        LabSettings(map={"192.0.2.1": text}).endpoints()


@pytest.mark.parametrize("values", [{"port": 0}, {"port": 65536}, {"seed": -1}, {"internets": "x"}])
def test_bad_values_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(DecodeError):
        decode(LabSettings, values, "lab")
