# SPDX-License-Identifier: ISC
"""Every workload against our own process and real authorities, small and short: answers are checked, times are not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.peers.steps import SCENARIOS, Kind, Step
from tests.conftest import IN_CI, ROOT

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("peers")]  # one run of 40 s serves every test here

STEPS = [step for scenario in SCENARIOS for step in scenario.steps]


@pytest.fixture(scope="module")
def measured(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result of one round of everything."""
    for name in ("nsd", "nsd-control", "dnsperf", "taskset"):
        program(name)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("the load needs a core of its own")
    out = tmp_path_factory.mktemp("peers") / "result.json"
    command = [
        sys.executable,
        "-m",
        "benchmarks.peers",
        "run",
        "--tiny",
        "--long",
        "--contenders",
        "resolver",
    ]
    command += [
        "--rounds",
        "1",
        "--long-rounds",
        "1",
        "--seconds",
        "0.2",
        "--cache-mib",
        "64",
        "--out",
        str(out),
    ]
    command += ["--ours", "server.drain=0s", "--server-core", str(cores[0]), "--load-core", str(cores[1])]
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if "port 53" in done.stderr and not IN_CI:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    data: dict[str, Any] = json.loads(out.read_text())
    return data


def test_nothing_went_wrong(measured: dict[str, Any]) -> None:
    assert measured["troubles"] == []
    assert {start["scenario"] for start in measured["starts"]} == {scenario.name for scenario in SCENARIOS}


@pytest.mark.parametrize("step", STEPS, ids=[f"{step.workload}-{step.kind}" for step in STEPS])
def test_every_question_of_the_workload_gets_its_answer(measured: dict[str, Any], step: Step) -> None:
    (sample,) = [
        one
        for one in measured["samples"]
        if (one["workload"], one["kind"]) == (step.workload, step.kind.value)
    ]
    assert sample["completed"] > 0
    assert sample["wrong"] == 0
    assert sample["lost"] <= sample["sent"] // 100  # it is UDP, and the machine may be busy
    assert (sample["latency_ms"] is not None) == (step.kind is Kind.PACED)
    if step.all_hit:
        assert sample["upstream"] < 0.05
    if step.workload == "nxdomain":
        assert sample["upstream"] > 0.5
