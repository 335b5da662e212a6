# SPDX-License-Identifier: ISC
"""Filling the policy that a configuration names into it, so that it says by itself what rules and can travel whole.

    given: policy.name = "bind", policy.max_ttl = "1h"  ──►  every bound, the stale and prefetch blocks, all rules

What is given stays; rules that are given come before those of the policy. No key's meaning is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from resolver.policy.presets import PolicyDocument, load_document
from resolver.settings.model import Configuration
from resolver.units import DecodeError

POLICY_ORIGIN: Final = "policy "
_DEFAULT: Final = "default"  # is what the code says (tested): nothing need be read for it
# Where in a policy file the keys of [policy] are.
_PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "seed": ("policy", "seed"),
    "min_ttl": ("positive", "min"),
    "max_ttl": ("positive", "max"),
    "negative_min_ttl": ("nodata", "min"),
    "negative_max_ttl": ("nodata", "max"),
    "nxdomain_min_ttl": ("nxdomain", "min"),
    "nxdomain_max_ttl": ("nxdomain", "max"),
    "nodata_min_ttl": ("nodata", "min"),
    "nodata_max_ttl": ("nodata", "max"),
    "failure_min_ttl": ("failure", "min"),
    "failure_max_ttl": ("failure", "max"),
    "delegation_max_ttl": ("delegation", "max"),
}

Origin = Callable[[str], str | None]  # who gave a key, None when nobody did


def fill_in(given: Configuration, origin: Origin) -> tuple[Configuration, dict[str, str]]:
    """Return the configuration whole, and for each key that was filled in who said so.

    Raises PolicyError when the policy cannot be read, DecodeError when what is given does not go with it.
    """
    name = given.policy.name
    document = PolicyDocument() if name == _DEFAULT else load_document(name)
    said = {} if name == _DEFAULT else _by_document(given, document, origin)
    said |= _by_both_denials(given, origin)
    origins = {key: who for key, (_, who) in said.items()}
    blocks: dict[str, dict[str, Any]] = {"policy": {}, "stale": {}, "prefetch": {}}
    for key, (value, _) in said.items():
        block, _, field = key.partition(".")
        blocks[block][field] = value
    rules = given.policy.rule + tuple(rule for rule in document.rule if rule not in given.policy.rule)
    if len(rules) > len(given.policy.rule):
        blocks["policy"]["rule"] = rules
        origins.setdefault("policy.rule", f"{POLICY_ORIGIN}{name}")
    filled = {block: _replaced(block, getattr(given, block), values) for block, values in blocks.items()}
    return msgspec.structs.replace(given, **filled), origins


def _by_document(
    given: Configuration, document: PolicyDocument, origin: Origin
) -> dict[str, tuple[Any, str]]:
    """What the policy says of keys that nobody gave."""
    who = f"{POLICY_ORIGIN}{given.policy.name}"
    places = {f"policy.{key}": place for key, place in _PLACES.items()}
    for block in ("stale", "prefetch"):
        places |= {f"{block}.{field}": (block, field) for field in getattr(document, block).__struct_fields__}
    return {
        key: (getattr(getattr(document, block), field), who)
        for key, (block, field) in places.items()
        if origin(key) is None
    }


def _by_both_denials(given: Configuration, origin: Origin) -> dict[str, tuple[Any, str]]:
    """`negative_*` stands for both kinds of denials, unless one was given by itself."""
    said: dict[str, tuple[Any, str]] = {}
    both = {"min": given.policy.negative_min_ttl, "max": given.policy.negative_max_ttl}
    for end, value in both.items():
        who = origin(f"policy.negative_{end}_ttl")
        for kind in ("nxdomain", "nodata"):
            key = f"policy.{kind}_{end}_ttl"
            if who is not None and origin(key) is None:
                said[key] = (value, who)
    return said


def _replaced(block: str, settings: Any, values: dict[str, Any]) -> Any:
    try:
        return msgspec.structs.replace(settings, **values)
    except ValueError as error:
        raise DecodeError(block, msgspec.structs.asdict(settings), str(error)) from None
