# SPDX-License-Identifier: ISC
"""The markdown of a result: goals, workloads, memory and start. Only renders; what it says is in the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.peers.contenders import contenders
from benchmarks.peers.goals import ON_PACE, verdicts
from benchmarks.peers.result import Result, Sample, Spread, spread
from benchmarks.peers.steps import Kind

BEGIN = "<!-- benchmark: made by `python -m benchmarks.peers table`, do not edit -->"
END = "<!-- benchmark end -->"
WRONG_MAX = 0.001  # a greater share of unexpected response codes is told
MISSES_MAX = 0.001  # so is a greater share of questions that went upstream where all should be hits
_ALL_HIT = ("hit", "entries-")

_TITLES = {
    "hit": "all hit, 20 k names",
    "hit-edns": "hit, EDNS",
    "hit-cookies": "hit, EDNS, DO, random cookies",
    "hit-tcp": "hit, TCP, pipelined",
    "zipf": "Zipf 0.9 over 1 M names, cold",
    "miss": "all miss, 20 k names",
    "miss-500k": "all miss, 500 k names",
    "nxdomain": "NXDOMAIN, random labels",
    "entries-10k-hot": "hit, 10 k entries",
    "entries-10k-uniform": "hit, uniform over 10 k entries",
    "entries-100k-hot": "hit, 20 k hot among 100 k entries",
    "entries-100k-uniform": "hit, uniform over 100 k entries",
    "entries-1m-hot": "hit, 20 k hot among 1 M entries",
    "entries-1m-uniform": "hit, uniform over 1 M entries",
}
_MEMORY = {
    "10 k": (("entries-10k-first", Kind.FILL), ("entries-10k-again", Kind.FILL)),
    "100 k": (("entries-100k-first", Kind.FILL), ("entries-100k-again", Kind.FILL)),
    "500 k": (("miss-500k", Kind.PEAK), ("miss-500k-again", Kind.FILL)),
    "1 M": (("entries-1m-first", Kind.FILL), ("entries-1m-again", Kind.FILL)),
}


def show(result: Result, into: Path | None) -> int:
    """Print it, or put it between the markers of a file; 1 when that has none."""
    text = render(result)
    if into is None:
        print(text)
        return 0
    page = into.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        print(f"error: {into} has no markers - put these two lines where the table belongs:\n{BEGIN}\n{END}")
        return 1
    into.write_text(f"{before}{BEGIN}\n{text}{END}{after}")
    return 0


def render(result: Result) -> str:
    """All of it."""
    parts = [
        _goals(result),
        _workloads(result),
        _memory(result),
        _starts(result),
        _troubles(result),
        _about(result),
    ]
    return "\n".join(part for part in parts if part)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _span(found: Spread | None, form: Callable[[float], str]) -> str:
    """The median with the least and the greatest, of more than one."""
    if found is None:
        return "–"
    if found.count == 1:
        return form(found.median)
    return f"{form(found.median)} ({form(found.least)}–{form(found.greatest)})"


def _title(name: str) -> str:
    known = contenders(full=())
    return known[name].title if name in known else name


def _goals(result: Result) -> str:
    def number(value: float) -> str:
        return f"{value:.0f}" if value >= 100 else f"{value:.2f}"

    rows = []
    for verdict in verdicts(result):
        measured = f"{_span(verdict.measured, number)} {verdict.unit}" if verdict.measured else "–"
        outcome = f"{verdict.outcome}; {verdict.remark}" if verdict.remark else str(verdict.outcome)
        rows.append([verdict.figure, verdict.goal, measured.strip(), outcome])
    return _table(["figure", "goal", "measured", "result"], rows)


def _workloads(result: Result) -> str:
    head = ["workload", "server", "answers/s, thousands", "CPU µs an answer (user + system)",
            "p50 / p99 / p99.9 ms, at this rate", "lost", "held back by"]  # fmt: skip
    rows = []
    for workload, title in _TITLES.items():
        for name in result.contenders():
            peak = list(result.of(name, workload, Kind.PEAK).values())
            paced = list(result.of(name, workload, Kind.PACED).values())
            if peak or paced:
                rows.append([title, _title(name), *_figures(workload, peak, paced)])
    return _table(head, rows)


def _figures(workload: str, peak: list[Sample], paced: list[Sample]) -> list[str]:
    user, system = spread(s.user_us for s in peak), spread(s.system_us for s in peak)
    parts = f" = {user.median:.2f} + {system.median:.2f}" if user and system else ""
    sent, lost = sum(s.sent for s in peak + paced), sum(s.lost for s in peak + paced)
    bounds = ", ".join(sorted({s.bound for s in peak}))
    wrong = max((s.wrong for s in peak + paced), default=0.0)
    upstream = max((s.upstream for s in peak + paced), default=0.0) if workload.startswith(_ALL_HIT) else 0.0
    remarks = [bounds]
    if wrong > WRONG_MAX:
        remarks.append(f"**{wrong:.1%} wrong answers**")
    if upstream > MISSES_MAX:
        remarks.append(f"**{upstream:.1%} were no hits**")
    return [
        _span(spread(s.rate / 1000 for s in peak), "{:.1f}".format),
        _span(spread(s.cpu_us for s in peak), "{:.2f}".format) + parts,
        _latency(paced),
        f"{lost / sent:.3%}" if lost else "0",
        "; ".join(remarks),
    ]


def _latency(paced: list[Sample]) -> str:
    quantiles = [s.latency_ms for s in paced if s.latency_ms]
    if not quantiles:
        return "–"
    medians = [spread(column) for column in zip(*quantiles, strict=True)]
    told = " / ".join(f"{one.median:.2f}" for one in medians if one)
    rate = spread(s.rate / 1000 for s in paced)
    asked = spread(s.asked_rate / 1000 for s in paced if s.asked_rate)
    if rate and asked and rate.median < ON_PACE * asked.median:
        return f"{told} at {rate.median:.1f} k/s, **not** {asked.median:.1f}"
    return f"{told} at {asked.median:.1f} k/s" if asked else told


def _memory(result: Result) -> str:
    """Bytes by which the process grew per answer: asked once, and asked again."""
    rows = []
    for name in result.contenders():
        cells = []
        for (workload, kind), (again, again_kind) in _MEMORY.values():
            first, second = result.of(name, workload, kind), result.of(name, again, again_kind)
            once = spread(sample.bytes_per_answer for sample in first.values())
            both = spread(
                (second[n].resident_after - first[n].resident_before) / max(1, first[n].completed)
                for n in sorted(first.keys() & second.keys())
            )
            cells.append(f"{once.median:.0f} / {both.median:.0f}" if once and both else "–")
        rows.append([_title(name), *cells])
    if all(cell == "–" for row in rows for cell in row[1:]):
        return ""
    head = [f"{size} answers" for size in _MEMORY]
    return _table(["resident bytes an answer, asked once / again", *head], rows)


def _starts(result: Result) -> str:
    rows = []
    for name in result.contenders():
        found = spread(start.seconds for start in result.starts if start.contender == name)
        rows.append([_title(name), _span(found, "{:.3f}".format)])
    return _table(["server", "start to first answer, s"], rows)


def _troubles(result: Result) -> str:
    return "".join(
        f"- not finished: {one.scenario} of {_title(one.contender)}, round {one.round + 1}: {one.error[:200]}\n"
        for one in result.troubles
    )


def _about(result: Result) -> str:
    about, plan = result.about, result.about["plan"]
    machine, versions = about["machine"], about["versions"]
    names = ", ".join(f"{_title(name)} {version}" for name, version in versions["contenders"].items())
    virtual = ", virtual" if machine["hypervisor"] else ""
    changed = " with changes" if about["changed"] else ""
    tiny = "" if plan["sizes"]["hot"] >= 20_000 else " Short lists: a trial, not the measurement."
    return (
        f"Median (least–greatest) of {plan['rounds']} interleaved rounds of {plan['seconds']:g} s;"
        f" ratios are of the same round.{tiny}"
        f" {about['taken_at']}, commit {str(about['commit'])[:9]}{changed}, seed {about['seed']}."
        f" {machine['processor']}, {machine['cores']} cores{virtual}, {machine['kernel']}; {versions['python']},"
        f" dnsperf {versions['dnsperf']}, NSD {versions['nsd']}; {names}."
        f" Each on one core, the load and the authorities on another; {plan['cache_mib']} MiB of cache each, no DNSSEC"
        " validation, minimal responses.\n"
    )
