# SPDX-License-Identifier: ISC
"""What a generated trace is to be: `zipf:n=100000,alpha=0.9,rate=100,duration=1d,ttl=300`, or a scenario by name.

Values only; `synthetic` generates. A scenario is a file of the same keys in config/lab/scenarios.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_type_hints

from resolver.errors import ResolverError
from resolver.lab.traces.ttl_law import ttl_law
from resolver.shipped import shipped
from resolver.units import Bounded, DecodeError, Doc, Seconds, Settings, bare_type, decode

_KIND: Final = "zipf"
_SHARE: Final = Bounded(0.0, 1.0)


class Spec(Settings, frozen=True):
    """A generated trace. Shares are between 0 and 1; instants (`…_at`) count from the trace's start."""

    n: Annotated[int, Doc("names that exist"), Bounded(1, 100_000_000)] = 100_000
    alpha: Annotated[float, Doc("Zipf exponent: the name of rank r is asked as r^-alpha"), Bounded(0, 3)] = (
        0.9
    )
    rate: Annotated[float, Doc("questions a second, in the mean over a day"), Bounded(1e-6, 1e9)] = 100.0
    duration: Annotated[Seconds, Doc("length of the trace"), Bounded(0.001)] = Seconds(86400)
    ttl: Annotated[str, Doc("TTLs published: 300, 1h, mix, mix-uniform, mix-top")] = "300"
    negative_ttl: Annotated[Seconds, Doc("TTL of NXDOMAIN and NODATA"), Bounded(0, 2**31 - 1)] = Seconds(300)
    clients: Annotated[int, Doc("clients that ask"), Bounded(1, 1 << 24)] = 100
    on: Annotated[float, Doc("share of sessions in which a client is on; it asks only then"), _SHARE] = 1.0
    session: Annotated[Seconds, Doc("length of one session of a client, on or off"), Bounded(1)] = Seconds(
        1800
    )
    day: Annotated[float, Doc("swing of the rate over the day: 0 flat, 0.8 from 20 % to 180 %"), _SHARE] = 0.0
    peak_at: Annotated[Seconds, Doc("hour of the day's peak")] = Seconds(72000)
    once: Annotated[float, Doc("share of questions for names that are asked only once"), _SHARE] = 0.0
    once_nxdomain: Annotated[float, Doc("share of the names asked once that do not exist"), _SHARE] = 0.0
    nxdomain: Annotated[float, Doc("share of questions for names that do not exist, asked again"), _SHARE] = (
        0.0
    )
    pairs: Annotated[float, Doc("share of A questions with AAAA in the same instant"), _SHARE] = 0.0
    nodata: Annotated[float, Doc("share of names without AAAA"), _SHARE] = 0.0
    chains: Annotated[float, Doc("share of names that are a CNAME; a chain has its least TTL"), _SHARE] = 0.0
    targets: Annotated[int, Doc("names that those CNAMEs lead to"), Bounded(1)] = 1000
    change: Annotated[Seconds, Doc("mean time between changes of an RRset; 0 never")] = Seconds(0)
    attack_rate: Annotated[float, Doc("questions a second of a random-subdomain attack"), Bounded(0, 1e9)] = (
        0.0
    )
    attack_at: Annotated[Seconds, Doc("when the attack begins")] = Seconds(0)
    attack_for: Annotated[Seconds, Doc("how long it lasts")] = Seconds(0)
    outage_share: Annotated[float, Doc("share of zones whose servers fall silent"), _SHARE] = 0.0
    outage_at: Annotated[Seconds, Doc("when the outage begins")] = Seconds(0)
    outage_for: Annotated[Seconds, Doc("how long it lasts")] = Seconds(0)
    move_share: Annotated[float, Doc("share of names whose records are replaced once"), _SHARE] = 0.0
    move_at: Annotated[Seconds, Doc("when they are replaced")] = Seconds(0)
    lower_at: Annotated[Seconds, Doc("when their TTL is lowered; it rises again at the move")] = Seconds(0)
    lower_to: Annotated[Seconds, Doc("the TTL it is lowered to; 0 leaves it")] = Seconds(0)

    def about(self) -> str:
        """Return the spec as text, without what stands at its default; `read_spec` reads it back."""
        plain = Spec()
        said = [f for f in self.__struct_fields__ if getattr(self, f) != getattr(plain, f)]
        shown = dict.fromkeys(("n", "alpha", "rate", "duration", "ttl", *said))
        return f"{_KIND}:" + ",".join(f"{field}={_spell(getattr(self, field))}" for field in shown)


class SpecError(ResolverError):
    """A spec or scenario that cannot be read; its text is `what - what to do`."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named spec and what it stands for."""

    name: str
    about: str
    spec: Spec


def read_spec(text: str) -> Spec:
    """Read `zipf:key=value,…`. Raises SpecError that names the key, the value and what is allowed."""
    kind, _, rest = text.partition(":")
    if kind != _KIND:
        raise SpecError(
            f"{text!r}: no such generator - write zipf:n=100000,alpha=0.9,rate=100,duration=1d,ttl=300"
        )
    values: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in rest.split(","))):
        key, equals, value = part.partition("=")
        if not equals:
            raise SpecError(f"{text!r}: {part!r} has no value - write key=value")
        values[key.strip()] = value.strip()
    return build_spec(values, text)


def build_spec(values: Mapping[str, object], where: str, base: Spec | None = None) -> Spec:
    """Return a spec of `values`, text or numbers, over `base`. `where` is named in errors. Raises SpecError."""
    merged = {f: getattr(base, f) for f in base.__struct_fields__} if base else {}
    merged |= {key: _value(key, value) for key, value in values.items()}
    plain = {k: str(v) if isinstance(v, Seconds) else v for k, v in merged.items()}
    try:
        spec = decode(Spec, plain)
        ttl_law(spec.ttl)
    except DecodeError as error:
        raise SpecError(f"{where}: {error.path} = {error.value!r} - {error.allowed}") from None
    except ValueError as error:
        raise SpecError(f"{where}: ttl = {plain['ttl']!r} - {error}") from None
    if spec.once + spec.nxdomain > 1:
        raise SpecError(f"{where}: once + nxdomain is over 1 - they are shares of all questions")
    if not spec.on:
        raise SpecError(f"{where}: on = 0 - nobody would ask; write a share above 0")
    return spec


def scenario_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios, in order."""
    return tuple(sorted(path.stem for path in shipped("lab/scenarios").glob("*.toml")))


def load_scenario(name: str) -> Scenario:
    """Return the shipped scenario `name`. Raises SpecError with the names there are."""
    if name not in scenario_names():
        raise SpecError(f"scenario {name!r}: no such scenario - there are {', '.join(scenario_names())}")
    values = tomllib.loads(shipped(f"lab/scenarios/{name}.toml").read_text("utf-8"))
    about = str(values.pop("about"))
    return Scenario(name, about, build_spec(values, f"scenario {name}"))


def _value(key: str, value: object) -> object:
    """Text of a command line as the key's type wants it; what is no number stays, and decoding refuses it."""
    hint: Any = bare_type(get_type_hints(Spec, include_extras=True).get(key))
    if hint is str:
        return str(value)
    if hint in (int, float) and isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if hint is int and number.is_integer() else number
    return value


def _spell(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and not isinstance(value, Seconds) else str(value)
