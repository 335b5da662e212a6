# SPDX-License-Identifier: ISC
"""Every command line of the README is run: what stands after `$ ` in a ```console block, in the order of the page.

`resolver serve …` runs in the background until the page is over; every other command has to end with exit code 0.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.tree import ROOT
from tests.ports import free_port

README: Final = ROOT / "README.md"
PATIENCE_S: Final = 120
# Commands that are proved elsewhere, and where.
ELSEWHERE: Final[Mapping[str, str]] = {
    "make test": "this very run",
    "pip install -e '.[lab]'": "who runs tests has it; the machine may be offline",
    ".ci/run": "the gate runs it",
    "make fuzz": "two minutes of broken input; its corpus runs here in tests/fuzz",
}


def commands(text: str) -> list[str]:
    """Every command of the console blocks of `text`, without its comment."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [
        re.sub(r"\s+#.*$", "", line)
        for block in blocks
        for line in re.findall(r"^\$ (.+)$", block, re.MULTILINE)
    ]


def test_commands_are_found_and_stripped() -> None:
    page = "```console\n$ make demo   # first\noutput\n$ resolver query a.lab +short\n```\n```sh\n$ not this\n```\n"
    assert commands(page) == ["make demo", "resolver query a.lab +short"]


@pytest.fixture
def shell_environment(clean_environment: Mapping[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """A shell that has the commands on its path. Its ports and folders are its own: a demo may be running already."""
    binaries = Path(sys.executable).parent
    environment = {
        **clean_environment,
        "PATH": f"{binaries}{os.pathsep}{clean_environment['PATH']}",
        "DEMO": str(tmp_path / "demo"),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "RESOLVER_SERVER__LISTEN": f"127.0.0.1:{free_port()}",
        "RESOLVER_HTTP__LISTEN": f"127.0.0.1:{free_port()}",
        "RESOLVER_LAB__PORT": str(free_port()),
        "NO_COLOR": "1",
        "TMPDIR": str(tmp_path),
    }
    yield environment
    _run("make demo-stop", environment)


def test_readme_commands_run(shell_environment: dict[str, str]) -> None:
    lines = [line for line in commands(README.read_text("utf-8")) if line not in ELSEWHERE]
    assert "make demo" in lines
    servers: list[subprocess.Popen[bytes]] = []
    try:
        for line in lines:
            if re.match(r"(sudo )?resolver serve\b", line):
                _run("make demo-stop", shell_environment)
                servers.append(subprocess.Popen(line.split(), cwd=ROOT, env=shell_environment))
                line = "for _ in $(seq 100); do resolver healthcheck && exit 0; sleep 0.1; done; exit 1"
            run = _run(line, shell_environment)
            assert run.returncode == 0, f"$ {line}\n{run.stdout}{run.stderr}"
    finally:
        for server in servers:
            server.terminate()
            server.wait(timeout=PATIENCE_S)


def _run(line: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
