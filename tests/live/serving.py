# SPDX-License-Identifier: ISC
"""`resolver serve` as a process of its own, as a person would start it: no part of the server is imported here."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from resolver.cli.control_client import ControlClient
from tests.conftest import ROOT

# `--set` values for every resolver started here: `make test-paths` forces each way of reading sockets with them.
FORCED = tuple(os.environ.get("TEST_SERVER", "").split())
PATIENCE = 40.0  # seconds for anything that takes a fraction of one; a loaded machine is not a failure

_LISTENS = re.compile(r"^resolver \S+ on ([0-9.]+):(\d+)")


def environment() -> dict[str, str]:
    """Ours without what would configure the resolver behind the test's back."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RESOLVER_")}


class Serving:
    """One running resolver. In a `with` it is started and, whatever happens, stopped."""

    def __init__(self, folder: Path, config: str, *arguments: str) -> None:
        """`config` is TOML without `control.socket`, `http.listen` and (unless it says so) `server.listen`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.config = folder / "resolver.toml"
        self.control = folder / "control.sock"
        self.port = 0
        self.write(config)
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None

    def write(self, config: str) -> None:
        """Put another configuration file in place; a reload makes it count."""
        self.config.write_text(config, "utf-8")

    def start(self) -> Serving:
        """Start, and wait for the banner, which comes when it answers."""
        command = [sys.executable, "-m", "resolver", "serve", "--config", str(self.config), "--http", ""]
        if "listen" not in self.config.read_text("utf-8"):
            command += ["--listen", "127.0.0.1:0"]
        command += ["--set", f"control.socket={self.control}"]
        for value in FORCED:
            command += ["--set", value]
        command += self._arguments
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        stuck = threading.Timer(PATIENCE, self._process.kill)
        stuck.start()
        found = _LISTENS.match(self._process.stdout.readline())
        stuck.cancel()
        assert found, f"it did not start: {self.log()}"
        self.port = int(found[2])
        return self

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def log(self) -> str:
        """Everything it has logged so far."""
        return self._log.read_text("utf-8")

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it is still there."""
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        return self._process.wait(timeout)

    def stop(self) -> int:
        """TERM, as an operator would, and the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a client command against its control socket."""
        return run("resolver", *arguments, "--socket", str(self.control))

    def statistics(self, key: str) -> int:
        """One number of `resolver stats`, by its dotted path; over the socket itself, to be quick."""
        value: Any = ControlClient(self.control).get("/api/v1/stats")
        for part in key.split("."):
            value = value[part]
        return int(value)

    def rss_bytes(self) -> int:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self) -> int:
        """Open files and sockets."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def __enter__(self) -> Serving:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_running:
            self.stop()


def run(
    program: str, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = PATIENCE
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; `resolver` means the one under test."""
    command = [sys.executable, "-m", "resolver"] if program == "resolver" else [program]
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=environment() | dict(env or {}),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
