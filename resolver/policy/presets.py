# SPDX-License-Identifier: ISC
"""Policy files: reading one by the name of a preset or by path, strictly. Server, shadows and laboratory all come here.

    config/policies/NAME.toml ──┐
                                ├──► PolicyDocument ──► Policy
    a file of one's own ────────┘

What the blocks mean is `rules`' matter; no number is written here.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from resolver.errors import ResolverError
from resolver.policy.rules import (
    DelegationBounds,
    FailureBounds,
    NegativeBounds,
    PositiveBounds,
    PrefetchRules,
    Rule,
    StaleRules,
)
from resolver.policy.terms import Policy
from resolver.shipped import shipped
from resolver.units import DecodeError, Doc, Seconds, Settings, blamed, decode, remedy

_FOLDER: Final = "policies"


class PolicyError(ResolverError):
    """A policy that cannot be used. Its text is one line: file, key, value - what to do.

    `key` is "" when the whole file is at fault.
    """

    def __init__(self, file: str, key: str, value: object, remedy: str) -> None:
        what = f"{file}: {key} = {_spell(value)}" if key else file
        super().__init__(f"{what} - {remedy}")
        self.file = file
        self.key = key
        self.value = value
        self.remedy = remedy


class Source(Settings, frozen=True):
    """Where the numbers of some keys come from. One `[[policy.source]]`."""

    keys: Annotated[tuple[str, ...], Doc("the keys it speaks for; none: all of them")] = ()
    what: Annotated[str, Doc("where the numbers come from")] = ""
    sure: Annotated[
        Literal["standard", "source code", "manual", "installed package", "measured", "reported", "assumed"],
        Doc("how sure that is"),
    ] = "assumed"


class About(Settings, frozen=True):
    """What a policy is called, and where its numbers come from. The block `[policy]` of a policy file."""

    name: Annotated[
        str, Doc("what it is called in tables and metrics; the file's own name when left out")
    ] = ""
    title: Annotated[str, Doc("one line on what it is")] = ""
    version: Annotated[str, Doc("the version of the server it is like, or its own")] = ""
    notes: Annotated[str, Doc("what it cannot say, and what differs from its model")] = ""
    seed: Annotated[
        str, Doc("key of the hash that jitter takes from names; another seed skews names otherwise")
    ] = ""
    source: tuple[Source, ...] = ()


class PolicyDocument(Settings, frozen=True):
    """A policy file, whole. Every block and key may be left out, and is then as in the policy `default`."""

    policy: About = About()
    positive: PositiveBounds = PositiveBounds()
    nxdomain: NegativeBounds = NegativeBounds()
    nodata: NegativeBounds = NegativeBounds()
    failure: FailureBounds = FailureBounds()
    delegation: DelegationBounds = DelegationBounds()
    stale: StaleRules = StaleRules()
    prefetch: PrefetchRules = PrefetchRules()
    rule: tuple[Rule, ...] = ()


def preset_names() -> tuple[str, ...]:
    """The names of the policies that ship with the package, `default` first, the others in order."""
    found = sorted(file.stem for file in shipped(_FOLDER).glob("*.toml"))
    return tuple(sorted(found, key=lambda name: name != "default"))


def load_policy(name_or_path: str) -> Policy:
    """The policy of a preset's name, or of a file. Raises PolicyError, in one line with the remedy.

    What has a slash in it, or ends in `.toml`, is a path.
    """
    return policy_of(load_document(name_or_path), name_or_path)


def load_document(name_or_path: str) -> PolicyDocument:
    """The policy file behind a name or path, decoded. Raises PolicyError."""
    file = _file_of(name_or_path)
    values = _read(file)
    try:
        return decode(PolicyDocument, values)
    except DecodeError as error:
        raise PolicyError(str(file), *blamed(error), remedy(error, PolicyDocument)) from None


def faults(name_or_path: str) -> list[PolicyError]:
    """Every block and rule of a policy file that is at fault, each with its first fault; empty for a good file."""
    try:
        file = _file_of(name_or_path)
        values = _read(file)
    except PolicyError as error:
        return [error]
    found = []
    for place, part in _parts(values):
        try:
            decode(PolicyDocument, part)
        except DecodeError as error:
            key, value = blamed(error)
            key = key.replace("rule[0]", place, 1)
            found.append(PolicyError(str(file), key, value, remedy(error, PolicyDocument)))
    return found


def _parts(values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The file cut into pieces that are right or wrong on their own, each with its place: blocks, and single rules."""
    for block, value in values.items():
        if block == "rule" and isinstance(value, list):
            yield from ((f"rule[{number}]", {"rule": [rule]}) for number, rule in enumerate(value))
        else:
            yield block, {block: value}


def policy_of(document: PolicyDocument, name_or_path: str = "") -> Policy:
    """What a policy file comes to."""
    return Policy(
        positive=document.positive,
        nxdomain=document.nxdomain,
        nodata=document.nodata,
        failure=document.failure,
        delegation=document.delegation,
        stale=document.stale,
        prefetch=document.prefetch,
        rules=document.rule,
        name=document.policy.name or Path(name_or_path).stem,
        seed=document.policy.seed,
    )


def is_path(name_or_path: str) -> bool:
    """Whether it is a file that is meant, and not a preset."""
    return "/" in name_or_path or name_or_path.endswith(".toml")


def _file_of(name_or_path: str) -> Path:
    if is_path(name_or_path):
        return Path(name_or_path)
    names = preset_names()
    if name_or_path in names:
        return shipped(f"{_FOLDER}/{name_or_path}.toml")
    near = difflib.get_close_matches(name_or_path, names, n=1)
    hint = (
        f"did you mean {near[0]!r}?"
        if near
        else f"presets are {', '.join(names)}; a file is given by its path"
    )
    raise PolicyError(f"policy {name_or_path!r}", "", None, f"no such preset; {hint}")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise PolicyError(
            str(file), "", None, f"cannot be read: {error.strerror or error}; give a readable file"
        ) from None
    except UnicodeDecodeError:
        raise PolicyError(str(file), "", None, "is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(str(file), "", None, f"not TOML: {error}; mend that line") from None


def _spell(value: object) -> str:
    text = repr(str(value)) if isinstance(value, (str, Seconds)) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
