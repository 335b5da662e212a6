# SPDX-License-Identifier: ISC
"""Which clock is which, and alarms that never ring early."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from resolver.errors import ResolverError
from resolver.runtime.clocks import alarm, lifetime_clock, ticks, wall
from resolver.runtime.loop import loop_maker


def test_boottime_and_realtime() -> None:
    assert abs(lifetime_clock("boottime")() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1
    assert abs(lifetime_clock("realtime")() - time.time()) < 1
    assert abs(wall() - time.time()) < 1
    assert abs(ticks() - time.monotonic()) < 1


def write(path: Path, text: str, mtime: int) -> None:
    path.write_text(text, encoding="ascii")
    os.utime(path, (mtime, mtime))


def test_a_scripted_clock_follows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    write(path, "1000.5\n", 1)
    clock = lifetime_clock(f"file:{path}")
    assert clock() == 1000.5
    write(path, "86401000.5", 2)
    assert clock() == 86401000.5


def test_a_scripted_clock_that_is_being_rewritten_stands_still(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    write(path, "7", 1)
    clock = lifetime_clock(f"file:{path}")
    for broken in ("", "nonsense", "nan", "-1"):
        write(path, broken, 2)
        assert clock() == 7
    path.unlink()
    assert clock() == 7
    write(path, "8", 2)
    assert clock() == 8


def test_a_clock_nobody_knows_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ResolverError, match="use boottime, realtime or file:PATH"):
        lifetime_clock("sundial")
    with pytest.raises(ResolverError, match="write a number of seconds"):
        lifetime_clock(f"file:{tmp_path}/missing")


@pytest.mark.parametrize("make", [asyncio.new_event_loop, loop_maker()[0]], ids=["asyncio", "fastest"])
def test_an_alarm_never_rings_early(make: type[asyncio.AbstractEventLoop]) -> None:
    early: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for n in range(40):
            rung = loop.create_future()
            until = ticks() + n * 0.00037
            alarm(loop, until, lambda rung=rung: rung.set_result(ticks()))  # type: ignore[misc]  # bound at once
            if (at := await rung) < until:
                early.append(until - at)

    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(main())
    assert early == []
