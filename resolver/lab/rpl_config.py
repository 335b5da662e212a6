# SPDX-License-Identifier: ISC
"""The lines above CONFIG_END: our own keys, and the ones of Unbound and Deckard that have a counterpart here.

Only text is turned into `Config`; what the settings mean is the business of whoever builds the resolver.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from resolver.lab.rpl_values import Config, GivenZone, ScenarioError

__all__ = ["read_config"]

_SWITCH: Final = {
    "yes": "true",
    "on": "true",
    "true": "true",
    "no": "false",
    "off": "false",
    "false": "false",
}
_SWITCHES: Final = {
    "minimal-responses": "server.minimal_responses",
    "serve-expired": "stale.enabled",
    "prefetch": "prefetch.enabled",
    "do-ip4": "upstream.ipv4",
    "do-ip6": "upstream.ipv6",
    "use-caps-for-id": "upstream.case_randomisation",
}
_SECONDS: Final = {
    "cache-max-ttl": "policy.max_ttl",
    "cache-min-ttl": "policy.min_ttl",
    "cache-max-negative-ttl": "policy.negative_max_ttl",
    "cache-min-negative-ttl": "policy.negative_min_ttl",
    "serve-expired-ttl": "stale.max_age",
    "serve-expired-reply-ttl": "stale.reply_ttl",
}
# Options of other resolvers without a meaning here: validation, target fetching, logging, modules.
_WITHOUT_MEANING: Final = frozenset(
    {
        "access-control",
        "answer-cookie",
        "domain-insecure",
        "ede",
        "ede-serve-expired",
        "fake-sha1",
        "force-ipv6",
        "harden-glue",
        "harden-referral-path",
        "harden-short-bufsize",
        "harden-unknown-additional",
        "iter-scrub-promiscuous",
        "log-servfail",
        "module-config",
        "target-fetch-policy",
        "trust-anchor",
        "trust-anchor-signaling",
        "val-override-date",
        "val-override-timestamp",
        "val-sig-skew-max",
        "val-sig-skew-min",
    }
)
_HEADINGS: Final = frozenset({"server:", "stub-zone:", "forward-zone:"})


def read_config(lines: Iterable[tuple[int, str]], path: str) -> Config:
    """Return the configuration that `lines` (number and text, comments gone) spell. Raises ScenarioError."""
    reading = _Reading()
    for number, line in lines:
        if line in _HEADINGS:
            reading.zone = "."
            continue
        key, colon, value = line.partition(":")
        if not colon:
            raise ScenarioError(f"{path}:{number}", f"expected 'key: value', not {line!r}")
        try:
            reading.take(key.strip(), _unquoted(value.strip()))
        except ValueError as error:
            raise ScenarioError(f"{path}:{number}", str(error)) from None
    return reading.config()


class _Reading:
    """Gathers lines; `zone` is the name that the next addresses belong to."""

    def __init__(self) -> None:
        self.zone = "."
        self.stubs: dict[str, list[str]] = {}
        self.forwards: dict[str, list[str]] = {}
        self.settings: dict[str, str] = {}
        self.seed = 0

    def take(self, key: str, value: str) -> None:
        if key == "name":
            self.zone = value if value.endswith(".") else value + "."
        elif key == "stub-addr":
            self.stubs.setdefault(self.zone, []).append(value)
        elif key == "forward-addr":
            self.forwards.setdefault(self.zone, []).append(value)
        elif key == "lab.seed":
            self.seed = int(value)
        elif "." in key:
            self.settings[key] = value
        else:
            self._take_foreign(key, value)

    def _take_foreign(self, key: str, value: str) -> None:
        if key in _WITHOUT_MEANING:
            return
        if key in ("query-minimization", "qname-minimisation"):
            on = "strict" if self.settings.get("upstream.qname_minimisation") == "strict" else "relaxed"
            self.settings["upstream.qname_minimisation"] = on if _switch(value) == "true" else "off"
        elif key == "qname-minimisation-strict":
            if _switch(value) == "true":
                self.settings["upstream.qname_minimisation"] = "strict"
        elif key == "do-not-query-localhost":
            if _switch(value) == "false":
                self.settings["upstream.dont_query"] = "[]"
        elif key == "serve-expired-client-timeout":
            self.settings["stale.client_timeout"] = f"{int(value)}ms"
        elif key in _SWITCHES:
            self.settings[_SWITCHES[key]] = _switch(value)
        elif key in _SECONDS:
            self.settings[_SECONDS[key]] = value
        else:
            raise ValueError(f"unknown key {key!r}; ours are written section.key")

    def config(self) -> Config:
        zones = [GivenZone(name, stub=tuple(found)) for name, found in self.stubs.items() if name != "."]
        zones += [GivenZone(name, forward=tuple(found)) for name, found in self.forwards.items()]
        return Config(tuple(self.stubs.get(".", ())), tuple(zones), self.settings, self.seed)


def _switch(value: str) -> str:
    if value not in _SWITCH:
        raise ValueError(f"expected yes or no, not {value!r}")
    return _SWITCH[value]


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
