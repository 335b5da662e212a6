# SPDX-License-Identifier: ISC
"""What a run ran on and with: machine, kernel, versions, commit. Only reads."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers.contenders import CHECKOUT, Contender, version_of


def utc_now() -> str:
    """This second, as ISO 8601 writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _lines(path: str, key: str) -> list[str]:
    try:
        text = Path(path).read_text()
    except OSError:
        return []
    return [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(key)]


def machine() -> dict[str, Any]:
    """The processor, its cores, the memory and the kernel."""
    memory = _lines("/proc/meminfo", "MemTotal")
    return {
        "processor": next(iter(_lines("/proc/cpuinfo", "model name")), platform.machine()),
        "hypervisor": any("hypervisor" in flags.split() for flags in _lines("/proc/cpuinfo", "flags")),
        "cores": os.cpu_count(),
        "memory_mib": int(memory[0].split()[0]) // 1024 if memory else None,
        "kernel": f"{platform.system()} {platform.release()}",
        "load_at_start": os.getloadavg()[0],
    }


def _package(name: str) -> str | None:
    """The version of the Debian package, where there is one."""
    try:
        done = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() or None


def versions(contenders: list[Contender]) -> dict[str, Any]:
    """Of everything that takes part: the Debian package's where there is one, else what the program says."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "dnsperf": _package("dnsperf") or version_of(("dnsperf", "-h")),
        "nsd": _package("nsd") or version_of(("nsd", "-v")),
        "contenders": {
            one.name: (_package(one.package) if one.package else None) or version_of(one.version)
            for one in contenders
        },
    }


def commit() -> dict[str, Any]:
    """The commit of the checkout, and whether what ran differs from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", "resolver", "benchmarks/peers", "pyproject.toml")
    return {"commit": git("rev-parse", "HEAD") or None, "changed": bool(changed)}
