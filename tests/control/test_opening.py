# SPDX-License-Identifier: ISC
"""Opening the control socket and HTTP together; and that the HTTP library is not imported before it is needed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from resolver.control.opening import Opened
from resolver.control.settings import ControlSettings, HttpSettings
from resolver.control.unix_socket import ControlError
from tests.control.conftest import FakeOperations


def crashed(where: str, trace: str) -> None:
    raise AssertionError(trace)


def test_both_are_opened_and_closed(tmp_path: Path) -> None:
    async def scenario() -> str:
        opened = Opened(lambda text: None)
        control = ControlSettings(socket=str(tmp_path / "control.sock"))
        await opened.open(FakeOperations(), crashed, None, control, HttpSettings(listen="127.0.0.1:0"))
        url = opened.url
        host, port = url.removeprefix("http://").rstrip("/").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await opened.close()
        with pytest.raises(OSError, match=r".+"):
            await asyncio.open_connection(host, int(port))
        return url

    assert asyncio.run(scenario()).startswith("http://127.0.0.1:")


def test_http_may_be_off(tmp_path: Path) -> None:
    async def scenario() -> str:
        opened = Opened(lambda text: None)
        control = ControlSettings(socket=str(tmp_path / "control.sock"))
        await opened.open(FakeOperations(), crashed, None, control, HttpSettings(listen=""))
        await opened.close()
        return opened.url

    assert asyncio.run(scenario()) == ""


def test_a_token_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        opened = Opened(lambda text: None)
        http = HttpSettings(listen="127.0.0.1:0", token_file=str(tmp_path / "none"))
        try:
            control = ControlSettings(socket=str(tmp_path / "control.sock"))
            await opened.open(FakeOperations(), crashed, None, control, http)
        finally:
            await opened.close()

    with pytest.raises(ControlError, match="give a readable file"):
        asyncio.run(scenario())


def test_the_way_to_the_first_answer_imports_no_http_library() -> None:
    code = "import sys, resolver.app; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
