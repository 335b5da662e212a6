# SPDX-License-Identifier: ISC
"""`resolver cache explain`: why the cache holds what it holds for a name, or why it holds nothing, told as a story."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import click

from resolver.cli import completing
from resolver.cli.control_client import client, socket_options
from resolver.cli.instants import spell_clock, spell_instant
from resolver.cli.output import duration, format_option, paint, print_json, wants_json
from resolver.cli.words import spell_name, spell_type
from resolver.units import Seconds

View = dict[str, Any]

_WIDTH: Final = 98
_LABEL: Final = 10  # columns of the word in front of each line
_STATES: Final = {"fresh": "green", "stale": "yellow", "missing": "red"}
_RANKS: Final = {
    "glue": "as glue, which answers nobody",
    "non_authoritative_answer": "without authority",
    "alias_target": "with authority, past the first name of a chain",
    "authoritative_answer": "with authority",
}
_WHYS: Final = {
    "never_asked": "never asked for since the start, or so long ago that it is forgotten",
    "expired": "expired",
    "evicted": "evicted: its room was wanted for others",
    "flushed": "flushed",
    "denied": "denied: a later answer contradicted it",
    "zero_ttl": "not kept: the answer had no time to live (TTL 0)",
    "too_large": "not kept: the answer weighs more than the cache",
    "glue": "known as glue alone, which answers nobody",
    "stopped": "the chain cannot go on",
}
_WITHHELD: Final = (
    "from clients: a private address, and not every name on the way to it is in rebinding.allow"
)
_TODAY_S: Final = 86400.0


@click.command()
@click.argument("name")
@click.argument("rtype", metavar="[TYPE]", required=False, default="A", shell_complete=completing.types)
@click.option("--others/--no-others", default=True, help="What other policies would have made of it.")
@socket_options
@format_option()
def explain(
    name: str, rtype: str, others: bool, socket_path: str | None, config: str | None, style: str
) -> None:
    r"""Explain why NAME is in the cache as it is, or why it is not there.

    \b
    resolver cache explain www.example.com
    resolver cache explain example.com MX --no-others
    """
    query = urlencode({"name": spell_name(name), "type": spell_type(rtype), "others": int(others)})
    reply = client(socket_path, config).get(f"/api/v1/cache/explain?{query}")
    if wants_json(style):
        print_json(reply, style)
        return
    for number, story in enumerate(reply["caches"]):
        if number:
            click.echo("")
        for line in tell(story, reply["policy"]):
            click.echo(line)


def tell(story: View, policy: str) -> Iterator[str]:
    """Yield the story of one cache, line by line; `policy` is the name of the one in force."""
    yield _headline(story)
    if story.get("withheld"):
        yield from _told("withheld", _WITHHELD)
    for number, link in enumerate(story["links"], 1):
        yield ""
        yield from _link(number, link, story["at"], policy)
    if "missing" in story:
        yield ""
        yield from _missing(story["missing"], story["at"])
    yield from _trouble(story)


def _headline(story: View) -> str:
    state, links = story["state"], len(story["links"])
    where = f"worker {story['worker']}: " if "worker" in story else ""
    question = paint(f"{story['name']} {story['type']}", bold=True)
    if state == "missing":
        rest = f", after {_count(links, 'link')}" if links else ""
        return f"{where}{question} is {paint('not cached', fg=_STATES[state])}{rest}"
    over = f" over {links} links" if links > 1 else ""
    left = story["fresh_for"]
    how = f" for {_about(left)} more" if state == "fresh" else f", past its TTL for {_about(-left)}"
    return f"{where}{question} is {paint(state, fg=_STATES[state])}{how}{over}"


def _link(number: int, link: View, at: float, policy: str) -> Iterator[str]:
    data = (
        ", ".join(link["records"])
        or {"nxdomain": "there is no such name", "nodata": "no such type"}[link["kind"]]
    )
    rtype = "" if link["type"] == "*" else f" {link['type']}"
    yield f"{number}  {paint(link['name'] + rtype, bold=True)}  {_short(data)}"
    yield from _told("kept", _lifetime(link, policy))
    origin = f"{_ago(link['age'])} at {_when(link['stored_at'], at)} from {link['server']}, "
    yield from _told("stored", f"{origin}a server of {link['zone']}, {_RANKS[link['rank']]}")
    yield from _told("ends", _ends(link, at))
    yield from _told("used", _use(link, at))
    for word, text in _more(link, at):
        yield from _told(word, text)
    yield from _others(link.get("policies", []))


def _lifetime(link: View, policy: str) -> str:
    published, kept = link["published_ttl"], link["kept_ttl"]
    if not link["rules"]:
        return f"{_seconds(kept)}, as published; no rule of policy {policy} changes it"
    steps = "; ".join(
        f"{rule['rule']} {_seconds(rule['before'])} to {_seconds(rule['after'])}" for rule in link["rules"]
    )
    return f"{_seconds(kept)} of the {_seconds(published)} published: {steps} (policy {policy})"


def _ends(link: View, at: float) -> str:
    fresh, stale = _when(link["fresh_until"], at), _when(link["stale_until"], at)
    if link["state"] == "fresh":
        text = f"fresh until {fresh} (in {_about(link['fresh_for'])})"
    else:
        text = f"fresh until {fresh} ({_about(link['age'] - link['kept_ttl'])} ago)"
    if link["stale_until"] <= link["fresh_until"]:
        return f"{text}, then gone: it is never served stale"
    return f"{text}, may be served stale until {stale} (in {_about(link['stale_for'])})"


def _use(link: View, at: float) -> str:
    use = link["use"]
    text = f"{_count(use['hits'], 'hit')} since {_when(use['since'], at)}"
    if use["refreshes"]:
        text += f", fetched anew {_count(use['refreshes'], 'time')}"
    if use["stale_periods"]:
        answers, periods = _count(use["stale_answers"], "answer"), _count(use["stale_periods"], "period")
        text += f", served stale in {periods} ({answers})"
    return text


def _more(link: View, at: float) -> Iterator[tuple[str, str]]:
    """What only some links have."""
    prefetch = link.get("prefetch")
    if prefetch is not None:
        when = "from now on" if not prefetch["in"] else f"from {_when(prefetch['at'], at)}"
        when += "" if not prefetch["in"] else f" (in {_about(prefetch['in'])})"
        yield "prefetch", f"a hit {when} fetches it anew"
    if link["images"]:
        yield "images", f"{_count(link['images'], 'finished answer')} in wire form"
    if link.get("wildcard"):
        yield "wildcard", "expanded from one"
    cut = link["delegation"]
    if cut is not None:
        lease = f"ends at {_when(cut['lease_until'], at)} (in {_about(cut['fresh_for'])})"
        who = f"{_count(len(cut['servers']), 'server')}, {_count(cut['addresses'], 'address', 'addresses')}"
        yield "through", f"the delegation of {cut['zone']} by {cut['parent']}: {who}; its lease {lease}"
    past = link.get("past")
    if past is not None:
        yield "before", _past(past, at)


def _others(policies: list[View]) -> Iterator[str]:
    """What other policies would have made of it: those of one opinion on one line, the longest lives first."""
    groups: dict[tuple[float, float], list[str]] = {}
    for other in policies:
        groups.setdefault((other["kept_ttl"], other["stale"]), []).append(other["policy"])
    word = "others"
    for (kept, stale), names in sorted(groups.items(), reverse=True):
        life = f"{_seconds(kept)}" + (f" + {_seconds(stale)} stale" if stale else "")
        yield from _told(word, f"{life}: {', '.join(names)}")
        word = ""


def _missing(missing: View, at: float) -> Iterator[str]:
    why = missing["why"]
    yield f"-  {paint(missing['name'] + ' ' + missing['type'], bold=True)}  {_WHYS[why]}"
    if why == "stopped":
        yield from _told("because", f"of a {missing['stop']}")
    elif "entry" in missing:
        entry = missing["entry"]
        if why == "expired":
            yield from _told("ended", f"{_ago(missing['ended'])} at {_when(missing['ended_at'], at)}")
        yield from _told(
            "was", f"{_short(', '.join(entry['records']) or entry['kind'])} from {entry['server']}"
        )
    elif "ended" in missing:
        rtype = missing.get("of", missing["type"])
        of = {missing["type"]: "", "*": "its denial "}.get(rtype, f"its {rtype} ")
        yield from _told("ended", of + _past(missing, at))
    elif missing.get("other_types"):
        yield from _told("here", f"of this name: {', '.join(missing['other_types'])}")


def _past(past: View, at: float) -> str:
    what = {"zero_ttl": "came with TTL 0", "too_large": "came too large", "denied": "denied"}.get(
        past["why"], past["why"]
    )
    text = f"{what} {_ago(past['ended'])} at {_when(past['ended_at'], at)}"
    if past["lived"] <= 0:
        return text
    times = f", fetched anew {_count(past['refreshes'], 'time')}" if past["refreshes"] else ""
    used = f"{_count(past['hits'], 'hit')}{times}"
    return f"{text}, after {_about(past['lived'])} with {used}; its TTL was {_seconds(past['published_ttl'])}"


def _trouble(story: View) -> Iterator[str]:
    failure, recheck = story.get("failure"), story.get("recheck")
    if failure is not None:
        yield ""
        times = "" if failure["count"] == 1 else f", {failure['count']} times in a row"
        text = f"at {failure['zone']}{times}: {failure['text'] or failure['ede_name']}"
        yield from _told("failed", text)
        yield from _told("", f"said without asking for {_about(failure['for'])} more (RFC 9520)")
    if recheck is not None:
        text = f"the last refresh failed; servers are left alone for {_about(recheck['for'])} more"
        yield from _told("recheck", text)


def _told(word: str, text: str) -> Iterator[str]:
    """Yield one labelled line, wrapped under its text."""
    lines = textwrap.wrap(text, _WIDTH - _LABEL - 3, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        label = "" if number else word
        yield f"   {paint(label.ljust(_LABEL), dim=True)}{line}"


def _about(seconds: float) -> str:
    return duration(max(0.0, seconds))


def _ago(seconds: float) -> str:
    return f"{_about(seconds)} ago"


def _when(instant: float, at: float) -> str:
    """The time of day within a day of `at`, else the whole date."""
    return spell_clock(instant) if abs(instant - at) < _TODAY_S / 2 else spell_instant(instant)


def _seconds(value: float) -> str:
    return Seconds(round(value) if value >= 1 else round(value, 3)).spell()


def _count(number: int, what: str, many: str = "") -> str:
    return f"{number} {what if number == 1 else many or what + 's'}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
