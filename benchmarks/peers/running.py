# SPDX-License-Identifier: ISC
"""Takes every contender through every scenario, interleaved: round by round, one contender after the other."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import dnsperf
from benchmarks.peers.accounting import Cpu, Shares, core_busy, cpu_of, resident
from benchmarks.peers.contenders import ADDRESS, CHECKOUT, Contender, Place
from benchmarks.peers.internet import Authorities, running, wait_for_answer, zone_of
from benchmarks.peers.questions import Questions
from benchmarks.peers.result import Result, Sample, Start, Trouble
from benchmarks.peers.steps import Kind, Scenario, Step

PATIENCE_SECONDS = 3600.0  # for one pass through a long list


@dataclass(frozen=True, slots=True)
class Plan:
    """How to run: the scenarios, how often, and on which cores."""

    scenarios: Sequence[Scenario]
    rounds: int
    long_rounds: int
    seconds: float
    cache_mib: int
    server_core: int
    load_core: int
    authority_core: int


class Runner:
    """One run. The results so far are written after each scenario of each contender."""

    def __init__(
        self,
        plan: Plan,
        contenders: Sequence[Contender],
        authorities: Authorities,
        questions: Questions,
        result: Result,
        room: tuple[Path, Path],
    ) -> None:
        """`room`: the folder to work in, and the file for the result. The first contender is the reference."""
        self._plan = plan
        self._contenders = contenders
        self._authorities = authorities
        self._questions = questions
        self._result = result
        self._folder, self._out = room
        self._paces: dict[str, tuple[int, str]] = {}  # of paced steps: the rate, and half of whose peak it is

    def run(self) -> None:
        """All rounds. Who begins changes from round to round, after a first one that the reference begins."""
        for turn in range(max(self._plan.rounds, self._plan.long_rounds)):
            for scenario in self._plan.scenarios:
                if turn >= (self._plan.long_rounds if scenario.long else self._plan.rounds):
                    continue
                shift = turn % len(self._contenders)
                for contender in (*self._contenders[shift:], *self._contenders[:shift]):
                    self._attempt(turn, scenario, contender)
                    self._result.about["paces"] = self._paces
                    self._result.write(self._out)

    def _attempt(self, turn: int, scenario: Scenario, contender: Contender) -> None:
        try:
            self._take(turn, scenario, contender)
        except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as problem:
            print(f"round {turn + 1}  {scenario.name}  {contender.name}: {problem}", file=sys.stderr)
            self._result.troubles.append(Trouble(contender.name, turn, scenario.name, str(problem)))

    def _take(self, turn: int, scenario: Scenario, contender: Contender) -> None:
        """Start the contender afresh and take it through the steps."""
        for step in scenario.steps:
            self._questions.file(step.questions)
        folder = self._folder / f"{contender.name}-{scenario.name}-{turn}"
        folder.mkdir()
        place = Place(folder, self._authorities.hints, _free_port(), self._plan.cache_mib)
        if contender.file:
            (folder / contender.file).write_text(contender.configure(place))
        command = ["taskset", "-c", str(self._plan.server_core), *contender.command(place)]
        began = time.monotonic()
        with running(command, folder / "log", cwd=CHECKOUT) as server:
            wait_for_answer(server, (ADDRESS, place.port), f"www.{zone_of(0)}")
            taken = time.monotonic() - began
            self._result.starts.append(Start(contender.name, turn, scenario.name, taken))
            for step in scenario.steps:
                sample = self._step(turn, step, contender.name, server.pid, place.port)
                self._result.samples.append(sample)
                print(_line(sample), flush=True)
                if server.poll() is not None:
                    raise RuntimeError(f"ended with {server.returncode} during {step.workload}")

    def _step(self, turn: int, step: Step, contender: str, server: int, port: int) -> Sample:
        load = self._load(step, port)
        asked = self._authorities.asked()
        memory = resident([server])
        before = self._account(server)
        report, latency, generator = self._dnsperf(load)
        after = self._account(server)
        spent, elapsed = after.server - before.server, after.at - before.at
        shares = self._shares(before, after, generator, elapsed)
        if step.kind is Kind.PEAK:
            self._paces.setdefault(step.workload, (max(1, int(report.rate / 2)), contender))
        replies = max(1, report.completed)
        return Sample(
            workload=step.workload,
            kind=step.kind,
            contender=contender,
            round=turn,
            rate=round(report.rate, 1),
            asked_rate=load.rate,
            user_us=round(spent.user / replies * 1e6, 3),
            system_us=round(spent.system / replies * 1e6, 3),
            sent=report.sent,
            completed=report.completed,
            lost=report.lost,
            wrong=round(report.wrong(step.rcode), 6),
            rcodes=report.rcodes,
            response_octets=report.response_octets,
            latency_ms=latency,
            upstream=round((self._authorities.asked() - asked) / replies, 4),
            resident_before=memory,
            resident_after=resident([server]),
            shares=shares,
            bound=shares.bound(),
        )

    def _load(self, step: Step, port: int) -> dnsperf.Load:
        pace = self._paces.get(step.workload)
        if step.kind is Kind.PACED and pace is None:
            raise RuntimeError(
                f"nobody has done {step.workload} as fast as it can, so there is no pace for it"
            )
        return dnsperf.Load(
            questions=self._questions.file(step.questions),
            server=ADDRESS,
            port=port,
            tcp=step.tcp,
            edns=step.edns,
            binary=step.binary,
            verbose=step.kind is Kind.PACED,
            passes=step.passes,
            seconds=self._plan.seconds,
            rate=pace[0] if pace and step.kind is Kind.PACED else None,
        )

    def _dnsperf(self, load: dnsperf.Load) -> tuple[dnsperf.Report, list[float] | None, Cpu]:
        """Run it on its core: its report, the latencies in ms of a verbose run, and the processor time it took."""
        output = self._folder / "dnsperf.out"
        command = ["taskset", "-c", str(self._plan.load_core), *dnsperf.command(load)]
        ended = _ended_children()
        with output.open("wb") as out:
            done = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS, check=False
            )
        spent = _ended_children() - ended
        with output.open(errors="replace") as lines:
            found = dnsperf.quantiles(dnsperf.latencies(lines)) if load.verbose else None
        with output.open("rb") as tail:
            tail.seek(max(0, output.stat().st_size - 4096))
            text = tail.read().decode(errors="replace")
        if done.returncode:
            raise RuntimeError(f"dnsperf ended with {done.returncode}: {text[-300:]}")
        latency = [round(1000 * value, 4) for value in found] if found else None
        return dnsperf.parse_report(text), latency, spent

    def _account(self, server: int) -> _Account:
        plan = self._plan
        return _Account(
            time.monotonic(),
            cpu_of([server]),
            cpu_of(self._authorities.pids),
            core_busy(plan.server_core),
            core_busy(plan.load_core),
        )

    def _shares(self, before: _Account, after: _Account, generator: Cpu, elapsed: float) -> Shares:
        plan = self._plan
        server = (after.server - before.server).total
        authority = (after.authority - before.authority).total
        on_load_core = generator.total + (authority if plan.authority_core == plan.load_core else 0.0)

        def share(seconds: float) -> float:
            return round(max(0.0, seconds) / elapsed, 3)

        return Shares(
            server=share(server),
            generator=share(generator.total),
            authority=share(authority),
            others_beside_server=share(after.server_core - before.server_core - server),
            others_beside_load=share(after.load_core - before.load_core - on_load_core),
            load_on_one_core=plan.authority_core == plan.load_core,
        )


@dataclass(frozen=True, slots=True)
class _Account:
    at: float
    server: Cpu
    authority: Cpu
    server_core: float
    load_core: float


def _ended_children() -> Cpu:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cpu(used.ru_utime, used.ru_stime)


def _free_port() -> int:
    """A port free over UDP and TCP, below those that the kernel gives to queries (ip_local_port_range)."""
    for port in range(20_000, 32_000):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        ):
            try:
                udp.bind((ADDRESS, port))
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tcp.bind((ADDRESS, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


def _line(sample: Sample) -> str:
    latency = f"  p99 {sample.latency_ms[1]:.3f} ms" if sample.latency_ms else ""
    wrong = f"  WRONG {sample.wrong:.2%}" if sample.wrong > 0.001 else ""
    return (
        f"{sample.round + 1:>2}  {sample.workload:<22} {sample.kind:<5} {sample.contender:<13}"
        f" {sample.rate:>9.0f}/s  {sample.user_us:6.2f} + {sample.system_us:5.2f} µs  lost {sample.lost}"
        f"  up {sample.upstream:.2f}  by {sample.bound}{latency}{wrong}"
    )
