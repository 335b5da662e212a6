# SPDX-License-Identifier: ISC
"""The JSON Schema says of each key what the decoder enforces."""

import json
import re

from resolver.settings.schema import schema

SECTIONS = schema()["properties"]


def test_it_is_json_and_strict() -> None:
    assert json.loads(json.dumps(schema()))["additionalProperties"] is False
    assert SECTIONS["cache"]["additionalProperties"] is False


def test_a_number_has_its_bounds_default_and_documentation() -> None:
    port = SECTIONS["upstream"]["properties"]["port"]
    assert (port["type"], port["minimum"], port["maximum"], port["default"]) == ("integer", 1, 65535, 53)
    assert port["description"].startswith("port of every server")


def test_a_choice_lists_its_values() -> None:
    assert set(SECTIONS["upstream"]["properties"]["qname_minimisation"]["enum"]) == {
        "relaxed",
        "strict",
        "off",
    }


def test_a_quantity_is_a_number_or_text_with_a_unit() -> None:
    size = SECTIONS["cache"]["properties"]["size"]
    number, text = size["anyOf"]
    assert number == {"type": "number", "minimum": 1 << 20, "maximum": 1 << 40}
    assert re.search(text["pattern"], "128MiB")
    assert not re.search(text["pattern"], "128 miles")
    assert size["default"] == "128MiB"


def test_a_zone_is_one_of_many_and_needs_its_name() -> None:
    zone = SECTIONS["zone"]
    assert zone["type"] == "array"
    assert zone["items"]["required"] == ["name"]
