# SPDX-License-Identifier: ISC
"""Opening and closing the API's listeners, and the token file."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web

from resolver.control.listening import Listening, read_token
from resolver.control.unix_socket import ControlError, is_alive


def test_the_socket_file_goes_when_we_do_but_not_when_it_is_someone_elses(tmp_path):
    path = tmp_path / "control.sock"

    async def story(*, replaced):
        listening = Listening()
        await listening.open_unix(web.Application(), path)
        assert await asyncio.to_thread(is_alive, path)
        if replaced:
            path.rename(tmp_path / "old")
            path.write_text("another's")
        await listening.close()

    asyncio.run(story(replaced=False))
    assert not path.exists()
    asyncio.run(story(replaced=True))
    assert path.read_text() == "another's"


def test_a_port_in_use_is_told_with_the_remedy():
    async def story(port):
        listening = Listening()
        try:
            await listening.open_tcp(web.Application(), "127.0.0.1", port)
        finally:
            await listening.close()

    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        with pytest.raises(ControlError, match="address already in use - choose another with --http"):
            asyncio.run(story(used.getsockname()[1]))


@pytest.mark.parametrize(
    "raw",
    [b"\x00\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"],
)
def test_a_peer_that_does_not_speak_http_gets_a_400_and_leaves_one_line(raw, capfd):
    async def story():
        faults = []
        listening = Listening(faults.append)
        port = await listening.open_tcp(web.Application(), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        first = await reader.readline()
        writer.close()
        await listening.close()
        return first, faults

    first, faults = asyncio.run(story())
    assert b" 400 " in first
    assert len(faults) <= 1
    assert "Traceback" not in str(faults) + capfd.readouterr().err


def test_the_port_really_bound_is_told():
    async def story():
        listening = Listening()
        bound = await listening.open_tcp(web.Application(), "127.0.0.1", 0)
        await listening.close()
        return bound

    assert asyncio.run(story()) > 0


def test_tokens(tmp_path):
    file = tmp_path / "token"
    assert read_token("") is None
    with pytest.raises(ControlError, match="give a readable file"):
        read_token(str(file))
    file.write_text("short\n")
    with pytest.raises(ControlError, match="shorter than 16"):
        read_token(str(file))
    file.write_text("0123456789abcdef\n")
    assert read_token(str(file)) == "0123456789abcdef"
